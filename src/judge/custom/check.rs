//! A checker's run on one output.
use super::{ANSWER, INPUT, Judged, KEEP, OUTPUT, Passes, Prepared, checker_report, given};
use crate::judge::execute::{Input, Sinks, execute, ignore};
use crate::judge::{Judge, spec};
use crate::model::Protocol;
use crate::pool::{FileSource, PutFile, memory_file};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// What a checker is asked.
#[derive(Debug)]
pub(in crate::judge) struct Check<'a> {
    /// The submission's input.
    pub input: FileSource,
    /// The answer; empty where the test has none.
    pub answer: FileSource,
    /// What the submission wrote.
    pub output: File,
    /// The feedback directory of the pass before.
    pub carried: Vec<PutFile>,
    /// The test's own arguments.
    pub args: Option<&'a [String]>,
    /// The most points the test can give.
    pub points: Option<f64>,
    pub passes: Passes,
}

/// Runs the checker. `Err`: the sandbox failed.
pub(in crate::judge) async fn check(judge: &Judge, checker: &Prepared, asked: Check<'_>) -> Result<Judged, String> {
    let mut files = asked.carried;
    files.extend([given(INPUT, asked.input), given(ANSWER, asked.answer)]);
    let stdin: OwnedFd = match checker.protocol {
        Protocol::Icpc => asked.output.into(),
        Protocol::Testlib => {
            files.push(given(OUTPUT, FileSource::File(Arc::new(asked.output))));
            memory_file(&[], true).map_err(|e| e.to_string())?
        }
    };
    let setup = checker.setup(asked.args, files)?;
    let app = checker.program.app.as_ref().ok_or("the checker did not compile")?;
    let argv = setup.run.argv.clone();
    let mut executed = {
        let mut lease = judge.pool.lease(&setup.slot).await.map_err(|e| e.to_string())?;
        lease.load(app).await.map_err(|e| e.to_string())?;
        let input = Input { spec: setup.run, files: &setup.files, stdin, stdout: None };
        execute(&mut lease, input, &setup.limits, KEEP, Sinks { stdout: ignore, stderr: ignore }).await.map_err(|e| e.to_string())?
    };
    spec::ours_to_execute(&argv, &executed.ran)?;
    let said = checker.said(&executed, judge.pool.mode(), &setup.limits, asked.points, asked.passes)?;
    Ok(Judged { said, report: checker_report(&executed), left: executed.ran.files.take() })
}
