//! The output validator ("Output validator"): the default one with its arguments, or the package's own program, which in
//! interactive problems is the interactor.
use super::metadata::Metadata;
use super::{Reader, Version};
use crate::model::{Checker, CheckerKind, Compile, Interactor, Protocol};
use crate::package::package::{PackageTest, Program};
use crate::package::problem::Place;
use std::collections::BTreeSet;
use std::path::Path;

/// Who judges the output.
#[derive(Debug, Default)]
pub(super) struct JudgedBy {
    pub checker: Option<Checker>,
    pub interactor: Option<Interactor>,
    pub passes: Option<u32>,
}

impl Reader<'_> {
    pub(super) fn output_validator(&self, metadata: &Metadata, tests: &mut [PackageTest]) -> Option<JudgedBy> {
        let before = self.problems.errors();
        let program = match metadata.version {
            Version::Latest => self.latest_validator(),
            Version::Legacy => self.legacy_validator(metadata),
        };
        if self.problems.errors() > before {
            return None;
        }
        let Some(program) = program else {
            let needed = match (metadata.interactive, metadata.passes.is_some(), metadata.custom) {
                (true, ..) => "an interactive problem",
                (_, true, _) => "a multi-pass problem",
                (.., Some(true)) => "`validation: custom`",
                _ => return Some(JudgedBy { checker: Some(self.default_validator(tests)), interactor: None, passes: None }),
            };
            let dir = if metadata.version == Version::Latest { "output_validator" } else { "output_validators" };
            self.problems.error(Place::file(Path::new("problem.yaml")), format!("{needed} needs an output validator; put it into {dir}/"));
            return None;
        };
        let compile = Compile { args: program.compile_args, limits: metadata.limits.compile };
        let (language, files, entry_point) = (program.language, program.files, program.entry_point);
        let limits = metadata.validation;
        if metadata.interactive {
            let interactor =
                Interactor { protocol: Protocol::Icpc, language, source: None, files, entry_point, compile, args: Vec::new(), limits };
            return Some(JudgedBy { checker: None, interactor: Some(interactor), passes: metadata.passes });
        }
        let checker = Checker {
            kind: CheckerKind::Program,
            protocol: Some(Protocol::Icpc),
            language: Some(language),
            files,
            entry_point,
            compile,
            limits,
            ..Checker::default()
        };
        Some(JudgedBy { checker: Some(checker), interactor: None, passes: metadata.passes })
    }

    /// `output_validator/`: the folder is the program, or holds the one file that is.
    fn latest_validator(&self) -> Option<Program> {
        let dir = "output_validator";
        let children: Vec<_> = self.tree.children(dir).filter(|(name, _)| !is_readme(name)).collect();
        match children[..] {
            [] => None,
            // A folder in the folder: found in packages that were legacy once.
            [(name, entry)] if entry.folder => self.validator_program(&format!("{dir}/{name}")),
            _ => self.validator_program(dir),
        }
    }

    /// `output_validators/`: every file or folder in it is a validator of its own, and all of them judge.
    fn legacy_validator(&self, metadata: &Metadata) -> Option<Program> {
        let dir = "output_validators";
        let children: Vec<_> = self.tree.children(dir).filter(|(name, _)| !is_readme(name)).collect();
        if metadata.custom == Some(false) {
            if !children.is_empty() {
                let message = "is not used, as problem.yaml says `validation: default`; set `validation: custom`, or remove it";
                self.problems.warning(Place::file(Path::new(dir)), message);
            }
            return None;
        }
        match children[..] {
            [] => None,
            [(name, _)] => self.validator_program(&format!("{dir}/{name}")),
            // A program whose files lie right in there, as DOMjudge takes it.
            _ if children.iter().any(|(name, entry)| !entry.folder && matches!(*name, "build" | "run")) => self.validator_program(dir),
            _ => {
                let names: Vec<&str> = children.iter().map(|(name, _)| *name).collect();
                let message = format!(
                    "has several validators ({}); only one is supported: remove the others, or put the files of one program into a folder",
                    names.join(", ")
                );
                self.problems.error(Place::file(Path::new(dir)), message);
                None
            }
        }
    }

    /// "Default output validator specification". Tests whose arguments are not those of the first have a checker of their own.
    fn default_validator(&self, tests: &mut [PackageTest]) -> Checker {
        let first = tests.first().map(|t| t.checker_args.clone()).unwrap_or_default();
        let mut bad = BTreeSet::new();
        let mut read = |args: &[String]| {
            arguments(args, self.version).unwrap_or_else(|message| {
                if bad.insert(message.clone()) {
                    self.problems.error(Place::file(Path::new("data")), format!("arguments of the default output validator: {message}"));
                }
                Checker::default()
            })
        };
        for test in tests.iter_mut().filter(|t| t.checker_args != first) {
            test.checker = Some(read(&test.checker_args));
        }
        read(&first)
    }
}

