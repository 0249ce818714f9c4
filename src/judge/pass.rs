//! One pass of a test: the submission is run, alone or with an interactor, and judged.
//!
//! The order of evidence is kept by asking in that order: a checker is not even run where the submission's own run has a
//! fault.
use super::checker::{Comparer, Comparison};
use super::content::host;
use super::custom::{Check, Judged, Passes, Prepared, Spool, Talk, Transcript, check, interact};
use super::decide::{Decision, Evidence, decide, decide_interaction, fault};
use super::execute::{Executed, Input, Keep, Sinks, execute, ignore};
use super::pipeline::Case;
use super::report::Facts;
use super::{Judge, collect, spec, test};
use crate::model::{BoxName, CheckerReport, Limits, Verdict};
use crate::pool::{FileSource, PutFile};
use crate::profile::RunPlan;
use crate::sandbox::LimitMode;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

/// What a pass begins with.
pub(super) struct Turn<'a> {
    pub passes: Passes,
    /// The input that the pass before has left; none: the test's own.
    pub input: Option<Arc<File>>,
    /// The feedback directory that it has left.
    pub carried: Vec<PutFile>,
    pub transcript: Option<&'a Mutex<Transcript>>,
}

/// A pass that is over.
pub(super) struct Pass {
    pub executed: Executed,
    pub facts: Facts,
    pub decision: Decision,
    /// The end of the program that judged.
    pub checker: Option<CheckerReport>,
    /// Another pass follows.
    pub again: bool,
    /// The box of the program that judged.
    pub left: Option<OwnedFd>,
}

/// One test's pass on its way.
struct Way<'a> {
    judge: &'a Judge,
    case: &'a Case,
    test: usize,
    limits: Limits,
}

/// Runs a pass. `Err`: the sandbox, or the host, failed.
pub(super) async fn run(judge: &Judge, case: &Case, test: usize, turn: Turn<'_>) -> Result<Pass, String> {
    let way = Way { judge, case, test, limits: case.limits(test) };
    let plan = test::plan(case, test).map_err(|e| e.to_string())?;
    let files = judge.box_files(&way.place("files"), &case.request.tests[test].files).await.map_err(|e| e.message)?;
    match &case.interactor {
        // On the heap, like all that few tests need: every test would carry room for it, and be copied with it, several times.
        Some(interactor) => Box::pin(way.with(interactor, plan, &files, turn)).await,
        None => way.alone(plan, &files, turn).await,
    }
}

