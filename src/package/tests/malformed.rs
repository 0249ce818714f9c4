//! Every problem of a package is named, with file and line.
use super::{problems, with};

#[test]
fn all_problems_are_named_not_the_first_only() {
    let found = problems(&with(&[
        (
            "problem.yaml",
            "problem_format_version: 2025-09\ntype: [scoring, multi-pas]\nname: X\nlimits:\n  memory: lots\n  time_limit: -1\n  \
             validation_passes: 3\nvalidation: custom\nconstants:\n  1x: 3\n",
        ),
        ("data/secret/2.ans", "7\n"),
        ("data/secret/3.in", ""),
        ("data/secret/9.ans", ""),
        ("data/secret/2.yaml", "argz: [a]\nfull_feedback: 3\n"),
        ("data/secret/testdata.yaml", ""),
        ("data/secret/test_group.yaml", "max_score: many\nrequire_pass: [later]\n"),
        ("submissions/accepted/a.xyz", ""),
        ("submissions/accepted/two.py/a.py", ""),
        ("submissions/accepted/two.py/b.py", ""),
        ("submissions/submissions.yaml", "accepted/*:\n  permitted: [AC, XX]\n  secret/9: {required: [WA]}\nnone.py: {}\n"),
        ("output_validators/v.py", ""),
        ("static_validator/v.py", ""),
    ]));
    for wanted in [
        "problem.yaml: warning: `uuid` is missing; contest systems want one (`uuidgen` makes it)",
        "problem.yaml:2: error: there is no problem type \"multi-pas\"; the types are `pass-fail`, `scoring`, `interactive`, `multi-pass`",
        "problem.yaml:5: error: `limits.memory` must be a number above 0, not \"lots\"",
        "problem.yaml:6: error: `limits.time_limit` must be a number above 0, not \"-1\"",
        "problem.yaml:7: error: `limits.validation_passes` is for multi-pass problems; say so, or remove it",
        "problem.yaml:8: error: there is no key `validation` in this format; correct or remove it",
        "problem.yaml:10: error: the constant's name \"1x\" must be letters, digits and `_`",
        "data/secret/2.yaml:1: error: there is no key `argz` in this format; correct or remove it",
        "data/secret/2.yaml:2: error: `full_feedback` must be true or false, not \"3\"",
        "data/secret/3.in: error: there is no 3.ans beside it; add the answer (it may be empty)",
        "data/secret/9.ans: error: there is no 9.in beside it, so there is no such test; add the input, or remove it",
        "data/secret/test_group.yaml:1: error: `max_score` must be a whole number, or `unbounded`, not \"many\"",
        "data/secret/test_group.yaml:2: error: `require_pass`: there is no group \"later\" before this one; there are sample",
        "data/secret/testdata.yaml: error: is of the legacy format; in this version it is test_group.yaml",
        "output_validators: error: a package of the version 2025-09 has output_validator/ instead; rename it",
        "static_validator: error: static validators are not supported: submissions are judged by what they do, not by their text",
        "submissions/accepted/a.xyz: error: its language can't be told by the files' endings (a.xyz)",
        "submissions/submissions.yaml:2: error: `accepted/*.permitted`: there is no verdict \"XX\"; there are AC, WA, TLE, RTE",
        "submissions/submissions.yaml:3: error: no test and no group matches \"secret/9\"; they are named like `sample` and `secret/01`",
        "submissions/submissions.yaml:4: warning: no submission matches \"none.py\"",
    ] {
        assert!(found.iter().any(|p| p == wanted), "{wanted}\nis not among\n{}", found.join("\n"));
    }
    assert!(
        found.iter().any(|p| p.starts_with("submissions/accepted/two.py: error: entry_point: several files could be started")),
        "{found:?}"
    );
    assert_eq!(found.len(), 21, "{}", found.join("\n"));
}

#[test]
fn what_can_be_judged_without_is_a_warning_only() {
    let found = problems(&[("problem.yaml", "name: X\nshoe_size: 42\n"), ("data/secret/1.in", ""), ("data/secret/1.ans", "")]);
    assert_eq!(
        found,
        [
            "warning: there is no input_validators/: nothing checks the test data",
            "warning: there is no problem_statement/: contest systems want a statement",
            "problem.yaml:2: warning: there is no key `shoe_size` in this format; it is ignored",
            "submissions: warning: there is no accepted submission; put one into submissions/accepted/",
        ]
    );
}

#[test]
fn what_is_no_package_is_told_in_one_line() {
    for (files, wanted) in [
        (vec![("readme", "")], "error: no problem package: there is neither"),
        (vec![("data/secret/1.in", "")], "problem.yaml: error: problem.yaml is missing"),
        (vec![("problem.yaml", "a: ]")], "problem.yaml:1: error: not YAML"),
        (vec![("problem.yaml", "- a\n")], "problem.yaml:1: error: the file must be a map, but is a list"),
        (vec![("problem.yaml", "problem_format_version: 2023-07-draft\n")], "problem.yaml:1: error: the format's version"),
        (vec![("1.in", ""), ("1.out", ""), ("1.ans", "")], "1.in: error: there are two answers"),
        (vec![("1.in", "")], "1.in: error: there is no answer"),
    ] {
        let found = problems(&files);
        assert!(found.len() == 1 && found[0].starts_with(wanted), "{files:?}: {found:?}");
    }
}
