#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::unnecessary_wraps,
    clippy::cast_precision_loss,
    reason = "a test may fail by panicking"
)]
use super::*;
use crate::model::{Input, Reason, Request, Verdict, parse_input};
use proptest::prelude::*;

fn request(rest: &str) -> Request {
    match parse_input(format!(r#"{{"language": "c17", "source": "", {rest}}}"#).as_bytes()) {
        Ok(Input::Request(request)) => *request,
        other => panic!("{rest}: {other:?}"),
    }
}

/// `A` AC, `W` WA, `T` TLE, `P` PC, `O` OK, `I` IE, `S` SK, `.` no result yet.
fn results(text: &str) -> Vec<Option<Verdict>> {
    text.chars()
        .map(|c| match c {
            'A' => Some(Verdict::Ac),
            'W' => Some(Verdict::Wa),
            'T' => Some(Verdict::Tle),
            'P' => Some(Verdict::Pc),
            'O' => Some(Verdict::Ok),
            'I' => Some(Verdict::Ie),
            'S' => Some(Verdict::Sk),
            _ => None,
        })
        .collect()
}

/// `-` keeps its result or is open, `s` stopped, `r` a requirement not met.
fn fates(request: &Request, text: &str) -> String {
    finalize(request, &results(text))
        .iter()
        .map(|fate| match fate {
            None => '-',
            Some(Reason::StopOn) => 's',
            Some(Reason::Requires) => 'r',
            Some(other) => panic!("{other:?}"),
        })
        .collect()
}

fn tests(groups: &str) -> String {
    let one = |c: char| if c == '-' { "{}".to_owned() } else { format!(r#"{{"group": "{c}"}}"#) };
    format!(r#""tests": [{}]"#, groups.chars().map(one).collect::<Vec<_>>().join(","))
}

#[test]
fn who_is_skipped() {
    let plain = request(&tests("----"));
    let first = request(&format!(r#"{}, "stop_on": "first_failure""#, tests("----")));
    let groups = r#""groups": [{"id": "a"}, {"id": "b"}]"#;
    let by_group = request(&format!(r#"{}, {groups}, "stop_on": "group_failure""#, tests("aabb-a")));
    let requires = request(&format!(r#"{}, "groups": [{{"id": "a"}}, {{"id": "b", "requires": ["a"]}}]"#, tests("aabb-")));
    let backwards =
        request(&format!(r#"{}, "groups": [{{"id": "a"}}, {{"id": "b", "requires": ["a"]}}], "stop_on": "first_failure""#, tests("baab")));
    let chain = request(&format!(
        r#"{}, "groups": [{{"id": "a"}}, {{"id": "b", "requires": ["a"]}}, {{"id": "c", "requires": ["b"]}}]"#,
        tests("cba")
    ));
    let own = request(&format!(
        r#"{}, "groups": [{{"id": "a", "stop_on": "never"}}, {{"id": "b", "stop_on": "group_failure"}}, {{"id": "c", "stop_on": "first_failure"}}], "stop_on": "first_failure""#,
        tests("aabbcc-")
    ));
    let nested = request(
        r#""tests": [{"group": "g/1"}, {"group": "g/1"}, {"group": "g/2"}, {"group": "g"}, {"group": "h"}],
           "groups": [{"id": "g", "stop_on": "group_failure"}, {"id": "g/1"}, {"id": "g/2"}, {"id": "h", "requires": ["g"]}]"#,
    );
    let innermost = request(
        r#""tests": [{"group": "g/1"}, {"group": "g/1"}, {"group": "g/2"}], "stop_on": "group_failure",
           "groups": [{"id": "g"}, {"id": "g/1"}, {"id": "g/2"}]"#,
    );
    let knot = request(r#""tests": [{"group": "g/x"}, {"group": "g/x"}, {}], "groups": [{"id": "g"}, {"id": "g/x", "requires": ["g"]}]"#);
    for (name, request, given, wanted) in [
        ("never", &plain, "WWWW", "----"),
        ("first failure", &first, "AWAA", "--ss"),
        ("a later failure that finished first", &first, "..WA", "---s"),
        ("then an earlier one", &first, "W.WA", "-sss"),
        ("partly correct did not pass", &first, "P...", "-sss"),
        ("an internal error stops too", &first, "I...", "-sss"),
        ("what was skipped by the caller stops nothing", &first, "S.A.", "----"),
        ("a group", &by_group, "W.A...", "-s---s"),
        ("the other", &by_group, "..TAWA", "---s--"),
        ("required and passed", &requires, "AA...", "-----"),
        ("required and failed", &requires, ".W...", "--rr-"),
        ("required and open", &requires, "A.AA.", "-----"),
        ("required, partly correct", &requires, "AP...", "--rr-"),
        ("what waits for later tests takes its turn after them", &backwards, "WAA.", "---s"),
        ("and is skipped by their failure", &backwards, "WWA.", "r-sr"),
        ("a chain", &chain, "..W", "rr-"),
        ("a chain, halfway", &chain, ".WA", "r--"),
        ("a group may go on", &own, "WW.....", "-------"),
        ("a group may stop itself", &own, "AAW....", "---s---"),
        ("a group may stop the request", &own, "AAAAW..", "-----ss"),
        ("groups in a stopped one", &nested, "W....", "-sssr"),
        ("the innermost group alone", &innermost, "W..", "-s-"),
        ("a group that requires the one around it", &knot, "AAA", "rr-"),
    ] {
        assert_eq!(fates(request, given), wanted, "{name}");
    }
    assert!(!may_run(&first, &results("W..."), 1) && may_run(&first, &results("...."), 1) && !may_run(&first, &results("...."), 9));
}

const IDS: [&str; 6] = ["a", "b", "a/x", "a/y", "a/x/z", "b/x"];

fn any_request() -> impl Strategy<Value = Request> {
    let stop = || prop::sample::select(vec!["", r#""stop_on": "never""#, r#""stop_on": "first_failure""#, r#""stop_on": "group_failure""#]);
    let groups = prop::sample::subsequence(IDS.to_vec(), 0..=6).prop_shuffle();
    let rules = prop::collection::vec((stop(), prop::option::weighted(0.3, any::<prop::sample::Index>())), 6);
    let members = prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), 1..6);
    (groups, rules, members, stop()).prop_map(|(ids, rules, members, stop)| {
        let join = |parts: Vec<String>| parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ");
        let groups: Vec<String> = ids
            .iter()
            .zip(rules)
            .enumerate()
            .map(|(i, (id, (stop, required)))| {
                let required = required.filter(|_| i > 0).map(|r| format!(r#""requires": ["{}"]"#, ids[r.index(i)])).unwrap_or_default();
                format!("{{{}}}", join(vec![format!(r#""id": "{id}""#), stop.to_owned(), required]))
            })
            .collect();
        let tests: Vec<String> = members
            .iter()
            .map(|m| m.filter(|_| !ids.is_empty()).map_or("{}".to_owned(), |m| format!(r#"{{"group": "{}"}}"#, m.get(&ids))))
            .collect();
        request(&join(vec![format!(r#""tests": [{}]"#, tests.join(",")), format!(r#""groups": [{}]"#, groups.join(",")), stop.to_owned()]))
    })
}

fn completions(partial: &[Option<Verdict>]) -> Vec<Vec<Option<Verdict>>> {
    partial.iter().fold(vec![vec![]], |all, result| {
        let choices = match result {
            Some(verdict) => vec![*verdict],
            None => vec![Verdict::Ac, Verdict::Wa],
        };
        all.iter().flat_map(|start| choices.iter().map(move |c| [&start[..], &[Some(*c)]].concat())).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn what_is_certain_stays_so_and_order_of_finishing_does_not_matter(
        request in any_request(),
        verdicts in prop::collection::vec(prop::sample::select(vec![Verdict::Ac, Verdict::Ac, Verdict::Wa]), 6),
        missing in prop::collection::vec(any::<bool>(), 6),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 40),
        slots in 1usize..4,
    ) {
        let n = request.tests.len();
        let all: Vec<_> = verdicts.iter().take(n).copied().map(Some).collect();
        let partial: Vec<_> = all.iter().zip(&missing).map(|(v, m)| v.filter(|_| !m)).collect();
        let early = finalize(&request, &partial);
        for complete in completions(&partial) {
            let last = finalize(&request, &complete);
            for t in 0..n {
                prop_assert!(early[t].is_none() || last[t].is_some(), "test {} was SK and is not: {:?} {:?}", t, partial, complete);
            }
        }

        // A run with several slots, tests finishing in any order, comes to the same.
        let mut planner = Planner::new(&request);
        let (mut running, mut fates, mut settled, mut over) = (vec![], vec![None; n], 0, false);
        for pick in picks {
            while running.len() < slots {
                let Some(test) = planner.next() else {
                    over = true;
                    break;
                };
                // Who has been told so once goes home (`Course::lane`).
                prop_assert!(!over, "test {test} is to be run after there was nothing left to start");
                running.push(test);
            }
            for doomed in planner.doomed() {
                prop_assert!(running.contains(&doomed));
            }
            if running.is_empty() {
                break;
            }
            let test = running.swap_remove(pick.index(running.len()));
            for (test, fate) in planner.record(test, verdicts[test]) {
                fates[test] = fate;
                settled += 1;
            }
        }
        // Tests certain to be SK from the start have no result to settle them with.
        if settled < n {
            for (test, fate) in planner.settle() {
                fates[test] = fate;
                settled += 1;
            }
        }
        prop_assert_eq!(settled, n);
        prop_assert!(planner.done());
        prop_assert_eq!(fates, finalize(&request, &all));
    }
}

#[test]
fn ten_thousand_tests_are_planned_quickly() {
    let request = request(&format!(r#"{}, "groups": [{{"id": "a"}}], "stop_on": "group_failure""#, tests(&"a".repeat(10_000))));
    let mut planner = Planner::new(&request);
    let mut running = std::collections::VecDeque::new();
    let mut settled = 0;
    loop {
        while running.len() < 8 {
            let Some(test) = planner.next() else { break };
            running.push_back(test);
        }
        let Some(test) = running.pop_front() else { break };
        settled += planner.record(test, Verdict::Ac).len();
    }
    assert_eq!(settled, 10_000);
}

/// Every PC is this part of the test's points.
fn scored(rest: &str, given: &str, fraction: f64) -> Scores {
    credited(rest, given, Credit::Fraction(fraction))
}

fn credited(rest: &str, given: &str, credit: Credit) -> Scores {
    let credit = |verdict| (verdict == Verdict::Pc).then_some(credit);
    let given: Vec<_> = results(given).into_iter().flatten().map(|verdict| TestResult { verdict, credit: credit(verdict) }).collect();
    score(&request(rest), &given)
}

#[test]
fn points_of_groups() {
    let with = |rule: &str| {
        format!(
            r#""tests": [{{"group": "g", "points": 10}}, {{"group": "g", "points": 30}}, {{"points": 5}}], "groups": [{{"id": "g"{rule}}}]"#
        )
    };
    // (rule, results, fraction of PC) → the group's points and maximum
    for (rule, given, fraction, points, max_points) in [
        ("", "AAA", 0.0, 40.0, 40.0),
        ("", "AWA", 0.0, 10.0, 40.0),
        ("", "APA", 0.5, 25.0, 40.0),
        ("", "APA", f64::NAN, 10.0, 40.0),
        ("", "APA", 7.0, 40.0, 40.0),
        (r#", "aggregate": "min""#, "APA", 0.5, 10.0, 10.0),
        (r#", "aggregate": "min""#, "AWA", 0.0, 0.0, 10.0),
        (r#", "aggregate": "max""#, "APA", 0.5, 15.0, 30.0),
        (r#", "aggregate": "avg""#, "AWA", 0.0, 5.0, 20.0),
        (r#", "aggregate": "all""#, "AAA", 0.0, 40.0, 40.0),
        (r#", "aggregate": "all""#, "APA", 0.9, 0.0, 40.0),
        (r#", "points": 100"#, "AAA", 0.0, 100.0, 100.0),
        (r#", "points": 100"#, "AWA", 0.0, 0.0, 100.0),
        (r#", "points": 100, "aggregate": "sum""#, "AWA", 0.0, 25.0, 100.0),
        (r#", "points": 100, "aggregate": "min""#, "APA", 0.5, 50.0, 100.0),
        (r#", "points": 100, "aggregate": "max""#, "WPA", 0.5, 50.0, 100.0),
        (r#", "points": 100, "aggregate": "avg""#, "AWA", 0.0, 50.0, 100.0),
        (r#", "points": 100"#, "ASA", 0.0, 0.0, 100.0),
    ] {
        let s = scored(&with(rule), given, fraction);
        assert_eq!(s.groups[0].points, Points { points, max_points }, "{rule} {given}");
        assert_eq!(s.request.points, Points { points: points + 5.0, max_points: max_points + 5.0 }, "{rule} {given}");
    }
}

#[test]
fn points_of_nested_groups_and_of_tests_without_points() {
    let rest = r#""tests": [{"group": "s"}, {"group": "g/1"}, {"group": "g/1"}, {"group": "g/2"}],
        "groups": [{"id": "s", "points": 0}, {"id": "g", "aggregate": "sum"}, {"id": "g/1", "points": 40}, {"id": "g/2", "points": 60}, {"id": "g/3", "points": 7}]"#;
    let s = scored(rest, "AAWA", 0.0);
    assert_eq!(s.groups.iter().map(|g| g.points.points).collect::<Vec<_>>(), [0.0, 60.0, 0.0, 60.0, 0.0]);
    assert_eq!(s.groups.iter().map(|g| g.verdict).collect::<Vec<_>>(), [Verdict::Ac, Verdict::Wa, Verdict::Wa, Verdict::Ac, Verdict::Ok]);
    assert_eq!(s.request, Scored { verdict: Verdict::Wa, points: Points { points: 60.0, max_points: 100.0 } });
    // No test has points: fractions are what counts.
    let rest = r#""tests": [{"group": "g"}, {"group": "g"}], "groups": [{"id": "g", "points": 10, "aggregate": "sum"}]"#;
    assert_eq!(scored(rest, "AW", 0.0).groups[0].points.points, 5.0);
    assert_eq!(scored(rest, "AP", 0.5).groups[0].points.points, 7.5);
    assert_eq!(scored(r#""tests": [{}, {}]"#, "AA", 0.0).request.points, Points::default());
    // An outer group with points sees inner ones by what part of theirs they reached.
    let rest = r#""tests": [{"group": "g/1"}, {"group": "g/2"}],
        "groups": [{"id": "g", "points": 10, "aggregate": "min"}, {"id": "g/1", "points": 4, "aggregate": "sum"}, {"id": "g/2"}]"#;
    assert_eq!(scored(rest, "PA", 0.25).request.points.points, 2.5);
}

#[test]
fn points_that_a_checker_gives() {
    let rest = r#""tests": [{"points": 10, "group": "g"}, {"points": 5}], "groups": [{"id": "g", "points": 100, "aggregate": "sum"}]"#;
    for (points, test, group) in [(0.0, 0.0, 0.0), (2.5, 2.5, 25.0), (10.0, 10.0, 100.0), (11.0, 10.0, 100.0), (f64::NAN, 0.0, 0.0)] {
        let s = credited(rest, "PA", Credit::Points(points));
        assert_eq!((s.tests[0].points, s.groups[0].points.points, s.request.points.points), (test, group, group + 5.0), "{points}");
    }
    // No maximum: the checker's points count as they are.
    let s = credited(r#""tests": [{}, {}]"#, "PP", Credit::Points(7.5));
    assert_eq!(s.request.points, Points { points: 15.0, max_points: 0.0 });
    let accepted = [TestResult { verdict: Verdict::Ac, credit: Some(Credit::Points(7.5)) }];
    assert_eq!(score(&request(r#""tests": [{}]"#), &accepted).request.points.points, 7.5);
    // What did not pass has no points, whatever is said of it.
    let wrong = [TestResult { verdict: Verdict::Wa, credit: Some(Credit::Points(7.5)) }];
    assert_eq!(score(&request(r#""tests": [{"points": 10}]"#), &wrong).request.points.points, 0.0);
}

#[test]
fn verdicts_over_tests() {
    use Verdict::{Ac, Ie, Ok, Pc, Sk, Tle, Wa};
    for (given, wanted) in [
        ("", Ok),
        ("AA", Ac),
        ("OO", Ok),
        ("AWT", Wa),
        ("ATW", Tle),
        ("WAI", Ie),
        ("APA", Pc),
        ("PWS", Wa),
        ("SSS", Sk),
        ("PSS", Pc),
        ("ASS", Sk),
    ] {
        assert_eq!(verdict_of(results(given).into_iter().flatten()), wanted, "{given}");
    }
}
