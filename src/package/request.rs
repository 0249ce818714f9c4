//! A package and a program → a request.
use super::package::{Package, PackageTest, Program};
use crate::model::{Capture, CheckerKind, Compile, Content, LimitsRequest, Millis, Request, Test};
use crate::profile::Language;

impl Package {
    /// The request that judges one program with this package's tests. `language` is the profile the program names, and
    /// `time` the time limit for a language with the factor 1: the package's own, or the calibrated one.
    ///
    /// Contents are by path: read when they are needed. `stop_on` is left to the caller; groups may have their own.
    pub fn request(&self, program: &Program, language: &Language, time: Millis) -> Request {
        let mut files = program.files.clone();
        for (name, content) in self.included_for(language) {
            files.0.insert(name.clone(), content.clone());
        }
        Request {
            schema: Some(1),
            id: None,
            labels: None,
            language: program.language.clone(),
            source: None,
            files,
            entry_point: program.entry_point.clone(),
            compile: Compile { args: program.compile_args.clone(), limits: self.limits.compile },
            args: Vec::new(),
            limits: LimitsRequest { cpu_time_ms: Some(time), scale: Some(true), ..self.limits.run },
            tests: self.tests.iter().map(|test| self.test_of(test)).collect(),
            groups: self.groups.clone(),
            output: self.output.clone(),
            checker: self.checker.clone(),
            interactor: self.interactor.clone(),
            passes: self.passes,
            stop_on: None,
            capture: Capture::default(),
            kind: None,
            priority: None,
            deadline_ms: None,
            runs: None,
            env: None,
            stderr_to_stdout: None,
        }
    }

    fn test_of(&self, test: &PackageTest) -> Test {
        // The built-in checkers take none.
        let takes_args = self.interactor.is_some() || self.checker.as_ref().is_some_and(|c| c.kind == CheckerKind::Program);
        let mut files = test.files.clone();
        let input = Content::Path(test.input.clone());
        let stdin = match &self.input_file {
            Some(name) => {
                files.0.insert(name.clone(), input);
                Content::default()
            }
            None => input,
        };
        Test {
            id: Some(test.id.clone()),
            stdin,
            answer: test.answer.clone().map(Content::Path),
            args: (!test.args.is_empty()).then(|| test.args.clone()),
            files,
            limits: test.limits,
            group: test.group.clone(),
            points: test.points,
            output: None,
            capture_files: Vec::new(),
            checker_args: takes_args.then(|| test.checker_args.clone()),
        }
    }
}
