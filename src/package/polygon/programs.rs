//! Checker, interactor, solutions, and the resource files they are compiled with.
use super::{FILE, Reader, child, children};
use crate::model::{BoxName, Checker, CheckerKind, Compile, Content, Files, Interactor, LimitsRequest, Millis, Protocol, Verdict};
use crate::package::expected::{Expected, Rule, Verdicts};
use crate::package::package::{Included, Program, Submission};
use crate::package::problem::Place;
use roxmltree::Node;
use std::path::Path;

/// What compiles a testlib program so that partial points are told from its other exit codes (contract: `_pc(n)`).
const PARTIAL: &str = "-DPC_BASE_EXIT_CODE=50";

impl<'a> Reader<'a> {
    pub(super) fn judges(&self, root: Node<'a, 'a>) -> (Option<Checker>, Option<Interactor>) {
        let Some(assets) = child(root, "assets") else {
            self.error(root, "there are no <assets> in it: neither checker nor solutions");
            return (None, None);
        };
        // As Polygon gives them: it has no word on the limits of checkers.
        let limits = LimitsRequest { cpu_time_ms: Millis::new(60_000.0), memory_bytes: Some(1 << 30), ..LimitsRequest::default() };
        let interactor = child(assets, "interactor").and_then(|node| {
            let program = self.judging_program(node)?;
            let compile = Compile { args: program.compile_args, limits: LimitsRequest::default() };
            let (language, files, entry_point) = (program.language, program.files, program.entry_point);
            Some(Interactor { protocol: Protocol::Testlib, language, source: None, files, entry_point, compile, args: Vec::new(), limits })
        });
        let Some(node) = child(assets, "checker") else {
            self.error(assets, "there is no <checker> in it");
            return (None, interactor);
        };
        if let Some(kind) = node.attribute("type").filter(|t| *t != "testlib") {
            self.error(node, format!("checkers of the type {kind:?} are not supported; the type is `testlib`"));
        }
        let checker = self.judging_program(node).map(|program| Checker {
            kind: CheckerKind::Program,
            protocol: Some(Protocol::Testlib),
            language: Some(program.language),
            files: program.files,
            entry_point: program.entry_point,
            compile: Compile { args: program.compile_args, limits: LimitsRequest::default() },
            limits,
            ..Checker::default()
        });
        (checker, interactor)
    }

    /// A checker or interactor, with all resource files beside it.
    fn judging_program(&self, node: Node<'a, 'a>) -> Option<Program> {
        let mut program = self.program(node)?;
        let own = program.files.keys().next().cloned();
        for (path, entry) in self.tree.files_below("files") {
            // Other programs lie there too.
            let header = ["h", "hpp", "inc", "pas", "dpr"].iter().any(|end| path.rsplit_once('.').is_some_and(|(_, e)| e == *end));
            if let (true, Ok(name)) = (header, BoxName::new(path))
                && Some(&name) != own.as_ref()
            {
                program.files.0.insert(name, Content::Path(entry.path.clone()));
            }
        }
        if program.language.starts_with("cpp") {
            program.compile_args.push(PARTIAL.to_owned());
        }
        if program.entry_point.is_none() && !program.language.starts_with('c') {
            program.entry_point = own.map(|name| name.to_string());
        }
        Some(program)
    }

    /// `<source path= type=>`.
    fn program(&self, node: Node<'a, 'a>) -> Option<Program> {
        let Some(source) = child(node, "source") else {
            self.error(node, format!("there is no <source> in this <{}>", node.tag_name().name()));
            return None;
        };
        let path = source.attribute("path").unwrap_or_default();
        let Some(entry) = self.tree.get(path).filter(|e| !e.folder) else {
            self.error(source, format!("the file {path:?} is not in the package"));
            return None;
        };
        let kind = source.attribute("type").unwrap_or_default();
        let Some((language, args)) = self.language(kind, path) else {
            self.error(source, format!("there is no language profile for the source type {kind:?} (see `assize languages`)"));
            return None;
        };
        let name = BoxName::new(path.rsplit('/').next().unwrap_or(path)).map_err(|e| self.error(source, e.to_string())).ok()?;
        let mut files = Files::default();
        files.0.insert(name, Content::Path(entry.path.clone()));
        Some(Program { language, files, entry_point: None, compile_args: args })
    }

