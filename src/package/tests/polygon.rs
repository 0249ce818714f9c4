//! Polygon packages: what is read of problem.xml, and what is wrong with it.
use super::{open, problems};
use crate::model::{Aggregate, CheckerKind, Protocol, StopOn};
use crate::package::{Format, Scoring};

fn xml(testset: &str, assets: &str) -> String {
    format!(
        "<problem>\n<names><name language=\"english\" value=\"Sums\"/></names>\n<judging input-file=\"sum.in\" output-file=\"\" run-count=\"1\">\n\
         <testset name=\"tests\">\n<time-limit>1500</time-limit>\n<memory-limit>67108864</memory-limit>\n\
         <input-path-pattern>tests/%02d</input-path-pattern>\n<answer-path-pattern>tests/%02d.a</answer-path-pattern>\n{testset}</testset>\n\
         </judging>\n<files><resources><file path=\"files/grader.h\" for-types=\"cpp.*\"><assets><asset name=\"SOLUTION\"/></assets></file>\
         <file path=\"files/testlib.h\"/></resources></files>\n<assets>{assets}</assets>\n</problem>\n"
    )
}

const CHECKER: &str = "<checker type=\"testlib\"><source path=\"files/check.cpp\" type=\"cpp.g++17\"/></checker>";
const TESTS: &str =
    "<tests><test sample=\"true\" group=\"0\" points=\"0\"/><test group=\"2\" points=\"30\"/><test group=\"1\" points=\"70\"/></tests>\n";
const GROUPS: &str = "<groups><group name=\"0\" points-policy=\"complete-group\" points=\"0\"/>\n\
    <group name=\"2\" points-policy=\"each-test\"><dependencies><dependency group=\"1\"/></dependencies></group>\n\
    <group name=\"1\" points-policy=\"complete-group\" points=\"70\"/></groups>\n";
const FILES: [(&str, &str); 10] = [
    ("files/check.cpp", ""),
    ("files/testlib.h", ""),
    ("files/grader.h", ""),
    ("tests/01", ""),
    ("tests/01.a", ""),
    ("tests/02", ""),
    ("tests/02.a", ""),
    ("tests/03", ""),
    ("tests/03.a", ""),
    ("solutions/a.py", ""),
];

fn with<'a>(xml: &'a str, but: &[&str]) -> Vec<(&'a str, &'a str)> {
    let mut files: Vec<_> = FILES.iter().copied().filter(|(name, _)| !but.contains(name)).collect();
    files.push(("problem.xml", xml));
    files
}

#[test]
fn limits_tests_groups_and_programs_are_read() {
    let solution = "<solutions><solution tag=\"main\"><source path=\"solutions/a.py\" type=\"python.3\"/></solution></solutions>";
    let interactor = "<interactor><source path=\"files/check.cpp\" type=\"cpp.gcc13-64-winlibs-g++20\"/></interactor>";
    let text = xml(&format!("{TESTS}{GROUPS}"), &format!("{CHECKER}{interactor}{solution}"));
    let (_dir, package) = open(&with(&text, &[]));
    assert_eq!((package.title.as_str(), package.format, package.scoring), ("Sums", Format::Polygon, Scoring::Points));
    assert_eq!(package.limits.time.map(crate::model::Millis::get), Some(1500.0));
    assert_eq!(package.limits.run.memory_bytes, Some(64 << 20));
    assert_eq!((package.input_file.as_ref().map(crate::model::BoxName::as_str), &package.output), (Some("sum.in"), &None));
    let tests: Vec<_> = package.tests.iter().map(|t| (t.id.as_str(), t.group.as_deref(), t.points, t.sample)).collect();
    // Points of a complete group are the group's.
    assert_eq!(tests, [("1", Some("0"), None, true), ("2", Some("2"), Some(30.0), false), ("3", Some("1"), None, false)]);
    let groups: Vec<_> = package.groups.iter().map(|g| (g.id.as_str(), g.points, g.aggregate, g.requires.join(","))).collect();
    assert_eq!(
        groups,
        [
            ("0", Some(0.0), Some(Aggregate::All), String::new()),
            ("1", Some(70.0), Some(Aggregate::All), String::new()),
            ("2", None, Some(Aggregate::Sum), "1".to_owned()),
        ]
    );
    assert!(package.groups.iter().all(|g| g.stop_on != Some(StopOn::FirstFailure)));
    let checker = package.checker.as_ref().unwrap();
    assert_eq!(
        (checker.kind, checker.protocol, checker.language.as_deref()),
        (CheckerKind::Program, Some(Protocol::Testlib), Some("cpp17"))
    );
    assert_eq!(checker.compile.args, ["-DPC_BASE_EXIT_CODE=50"]);
    let files: Vec<&str> = checker.files.keys().map(crate::model::BoxName::as_str).collect();
    assert_eq!(files, ["check.cpp", "grader.h", "testlib.h"]);
    assert_eq!(package.interactor.as_ref().map(|i| (i.protocol, i.language.as_str())), Some((Protocol::Testlib, "cpp20")));
    assert_eq!(package.included.iter().map(|i| (i.language.as_deref(), i.files.len())).collect::<Vec<_>>(), [(Some("cpp"), 1)]);
}

