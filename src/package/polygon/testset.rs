//! Tests by their path patterns.
use super::{FILE, Reader, child, children};
use crate::model::{Files, Group, LimitsRequest};
use crate::package::package::PackageTest;
use crate::package::problem::Place;
use roxmltree::Node;
use std::path::Path;

impl<'a> Reader<'a> {
    /// The set called `tests`; others (pretests) hold a part of it.
    pub(super) fn testset(&self, judging: Node<'a, 'a>) -> Option<Node<'a, 'a>> {
        let main = children(judging, "testset").find(|t| t.attribute("name") == Some("tests"));
        let found = main.or_else(|| child(judging, "testset"));
        if found.is_none() {
            self.error(judging, "there is no <testset> in it, so there are no tests");
        }
        if let Some(count) = judging.attribute("run-count").filter(|n| *n != "1") {
            self.error(
                judging,
                format!("run-count is {count}: programs run more than once on a test are not supported in Polygon packages"),
            );
        }
        found
    }

    pub(super) fn tests_and_groups(&self, testset: Node<'a, 'a>) -> (Vec<PackageTest>, Vec<Group>) {
        let pattern = |name: &str| {
            let node = child(testset, name);
            let text = node.and_then(|n| n.text()).map(str::trim).unwrap_or_default();
            let parsed = Pattern::new(text);
            if parsed.is_none() {
                self.error(
                    node.unwrap_or(testset),
                    format!("<{name}> must be a path with one number in it, such as tests/%02d, not {text:?}"),
                );
            }
            parsed
        };
        let (inputs, answers) = (pattern("input-path-pattern"), pattern("answer-path-pattern"));
        let (Some(inputs), Some(answers)) = (inputs, answers) else { return (Vec::new(), Vec::new()) };
        let nodes: Vec<Node<'_, '_>> = child(testset, "tests").map(|all| children(all, "test").collect()).unwrap_or_default();
        if nodes.is_empty() {
            self.error(testset, "there are no tests in it");
        }
        let (mut tests, mut missing) = (Vec::new(), Vec::new());
        for (i, node) in nodes.iter().enumerate() {
            let (input, answer) = (inputs.path(i + 1), answers.path(i + 1));
            let file = |path: &str| self.tree.get(path).filter(|e| !e.folder).map(|e| e.path.clone());
            match (file(&input), file(&answer)) {
                (Some(input), Some(answer)) => tests.push(self.test(i + 1, *node, input, answer)),
                (None, _) => missing.push(input),
                (_, None) => missing.push(answer),
            }
        }
        if let Some(first) = missing.first() {
            let (count, all) = (missing.len(), nodes.len());
            let message = format!(
                "{count} of {all} tests are not in the package ({first} is the first of them): this is a standard package, whose tests \
                 are not made; download the full Linux package"
            );
            self.problems.error(Place::file(Path::new(FILE)), message);
        }
        let groups = self.groups(testset, &mut tests);
        (tests, groups)
    }

    fn test(&self, number: usize, node: Node<'_, '_>, input: std::path::PathBuf, answer: std::path::PathBuf) -> PackageTest {
        let sample = node.attribute("sample") == Some("true");
        let points = node.attribute("points").and_then(|text| {
            let points = text.parse::<f64>().ok().filter(|p| (0.0..=1e9).contains(p));
            if points.is_none() {
                self.error(node, format!("points must be a number from 0, not {text:?}"));
            }
            points
        });
        PackageTest {
            id: number.to_string(),
            input,
            answer: Some(answer),
            group: node.attribute("group").filter(|g| !g.is_empty()).map(str::to_owned),
            points,
            args: Vec::new(),
            files: Files::default(),
            checker_args: Vec::new(),
            checker: None,
            limits: LimitsRequest::default(),
            full_feedback: sample,
            sample,
            description: node.attribute("description").map(str::to_owned),
            hint: None,
        }
    }
}

/// `tests/%02d.a`: a path with the test's number in it, as printf has it.
struct Pattern {
    before: String,
    width: usize,
    after: String,
}

impl Pattern {
    fn new(text: &str) -> Option<Self> {
        let (before, rest) = text.split_once('%')?;
        let (width, after) = rest.split_once('d')?;
        let width = match width {
            "" => 0,
            digits => digits.strip_prefix('0')?.parse().ok().filter(|w| *w <= 9)?,
        };
        (!after.contains('%')).then(|| Self { before: before.to_owned(), width, after: after.to_owned() })
    }

    fn path(&self, number: usize) -> String {
        format!("{}{number:0width$}{}", self.before, self.after, width = self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_are_those_of_printf() {
        for (pattern, number, path) in
            [("tests/%02d", 3, "tests/03"), ("tests/%02d.a", 120, "tests/120.a"), ("t%d.in", 7, "t7.in"), ("%03d", 7, "007")]
        {
            assert_eq!(Pattern::new(pattern).unwrap().path(number), path);
        }
        for bad in ["", "tests/1", "tests/%s", "%02d%02d", "%2d", "%099d"] {
            assert!(Pattern::new(bad).is_none(), "{bad}");
        }
    }
}
