//! A package and a program → a request.
use super::package::{Package, PackageTest, Program};
use crate::model::{Capture, CheckerKind, Compile, Content, Files, LimitsRequest, Millis, Request, Test};
use crate::profile::Language;

impl Package {
    /// The request that judges one program with this package's tests. `language` is the profile the program names, and
    /// `time` the time limit for a language with the factor 1: the package's own, or the calibrated one.
    ///
    /// Contents are by path: read when they are needed. `stop_on` is left to the caller; groups may have their own.
    pub fn request(&self, program: &Program, language: &Language, time: Millis) -> Request {
        let (files, entry_point) = self.with_included(program, language);
        Request {
            schema: Some(1),
            id: None,
            labels: None,
            language: program.language.clone(),
            source: None,
            files,
            entry_point,
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

    /// A program's files with those that the package puts beside them, and which of them is started: an included file of
    /// the language's own name for it (a driver), else what would be without them.
    pub(super) fn with_included(&self, program: &Program, language: &Language) -> (Files, Option<String>) {
        let included = self.included_for(language);
        let mut files = program.files.clone();
        files.0.extend(included.iter().map(|(name, content)| ((*name).clone(), (*content).clone())));
        let driver = included.iter().any(|(name, _)| *name == language.source());
        // Java finds the class with `main` wherever it is.
        let only = match (program.files.len(), program.files.keys().next()) {
            (1, Some(name)) if !included.is_empty() && !driver && !language.reads_sources() => Some(name.to_string()),
            _ => None,
        };
        (files, program.entry_point.clone().or(only))
    }

    fn test_of(&self, test: &PackageTest) -> Test {
        // The built-in checkers take none.
        let takes_args = self.interactor.is_some() || self.checker.as_ref().is_some_and(|c| c.kind == CheckerKind::Program);
        let mut files = test.files.clone();
        let input = Content::Path(test.input.clone());
        // It is on stdin all the same: that is what a checker is given as the input.
        if let Some(name) = &self.input_file {
            files.0.insert(name.clone(), input.clone());
        }
        Test {
            id: Some(test.id.clone()),
            stdin: input,
            answer: test.answer.clone().map(Content::Path),
            args: (!test.args.is_empty()).then(|| test.args.clone()),
            files,
            limits: test.limits,
            group: test.group.clone(),
            points: test.points,
            output: None,
            capture_files: Vec::new(),
            checker: test.checker.clone(),
            checker_args: takes_args.then(|| test.checker_args.clone()),
        }
    }
}