fn is_readme(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with("readme")
}

/// The default validator's arguments as a checker: case-insensitive unless said otherwise. In legacy packages those of the
/// package stand before those of the group, and the last one counts.
fn arguments(args: &[String], version: Version) -> Result<Checker, String> {
    let mut checker = Checker { case_sensitive: false, ..Checker::default() };
    let mut both = None;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "case_sensitive" => checker.case_sensitive = true,
            "space_change_sensitive" => checker.space_change_sensitive = true,
            "float_tolerance" | "float_relative_tolerance" | "float_absolute_tolerance" => {
                let value = args.next().ok_or_else(|| format!("`{arg}` needs a number after it"))?;
                let good = value.parse::<f64>().ok().filter(|t| t.is_finite() && *t >= 0.0);
                let tolerance = good.ok_or_else(|| format!("`{arg}`: {value:?} is no tolerance"))?;
                let old = match arg.as_str() {
                    "float_tolerance" => both.replace(tolerance),
                    "float_relative_tolerance" => checker.relative.replace(tolerance),
                    _ => checker.absolute.replace(tolerance),
                };
                if old.is_some() && version == Version::Latest {
                    return Err(format!("`{arg}` is there twice"));
                }
            }
            other => return Err(format!("there is no argument {other:?}")),
        }
    }
    if both.is_some() && version == Version::Latest && (checker.absolute.is_some() || checker.relative.is_some()) {
        return Err("`float_tolerance` stands for both of the others; give it alone".to_owned());
    }
    (checker.absolute, checker.relative) = (checker.absolute.or(both), checker.relative.or(both));
    if checker.absolute.is_some() || checker.relative.is_some() {
        checker.kind = CheckerKind::Float;
    }
    Ok(checker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &str) -> Result<Checker, String> {
        arguments(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>(), Version::Latest)
    }

    #[test]
    fn the_default_validators_arguments_become_a_checker() {
        let plain = read("").unwrap();
        assert_eq!((plain.kind, plain.case_sensitive, plain.space_change_sensitive), (CheckerKind::Tokens, false, false));
        let strict = read("case_sensitive space_change_sensitive").unwrap();
        assert_eq!((strict.kind, strict.case_sensitive, strict.space_change_sensitive), (CheckerKind::Tokens, true, true));
        for (args, absolute, relative) in [
            ("float_tolerance 1e-6", Some(1e-6), Some(1e-6)),
            ("float_relative_tolerance 0.01", None, Some(0.01)),
            ("case_sensitive float_absolute_tolerance 1E-3 float_relative_tolerance 0", Some(1e-3), Some(0.0)),
        ] {
            let checker = read(args).unwrap();
            assert_eq!((checker.kind, checker.absolute, checker.relative), (CheckerKind::Float, absolute, relative), "{args}");
        }
    }

    #[test]
    fn what_it_does_not_know_is_named() {
        for (args, part) in [
            ("float_tolerance", "needs a number"),
            ("float_tolerance x", "no tolerance"),
            ("float_tolerance -1", "no tolerance"),
            ("float_tolerance 1 float_tolerance 1", "twice"),
            ("float_tolerance 1 float_absolute_tolerance 1", "alone"),
            ("float_tolerence 1", "no argument"),
        ] {
            let error = read(args).expect_err(args);
            assert!(error.contains(part), "{args}: {error}");
        }
    }
}
