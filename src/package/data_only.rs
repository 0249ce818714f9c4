//! Test data without anything that describes it: `*.in` with `*.ans` or `*.out`.
//!
//! Every test is worth one point; tests in a folder called `sample` are samples. There may be `submissions/`, with the
//! folders of the ICPC format. The time limit is the caller's to give, or calibrated from the accepted submissions.
use super::icpc::own_submissions;
use super::package::{Format, Margins, Package, PackageLimits, PackageTest, Scoring};
use super::problem::{Place, Problems};
use super::tree::Tree;
use crate::model::{Checker, Files, LimitsRequest};
use crate::profile::Profiles;
use std::cmp::Ordering;
use std::path::Path;

/// Whether there is any test data here.
pub(super) fn is_here(tree: &Tree) -> bool {
    inputs(tree).next().is_some()
}

fn inputs(tree: &Tree) -> impl Iterator<Item = &str> {
    let outside = |path: &str| !path.starts_with("submissions/");
    tree.files_below("").filter(move |(path, _)| outside(path)).filter_map(|(path, _)| path.strip_suffix(".in"))
}

pub(super) fn read(name: &str, folder: &Path, tree: &Tree, profiles: &Profiles, problems: &Problems) -> Package {
    let mut ids: Vec<&str> = inputs(tree).collect();
    ids.sort_by(|a, b| is_sample(b).cmp(&is_sample(a)).then_with(|| natural(a, b)));
    let tests: Vec<PackageTest> = ids.into_iter().filter_map(|id| test(tree, id, problems)).collect();
    let submissions =
        if tree.is_folder("submissions") { own_submissions(tree, profiles, problems, Scoring::Points, &tests) } else { Vec::new() };
    let run = LimitsRequest::default();
    Package {
        name: name.to_owned(),
        title: name.to_owned(),
        format: Format::Data,
        scoring: Scoring::Points,
        limits: PackageLimits { time: None, margins: Margins::LATEST, run, compile: run, code_bytes: None },
        tests,
        groups: Vec::new(),
        checker: Some(Checker::default()),
        interactor: None,
        passes: None,
        input_file: None,
        output: None,
        included: Vec::new(),
        languages: None,
        submissions,
        warnings: Vec::new(),
        folder: folder.to_owned(),
        unpacked: None,
    }
}

fn test(tree: &Tree, id: &str, problems: &Problems) -> Option<PackageTest> {
    let input = tree.get(&format!("{id}.in"))?.path.clone();
    let answers: Vec<String> = ["ans", "out"].iter().map(|end| format!("{id}.{end}")).filter(|path| tree.is_file(path)).collect();
    let file = format!("{id}.in");
    let place = Place::file(Path::new(&file));
    match answers.len() {
        0 => problems.error(place, "there is no answer beside it: neither .ans nor .out"),
        1 => {}
        _ => problems.error(place, "there are two answers beside it, .ans and .out; remove one"),
    }
    let answer = answers.first().and_then(|path| tree.get(path)).map(|e| e.path.clone());
    let sample = is_sample(id);
    Some(PackageTest {
        id: id.to_owned(),
        input,
        answer,
        group: None,
        points: Some(1.0),
        args: Vec::new(),
        files: Files::default(),
        checker_args: Vec::new(),
        checker: None,
        limits: LimitsRequest::default(),
        full_feedback: sample,
        sample,
        description: None,
        hint: None,
    })
}

/// Whether it lies in a folder of samples.
fn is_sample(id: &str) -> bool {
    id.split('/').rev().skip(1).any(|folder| matches!(folder, "sample" | "samples"))
}

/// `2` before `10`: numbers in names by their value.
fn natural(one: &str, other: &str) -> Ordering {
    let number = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        (text[..end].trim_start_matches('0').to_owned(), end)
    };
    let (mut left, mut right) = (one, other);
    while let (Some(c), Some(d)) = (left.chars().next(), right.chars().next()) {
        let (skip_left, skip_right, order) = if c.is_ascii_digit() && d.is_ascii_digit() {
            let ((value, skip), (against, skip_against)) = (number(left), number(right));
            (skip, skip_against, value.len().cmp(&against.len()).then_with(|| value.cmp(&against)))
        } else {
            (c.len_utf8(), d.len_utf8(), c.cmp(&d))
        };
        if order.is_ne() {
            return order;
        }
        (left, right) = (&left[skip_left..], &right[skip_right..]);
    }
    left.len().cmp(&right.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_value() {
        let mut names = ["10", "2", "1", "a10b", "a9b", "02", "a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["1", "02", "2", "10", "a", "a9b", "a10b"]);
    }
}