impl Way<'_> {
    fn place(&self, key: &str) -> String {
        format!("tests[{}].{key}", self.test)
    }

    fn keep(&self) -> Keep {
        let capture = self.case.request.capture;
        Keep { stdout: capture.stdout_bytes, stderr: capture.stderr_bytes }
    }

    fn evidence<'b>(&'b self, executed: &'b Executed, comparison: Option<&'b Comparison>) -> Evidence<'b> {
        Evidence {
            outcome: Some(&executed.ran.outcome),
            mode: self.mode(),
            limits: &self.limits,
            stdout_bytes: executed.stdout.bytes,
            stderr_bytes: executed.stderr.bytes,
            comparison,
            output_file_missing: false,
        }
    }

    fn mode(&self) -> LimitMode {
        self.judge.pool.mode()
    }

    /// The submission by itself, and then whoever compares.
    async fn alone(&self, plan: RunPlan, files: &[PutFile], turn: Turn<'_>) -> Result<Pass, String> {
        let (judge, case) = (self.judge, self.case);
        let asked = &case.request.tests[self.test];
        let stdin = self.stdin(turn.input.as_ref()).await?;
        let output = asked.output.as_ref().or(case.request.output.as_ref()).map(|o| &o.file);
        let mut taker = self.taker().await?;
        let keep_box = output.is_some() || !asked.capture_files.is_empty();
        let run = spec::for_run(plan.argv.clone(), plan.env, &self.limits, case.compiled.links.clone(), keep_box);
        let app = case.compiled.app.as_ref().ok_or("there is no program to run")?;
        // stdout is taken as it comes, or afterwards the file named by `output`.
        let mut feed = |chunk: &[u8]| {
            if output.is_none() {
                taker.feed(chunk);
            }
        };
        let (executed, facts) = {
            let mut lease = judge.pool.lease(&plan.slot).await.map_err(|e| e.to_string())?;
            lease.load(app).await.map_err(|e| e.to_string())?;
            let landlock_abi = lease.facts().and_then(|f| f.landlock_abi);
            let input = Input { spec: run, files, stdin, stdout: None };
            let sinks = Sinks { stdout: &mut feed, stderr: ignore };
            let executed = execute(&mut lease, input, &self.limits, self.keep(), sinks).await.map_err(|e| e.to_string())?;
            (executed, Facts { landlock_abi, seccomp: plan.slot.policy.clone() })
        };
        spec::ours_to_execute(&plan.argv, &executed.ran)?;
        let missing = match output {
            Some(name) => !taker.feed_file(executed.ran.files.as_ref(), name).map_err(|e| host(&e))?,
            None => false,
        };
        let evidence = Evidence { output_file_missing: missing, ..self.evidence(&executed, None) };
        if let Some(decision) = fault(&evidence) {
            return Ok(Pass { decision, executed, facts, checker: None, again: false, left: None });
        }
        match taker {
            Taker::Failed(e) => {
                let decision = Decision { judge_message: host(&e), ..decide(&evidence) };
                Ok(Pass { decision, executed, facts, checker: None, again: false, left: None })
            }
            Taker::Compare(comparer) => {
                let comparison = comparer.finish();
                let mut decision = decide(&Evidence { comparison: comparison.as_ref().ok(), ..evidence });
                if let Err(e) = comparison {
                    decision.judge_message = host(&e);
                }
                Ok(Pass { decision, executed, facts, checker: None, again: false, left: None })
            }
            Taker::Keep(checker, spool) => {
                let output = spool.finish().map_err(|e| host(&e))?;
                let judged = Box::pin(self.check(checker, output, turn)).await?;
                let decision = decide(&Evidence { comparison: Some(&judged.said.comparison), ..evidence });
                Ok(Pass { decision, executed, facts, checker: Some(judged.report), again: judged.said.again, left: judged.left })
            }
        }
    }

    /// The submission with an interactor; and after a `testlib` one that accepts, whoever compares.
    async fn with(&self, interactor: &Prepared, plan: RunPlan, files: &[PutFile], turn: Turn<'_>) -> Result<Pass, String> {
        let case = self.case;
        let asked = &case.request.tests[self.test];
        let run = spec::for_run(plan.argv, plan.env, &self.limits, case.compiled.links.clone(), !asked.capture_files.is_empty());
        let talk = Talk {
            slot: &plan.slot,
            app: case.compiled.app.as_ref().ok_or("there is no program to run")?,
            run,
            files,
            limits: &self.limits,
            keep: self.keep(),
            input: self.input(turn.input.as_ref()).await?,
            answer: self.answer().await?,
            carried: turn.carried,
            // Where a checker follows, they are the checker's.
            args: asked.checker_args.as_deref().filter(|_| case.checker.is_none()),
            points: asked.points,
            passes: turn.passes,
            transcript: turn.transcript,
        };
        let mut talked = interact(self.judge, interactor, talk).await?;
        let facts = Facts { landlock_abi: talked.landlock_abi, seccomp: plan.slot.policy.clone() };
        let mut decision = decide_interaction(&self.evidence(&talked.submission, None), talked.interactor());
        let (mut report, again) = (talked.report, talked.again && decision.verdict == Verdict::Ac);
        if let Some(output) = talked.output.take().filter(|_| decision.verdict == Verdict::Ac) {
            let turn = Turn { passes: Passes::Single, input: turn.input, carried: Vec::new(), transcript: None };
            let comparison = match self.taker().await? {
                Taker::Keep(checker, _) => {
                    let judged = Box::pin(self.check(checker, output, turn)).await?;
                    report = judged.report;
                    Some(judged.said.comparison)
                }
                // Nothing to compare with: the interactor's word stands.
                _ if !case.compares(self.test) => None,
                mut taker => {
                    taker.feed_all(output);
                    let Taker::Compare(comparer) = taker else { return Err("the interactor's output could not be compared".into()) };
                    Some(comparer.finish().map_err(|e| host(&e))?)
                }
            };
            if let Some(comparison) = comparison {
                decision = decide(&self.evidence(&talked.submission, Some(&comparison)));
            }
        }
        Ok(Pass { executed: talked.submission, facts, decision, checker: Some(report), again, left: talked.left })
    }

    async fn check(&self, checker: &Prepared, output: File, turn: Turn<'_>) -> Result<Judged, String> {
        let asked = &self.case.request.tests[self.test];
        let asked = Check {
            input: self.input(turn.input.as_ref()).await?,
            answer: self.answer().await?,
            output,
            carried: turn.carried,
            args: asked.checker_args.as_deref(),
            points: asked.points,
            passes: turn.passes,
        };
        check(self.judge, checker, asked).await
    }

    /// Who takes the output.
    async fn taker(&self) -> Result<Taker<'_>, String> {
        if let Some(checker) = &self.case.checker {
            return Ok(Taker::Keep(checker, Spool::default()));
        }
        let answer = match &self.case.request.tests[self.test].answer {
            Some(answer) if self.case.compares(self.test) => {
                Some(self.judge.reader(&self.place("answer"), answer).await.map_err(|e| e.message)?)
            }
            _ => None,
        };
        Ok(Taker::Compare(Comparer::new(self.case.request.checker_of(self.test), answer)))
    }

    /// The submission's stdin. What a pass has left is copied: nobody gets a descriptor into another's box.
    async fn stdin(&self, left: Option<&Arc<File>>) -> Result<OwnedFd, String> {
        match left {
            Some(file) => Spool::of(&**file).map(OwnedFd::from).map_err(|e| host(&e)),
            None => self.judge.stdin(&self.place("stdin"), &self.case.request.tests[self.test].stdin).await.map_err(|e| e.message),
        }
    }

    /// The same as a file, for who judges.
    async fn input(&self, left: Option<&Arc<File>>) -> Result<FileSource, String> {
        match left {
            Some(file) => Ok(FileSource::File(file.clone())),
            None => self.judge.file(&self.place("stdin"), &self.case.request.tests[self.test].stdin).await.map_err(|e| e.message),
        }
    }

    async fn answer(&self) -> Result<FileSource, String> {
        match &self.case.request.tests[self.test].answer {
            Some(answer) => self.judge.file(&self.place("answer"), answer).await.map_err(|e| e.message),
            None => Ok(FileSource::Bytes(Arc::from([].as_slice()))),
        }
    }
}

/// Takes the output.
enum Taker<'a> {
    /// A built-in checker, as it comes.
    Compare(Comparer),
    /// Its answer could not be read.
    Failed(io::Error),
    /// It is kept for a checker program.
    Keep(&'a Prepared, Spool),
}

impl Taker<'_> {
    fn feed(&mut self, chunk: &[u8]) {
        match self {
            Self::Compare(comparer) => {
                if let Err(e) = comparer.feed(chunk) {
                    *self = Self::Failed(e);
                }
            }
            Self::Keep(_, spool) => spool.feed(chunk),
            Self::Failed(_) => {}
        }
    }

    /// A file in the box. False: there is no such file.
    fn feed_file(&mut self, left: Option<&OwnedFd>, name: &BoxName) -> io::Result<bool> {
        let files = left.ok_or_else(|| io::Error::other("the run's box was not handed back"))?;
        let Some(found) = collect::open(files, name)? else { return Ok(false) };
        self.feed_all(found.file);
        Ok(true)
    }

    fn feed_all(&mut self, mut file: File) {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return,
                Ok(n) => self.feed(&chunk[..n]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return *self = Self::Failed(e),
            }
        }
    }
}