    /// Polygon's source types, such as `cpp.gcc14-64-msys2-g++23`, as profiles.
    fn language(&self, kind: &str, path: &str) -> Option<(String, Vec<String>)> {
        let (id, args): (&str, &[&str]) = match kind.to_ascii_lowercase().as_str() {
            k if k.starts_with("cpp") && (k.contains("++23") || k.contains("++26")) => ("cpp20", &["-std=gnu++23"]),
            k if k.starts_with("cpp") && k.contains("++20") => ("cpp20", &[]),
            k if k.starts_with("cpp") => ("cpp17", &[]),
            k if k.starts_with("c.") => ("c17", &[]),
            k if k.starts_with("java") && !k.starts_with("javascript") => ("java", &[]),
            "python.2" | "python.pypy2" => return None,
            k if k.starts_with("python") => ("python3", &[]),
            k if k.starts_with("pas") || k.starts_with("delphi") => ("pascal", &[]),
            k if k.starts_with("csharp") => ("csharp", &[]),
            k if k.starts_with("js") || k.starts_with("javascript") || k.starts_with("node") => ("javascript", &[]),
            k if k.starts_with("go") => ("go", &[]),
            k if k.starts_with("rust") => ("rust", &[]),
            k if k.starts_with("ruby") => ("ruby", &[]),
            k if k.starts_with("perl") => ("perl", &[]),
            k if k.starts_with("php") => ("php", &[]),
            k if k.starts_with("ocaml") => ("ocaml", &[]),
            _ => return self.profiles.detect(path).map(|l| (l.id().to_owned(), Vec::new())),
        };
        self.profiles.language(id)?;
        Some((id.to_owned(), args.iter().map(|a| (*a).to_owned()).collect()))
    }

    /// Resources with `<asset name="SOLUTION">` are compiled with every solution (graders).
    pub(super) fn included(&self, root: Node<'a, 'a>) -> Vec<Included> {
        let resources = child(root, "files").and_then(|files| child(files, "resources"));
        let mut all: Vec<Included> = Vec::new();
        for node in resources.into_iter().flat_map(|r| children(r, "file")) {
            let assets = child(node, "assets").into_iter().flat_map(|a| children(a, "asset"));
            if !assets.filter_map(|a| a.attribute("name")).any(|name| name == "SOLUTION") {
                continue;
            }
            let path = node.attribute("path").unwrap_or_default();
            let (Some(entry), Ok(name)) = (self.tree.get(path), BoxName::new(path.rsplit('/').next().unwrap_or(path))) else {
                self.error(node, format!("the file {path:?} is not in the package"));
                continue;
            };
            let language = node.attribute("for-types").and_then(language_of_types);
            let at = all.iter().position(|i| i.language == language).unwrap_or_else(|| {
                all.push(Included { language, files: Files::default() });
                all.len() - 1
            });
            all[at].files.0.insert(name, Content::Path(entry.path.clone()));
        }
        // What is for all languages is for those with files of their own too, and `included_for` joins them.
        all
    }