#[test]
fn every_problem_has_its_line() {
    let tests = "<tests><test group=\"7\" points=\"many\"/></tests>\n";
    let groups = "<groups><group name=\"a\" points-policy=\"some\"><dependencies><dependency group=\"b\"/></dependencies></group>\n\
                  <group name=\"b\"><dependencies><dependency group=\"a\"/></dependencies></group>\n<group name=\"a\"/></groups>\n";
    let assets = "<checker type=\"ejudge\"><source path=\"files/none.cpp\" type=\"cpp.g++17\"/></checker>\n<solutions>\n\
                  <solution tag=\"lovely\"><source path=\"solutions/a.py\" type=\"python.3\"/></solution>\n\
                  <solution tag=\"main\"><source path=\"solutions/a.py\" type=\"python.2\"/></solution></solutions>";
    let text = xml(&format!("{tests}{groups}"), assets).replace("run-count=\"1\"", "run-count=\"2\"").replace(">1500<", ">fast<");
    let found = problems(&with(&text, &[]));
    for wanted in [
        "problem.xml:3: error: run-count is 2: programs run more than once on a test are not supported in Polygon packages",
        "problem.xml:5: error: <time-limit> must be a whole number above 0, not \"fast\"",
        "problem.xml:9: error: points must be a number from 0, not \"many\"",
        "problem.xml:4: error: test 1 is in the group \"7\", which is not among <groups>",
        "problem.xml:10: error: points-policy must be `each-test` or `complete-group`, not \"some\"",
        "problem.xml:10: error: the group \"a\" depends on itself by way of others",
        "problem.xml:12: error: the group \"a\" is there twice",
        "problem.xml:16: error: checkers of the type \"ejudge\" are not supported; the type is `testlib`",
        "problem.xml:16: error: the file \"files/none.cpp\" is not in the package",
        "problem.xml:18: error: there is no tag \"lovely\" for solutions",
        "problem.xml:19: error: there is no language profile for the source type \"python.2\" (see `assize languages`)",
    ] {
        assert!(found.iter().any(|p| p == wanted), "{wanted}\nis not among\n{}", found.join("\n"));
    }
}

#[test]
fn a_package_without_its_tests_says_which_one_to_download() {
    let text = xml(TESTS, CHECKER);
    let found = problems(&with(&text, &["tests/02", "tests/03.a"]));
    let wanted = "problem.xml: error: 2 of 3 tests are not in the package (tests/02 is the first of them): this is a standard package, \
                  whose tests are not made; download the full Linux package";
    assert!(found.iter().any(|p| p == wanted), "{found:?}");
    assert!(problems(&with("<problem>\n</wrong>", &[]))[0].starts_with("problem.xml:2: error: not XML: "));
}
