use super::*;
use Verdict::{Ac, Ie, Pc, Pe, Wa};

fn text(bytes: &str) -> Told {
    Told::Text(bytes.into())
}

/// What a run comes to that exits with `status`.
fn told(protocol: Protocol, status: i32, stderr: &str, feedback: &Feedback, points: Option<f64>, passes: Passes) -> Said {
    let ended = Ended { who: "checker", end: End::Exited(status), broken: None, stderr: stderr.as_bytes(), feedback };
    said(protocol, &ended, points, passes)
}

fn icpc(status: i32, feedback: &Feedback, points: Option<f64>) -> Comparison {
    told(Protocol::Icpc, status, "", feedback, points, Passes::Single).comparison
}

fn testlib(status: i32, stderr: &str, points: Option<f64>) -> Comparison {
    told(Protocol::Testlib, status, stderr, &Feedback::default(), points, Passes::Single).comparison
}

#[test]
fn every_exit_status() {
    for status in -1..=256 {
        let icpc = icpc(status, &Feedback::default(), Some(10.0));
        let wanted = match status {
            42 => Ac,
            43 => Wa,
            _ => Ie,
        };
        assert_eq!(icpc.verdict, wanted, "icpc {status}");
        let testlib = testlib(status, "", Some(10.0));
        let wanted = match status {
            0 | 250 => Ac,
            1 => Wa,
            2 | 4 | 8 => Pe,
            50..=249 => Pc,
            _ => Ie,
        };
        assert_eq!(testlib.verdict, wanted, "testlib {status}");
        for said in [icpc, testlib] {
            assert_eq!(said.message.is_empty(), said.verdict == Ac, "{status}");
            assert_eq!(said.judge_message.starts_with("the checker failed: "), said.verdict == Ie, "{status}: {}", said.judge_message);
        }
    }
}

#[test]
fn what_ends_otherwise_is_an_error_of_ours_with_its_stderr() {
    let feedback = Feedback { judge: text("see above\n"), ..Feedback::default() };
    for (protocol, end, broken, wanted) in [
        (Protocol::Icpc, End::Signaled(11), None, "killed by signal 11 (SIGSEGV)"),
        (Protocol::Testlib, End::NotExecuted(8), None, "the program could not be executed: Exec format error"),
        (Protocol::Icpc, End::Exited(42), Some("time limit exceeded"), "time limit exceeded"),
        (Protocol::Testlib, End::Exited(0), Some("memory limit exceeded"), "memory limit exceeded"),
        (Protocol::Icpc, End::Exited(1), None, "exit status 1, where 42 (accepted) or 43 (wrong answer) is expected"),
        (Protocol::Testlib, End::Exited(3), None, "exit status 3: it says so itself"),
    ] {
        let ended = Ended { who: "interactor", end, broken, stderr: b"\xffoops\n", feedback: &feedback };
        let said = said(protocol, &ended, None, Passes::Left);
        assert!(said.comparison.verdict == Ie && !said.again);
        let expected = format!("the interactor failed: {wanted}\nstderr: \u{fffd}oops\njudgemessage.txt: see above");
        assert_eq!(said.comparison.judge_message, expected);
        assert!(!said.comparison.message.contains("oops"));
    }
}

#[test]
fn messages_go_to_whom_they_are_for() {
    let feedback = Feedback { judge: text("for the staff\n"), team: text("for the team\n"), ..Feedback::default() };
    let both = icpc(43, &feedback, None);
    assert_eq!((both.message.as_str(), both.judge_message.as_str()), ("for the team", "for the staff"));
    let none = told(Protocol::Icpc, 43, "debug\n", &Feedback::default(), None, Passes::Single).comparison;
    assert_eq!((none.message.as_str(), none.judge_message.as_str()), ("wrong answer", "debug"));
    let said = testlib(1, "wrong answer 1st numbers differ - expected: '3', found: '4'\n", None);
    assert_eq!(said.message, "wrong answer");
    assert_eq!(said.judge_message, "wrong answer 1st numbers differ - expected: '3', found: '4'");
    assert_eq!(testlib(4, "", None).message, "presentation error");
}