    pub(super) fn solutions(&self, root: Node<'a, 'a>) -> Vec<Submission> {
        let all = child(root, "assets").and_then(|assets| child(assets, "solutions"));
        let mut submissions = Vec::new();
        for node in all.into_iter().flat_map(|s| children(s, "solution")) {
            let tag = node.attribute("tag").unwrap_or_default();
            let rule = match tag {
                "do-not-run" => continue,
                tag => tag_rule(tag),
            };
            let Some(rule) = rule else {
                self.error(node, format!("there is no tag {tag:?} for solutions"));
                continue;
            };
            let Some(program) = self.program(node) else { continue };
            let path = child(node, "source").and_then(|s| s.attribute("path")).unwrap_or_default();
            let name = path.strip_prefix("solutions/").unwrap_or(path).to_owned();
            submissions.push(Submission { name, file: path.into(), program, expected: Expected { rules: vec![rule], unknown: false } });
        }
        if !submissions.iter().any(|s| s.expected.rules.iter().any(|r| r.lower)) {
            self.problems.warning(Place::file(Path::new(FILE)), "there is no solution tagged `main` or `accepted`");
        }
        submissions
    }
}

/// `cpp.*` → `cpp`.
fn language_of_types(types: &str) -> Option<String> {
    let word = types.split(['.', '*', ',']).next().filter(|w| !w.is_empty())?;
    let code = match word {
        "python" => "python3",
        "pas" => "pascal",
        other => other,
    };
    Some(code.to_owned())
}

/// What a tag promises of the verdict, which is the first one in test order that is not accepted.
fn tag_rule(tag: &str) -> Option<Rule> {
    // Partly correct is not accepted here.
    let (ac, tle) = (Verdicts::of(&[Verdict::Ac, Verdict::Ok]), Verdicts::TLE);
    let mle = Verdicts::of(&[Verdict::Mle]);
    let set = match tag {
        "main" | "accepted" => ac,
        "rejected" | "incorrect" => Verdicts::WA.or(tle).or(Verdicts::RTE).or(Verdicts::of(&[Verdict::Pc])),
        "wrong-answer" => Verdicts::WA,
        "presentation-error" => Verdicts::of(&[Verdict::Pe]),
        "time-limit-exceeded" => tle,
        "time-limit-exceeded-or-accepted" => tle.or(ac),
        "time-limit-exceeded-or-memory-limit-exceeded" => tle.or(mle),
        "memory-limit-exceeded" => mle,
        "failed" | "runtime-error" | "run-time-error" => Verdicts::of(&[Verdict::Re, Verdict::Sv, Verdict::Ole]),
        _ => return None,
    };
    let mut rule = Rule::new(format!("tag {tag}"));
    rule.overall = Some(set);
    rule.lower = set == ac;
    rule.upper = set == tle;
    Some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_promise_verdicts() {
        let table: Vec<String> = [
            "main",
            "accepted",
            "rejected",
            "wrong-answer",
            "presentation-error",
            "time-limit-exceeded",
            "time-limit-exceeded-or-accepted",
            "time-limit-exceeded-or-memory-limit-exceeded",
            "memory-limit-exceeded",
            "failed",
        ]
        .iter()
        .map(|tag| {
            let rule = tag_rule(tag).unwrap();
            format!(
                "{tag}: {}{}{}",
                rule.overall.unwrap(),
                if rule.lower { ", lower" } else { "" },
                if rule.upper { ", upper" } else { "" }
            )
        })
        .collect();
        assert_eq!(
            table,
            [
                "main: AC, lower",
                "accepted: AC, lower",
                "rejected: WA, TLE, RTE or PC",
                "wrong-answer: WA",
                "presentation-error: PE",
                "time-limit-exceeded: TLE, upper",
                "time-limit-exceeded-or-accepted: AC or TLE",
                "time-limit-exceeded-or-memory-limit-exceeded: TLE or MLE",
                "memory-limit-exceeded: MLE",
                "failed: RE, SV or OLE",
            ]
        );
        assert!(tag_rule("lovely").is_none());
    }

    #[test]
    fn types_of_graders_are_languages() {
        assert_eq!(language_of_types("cpp.*").as_deref(), Some("cpp"));
        assert_eq!(language_of_types("python.*").as_deref(), Some("python3"));
        assert_eq!(language_of_types("*"), None);
    }
}