#[test]
fn scores_of_icpc() {
    let score = |s: &str| Feedback { score: text(s), ..Feedback::default() };
    let multiplier = |s: &str| Feedback { multiplier: text(s), ..Feedback::default() };
    let points = Some(10.0);
    for (feedback, points, verdict, credit) in [
        (score("10\n"), points, Ac, Some(Credit::Points(10.0))),
        (score(" 2.5 "), points, Pc, Some(Credit::Points(2.5))),
        (score("0"), points, Pc, Some(Credit::Points(0.0))),
        (score("0"), Some(0.0), Ac, Some(Credit::Points(0.0))),
        (score("1e1"), points, Ac, Some(Credit::Points(10.0))),
        (score("10.1"), points, Ie, None),
        (score("37"), None, Ac, Some(Credit::Points(37.0))),
        (score("1e10"), None, Ie, None),
        (score("-1"), points, Ie, None),
        (score("NaN"), points, Ie, None),
        (score("inf"), points, Ie, None),
        (score("1e999"), points, Ie, None),
        (score(""), points, Ie, None),
        (score("5 points"), points, Ie, None),
        (Feedback { score: Told::Odd, ..Feedback::default() }, points, Ie, None),
        (Feedback { score: Told::Text(b"\xff".into()), ..Feedback::default() }, points, Ie, None),
        (multiplier("0.25"), points, Pc, Some(Credit::Fraction(0.25))),
        (multiplier("1"), points, Ac, Some(Credit::Fraction(1.0))),
        (multiplier("0"), None, Pc, Some(Credit::Fraction(0.0))),
        (multiplier("1.01"), points, Ie, None),
        (multiplier("-0.5"), points, Ie, None),
        (Feedback { score: text("1"), multiplier: text("1"), ..Feedback::default() }, points, Ie, None),
        (Feedback { score: text("1"), multiplier: Told::Odd, ..Feedback::default() }, points, Ie, None),
    ] {
        let said = icpc(42, &feedback, points);
        assert_eq!((said.verdict, said.credit), (verdict, credit), "{feedback:?} of {points:?}: {}", said.judge_message);
        if feedback != Feedback::default() {
            assert_eq!(icpc(43, &feedback, points).verdict, Ie, "a score for a wrong answer: {feedback:?}");
        }
    }
}

#[test]
fn points_of_testlib() {
    let points = Some(20.0);
    for (status, stderr, points, verdict, credit) in [
        (7, "points 5 good\n", points, Pc, Some(Credit::Points(5.0))),
        (7, "points 20", points, Ac, Some(Credit::Points(20.0))),
        (7, "some words\n  points 0.5\n", points, Pc, Some(Credit::Points(0.5))),
        (7, "points 21", points, Ie, None),
        (7, "points -1", points, Ie, None),
        (7, "points nan", points, Ie, None),
        (7, "points 1e999", points, Ie, None),
        (7, "points", points, Ie, None),
        (7, "points \n5", points, Ie, None),
        (7, "no points 5", points, Ie, None),
        (7, "", points, Ie, None),
        (7, "points 3", None, Ac, Some(Credit::Points(3.0))),
        (50, "", points, Pc, Some(Credit::Fraction(0.0))),
        (150, "points 5", points, Pc, Some(Credit::Fraction(0.5))),
        (250, "", points, Ac, Some(Credit::Fraction(1.0))),
        (251, "", points, Ie, None),
        (49, "", points, Ie, None),
        (0, "points 5", points, Ac, None),
    ] {
        let said = testlib(status, stderr, points);
        assert_eq!((said.verdict, said.credit), (verdict, credit), "{status} {stderr:?}: {}", said.judge_message);
    }
}

#[test]
fn another_pass() {
    let next = Feedback { next_pass: text(""), ..Feedback::default() };
    let odd = Feedback { next_pass: Told::Odd, ..Feedback::default() };
    // What an earlier pass says of points does not count.
    let scored = Feedback { score: text("nonsense"), ..next.clone() };
    for (status, feedback, passes, verdict, again) in [
        (42, &next, Passes::Left, Ac, true),
        (42, &scored, Passes::Left, Ac, true),
        (42, &next, Passes::Last(2), Ie, false),
        (42, &next, Passes::Single, Ie, false),
        (43, &next, Passes::Left, Ie, false),
        (43, &next, Passes::Single, Ie, false),
        (1, &next, Passes::Left, Ie, false),
        (42, &odd, Passes::Left, Ie, false),
        (43, &odd, Passes::Left, Ie, false),
        (42, &Feedback::default(), Passes::Left, Ac, false),
        (42, &Feedback::default(), Passes::Last(2), Ac, false),
        (43, &Feedback::default(), Passes::Last(2), Wa, false),
    ] {
        let said = told(Protocol::Icpc, status, "", feedback, None, passes);
        assert_eq!((said.comparison.verdict, said.again), (verdict, again), "{status} {feedback:?} {passes:?}");
    }
}
