use super::*;
use crate::model::{
    Captured, CompileReport, ErrorKind, ErrorReport, GroupReport, LimitsRequest, Response, SandboxReport, TestReport, Verdict,
};

const HOSTILE: &str = "</script><script>document.title='owned'</script>\u{202e}<img src=x onerror=alert(1)>&amp;\x1b[31m";

fn test(id: &str, verdict: Verdict) -> TestReport {
    let wrong = verdict == Verdict::Wa;
    TestReport {
        id: id.into(),
        verdict,
        points: if verdict == Verdict::Ac { 10.0 } else { 0.0 },
        max_points: 10.0,
        group: Some("secret".into()),
        cpu_time_ms: if verdict == Verdict::Tle { 1001.0 } else { 420.0 },
        user_time_ms: 400.0,
        system_time_ms: 20.0,
        wall_time_ms: 450.0,
        memory_bytes: 3 << 20,
        exit_code: Some(0),
        signal: None,
        reason: None,
        message: if wrong { "wrong answer: line 2 differs".into() } else { String::new() },
        judge_message: if wrong { "line 2: expected \"EXPECTED-SECRET\", found \"x\"".into() } else { String::new() },
        stdout: Captured(b"1\nECHO-OF-SECRET\n".to_vec()),
        stdout_truncated: false,
        stdout_bytes: 17,
        stderr: Captured(b"STDERR-OF-SECRET\xff".to_vec()),
        stderr_truncated: true,
        stderr_bytes: 5000,
        disk_bytes: 0,
        files: std::collections::BTreeMap::new(),
        passes: 1,
        checker: None,
        transcript: None,
        limits: LimitsRequest::default().resolve(),
    }
}

fn response(tests: Vec<TestReport>, verdict: Verdict) -> Response {
    let points = tests.iter().map(|t| t.points).sum();
    let max_points = tests.iter().map(|t| t.max_points).sum();
    Response {
        schema: 1,
        index: 0,
        id: None,
        labels: None,
        verdict,
        points,
        max_points,
        cpu_time_ms: 420.0,
        wall_time_ms: 450.0,
        memory_bytes: 3 << 20,
        limits: LimitsRequest::default().resolve(),
        compile: None,
        groups: vec![GroupReport { id: "secret".into(), verdict, points, max_points }],
        sandbox: SandboxReport {
            limits: "rlimit".into(),
            landlock_abi: None,
            seccomp: "native".into(),
            uid_map: "subuid".into(),
            cpus: None,
        },
        tests,
    }
}

fn record(name: &str, outcome: Outcome) -> Record {
    Record {
        key: format!("{name}.py"),
        name: name.into(),
        hash: "00".into(),
        language: Some("python3".into()),
        files: vec![format!("{name}.py")],
        outcome,
    }
}

fn judged(name: &str, verdicts: [Verdict; 3]) -> Record {
    let ids = ["sample/1", "secret/01", "secret/02"];
    let first = verdicts.into_iter().find(|v| !v.passed()).unwrap_or(Verdict::Ac);
    record(name, Outcome::Judged(Box::new(response(ids.iter().zip(verdicts).map(|(id, v)| test(id, v)).collect(), first))))
}

fn report() -> Report {
    use Verdict::{Ac, Sk, Tle, Wa};
    let excerpt = |text: &str| Excerpt { head: text.as_bytes().to_vec(), bytes: text.len() as u64 };
    let info = |id: &str, visible: bool| TestInfo {
        id: id.into(),
        visible,
        input: excerpt(if visible { "SHOWN-INPUT\n" } else { "INPUT-SECRET\n" }),
        answer: Some(excerpt(if visible { "1\nSHOWN-ANSWER\n" } else { "1\nANSWER-SECRET\n" })),
        description: (!visible).then(|| "DESCRIPTION-SECRET".into()),
        ..TestInfo::default()
    };
    let mut broken = response(Vec::new(), Verdict::Ce);
    broken.compile = Some(CompileReport {
        verdict: Verdict::Ce,
        cached: false,
        cpu_time_ms: 1.0,
        wall_time_ms: 1.0,
        memory_bytes: 1,
        exit_code: Some(1),
        signal: None,
        stdout: Captured::default(),
        stdout_truncated: false,
        stderr: Captured(HOSTILE.as_bytes().to_vec()),
        stderr_truncated: true,
        version: "gcc 12".into(),
        judge_message: "JUDGE-SECRET".into(),
    });
    Report {
        schema: 1,
        title: format!("Sums {HOSTILE}"),
        package: "sums".into(),
        made: "2026-11-25 09:10 UTC".into(),
        tests: vec![info("sample/1", true), info("secret/01", false), info("secret/02", false)],
        students: vec![
            judged("ada", [Ac, Ac, Ac]),
            judged("bob", [Wa, Ac, Ac]),
            judged("cleo", [Ac, Wa, Sk]),
            judged("dan", [Ac, Ac, Tle]),
            record(HOSTILE, Outcome::Judged(Box::new(broken))),
            record("=cmd|' /C calc'!A0", Outcome::Problem("no file, \"none\"".into())),
            record(
                "eve",
                Outcome::Error(ErrorReport { kind: ErrorKind::Internal, path: String::new(), message: "the judge failed".into() }),
            ),
        ],
    }
}

#[test]
fn nothing_of_a_stranger_is_markup() {
    let report = report();
    let pages = std::iter::once(html(&report).unwrap()).chain(report.students.iter().map(|s| feedback(&report, s).unwrap()));
    for (i, page) in pages.enumerate() {
        assert_eq!(page.matches("<script>").count(), usize::from(i == 0), "page {i}");
        assert!(!page.contains("<img") && !page.contains('\x1b') && !page.contains('\u{202e}'), "page {i}");
        assert!(page.contains("default-src 'none'") || page.contains("default-src &#39;none&#39;"), "page {i}");
        assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("url("), "page {i}");
    }
}

#[test]
fn a_student_sees_nothing_that_is_secret() {
    let report = report();
    for student in &report.students {
        let page = feedback(&report, student).unwrap();
        let (_, page) = page.split_once("</style>").unwrap();
        for secret in ["SECRET", "secret/0", "staff"] {
            let visible_test_failed = student.name == "bob";
            let own_output = visible_test_failed && secret == "SECRET";
            assert!(own_output || !page.contains(secret), "{} sees {secret}", student.name);
        }
        for other in report.students.iter().filter(|s| s.key != student.key && s.name.len() < 5) {
            assert!(!page.contains(&other.key), "{} sees {}", student.name, other.name);
        }
    }
    // What fails on an example is shown, own output included; the answer of a secret test is not.
    let page = feedback(&report, &report.students[1]).unwrap();
    for there in ["SHOWN-INPUT", "SHOWN-", "ECHO-OF-", "wrong answer: line 2 differs", "test 2"] {
        assert!(page.contains(there), "{there}");
    }
    for secret in ["INPUT-SECRET", "ANSWER-SECRET", "EXPECTED-SECRET"] {
        assert!(!page.contains(secret), "{secret}");
    }
    let page = feedback(&report, &report.students[2]).unwrap();
    assert!(page.contains("This test&#39;s data is secret") || page.contains("This test's data is secret"));
}

#[test]
fn the_staff_sees_it_all() {
    let page = html(&report()).unwrap();
    for there in [
        "INPUT-SECRET",
        "<del>ANSWER</del>-SECRET",
        "<ins>ECHO-OF</ins>-SECRET",
        "STDERR-OF-SECRET\\xff",
        "EXPECTED-SECRET",
        "JUDGE-SECRET",
        "DESCRIPTION-SECRET",
    ] {
        assert!(page.contains(there), "{there}");
    }
}

#[test]
fn the_csv_is_one_line_a_student_and_holds_no_formula() {
    let text = csv(&report());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 8);
    assert!(lines[0].ends_with("points secret,test sample/1,test secret/01,test secret/02"), "{}", lines[0]);
    assert_eq!(lines[3], "cleo.py,cleo,WA,10,30,1,3,420.0,3145728,python3,secret/01,,10,AC,WA,SK");
    assert!(lines[6].starts_with("'=cmd|' /C calc'!A0.py,'=cmd|' /C calc'!A0,,,,,,,,python3,,\"no file, \"\"none\"\"\""), "{}", lines[6]);
}

#[test]
fn the_table_is_for_people() {
    let text = table(&report());
    assert!(text.contains("ada                               AC        30/30     3/3  420 ms  3.0 MiB  python3\n"), "{text}");
    assert!(text.contains("secret/02 (TLE)") && text.contains("7 submissions: 1 AC, 2 WA, 1 TLE, 1 CE, 2 not judged"), "{text}");
    assert!(text.contains("Not judged:\n  =cmd|' /C calc'!A0: no file, \"none\"\n  eve: the judge failed\n"), "{text}");
    assert!(!text.contains('\x1b') && !text.contains('\u{202e}'));
}

#[test]
fn records_survive_the_way_out_and_back() {
    for record in report().students {
        let text = serde_json::to_string(&record).unwrap();
        let back: Record = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}

#[test]
fn a_conversation_is_shown_instead_of_a_comparison() {
    let mut report = report();
    if let Outcome::Judged(response) = &mut report.students[1].outcome {
        response.tests[0].transcript = Some(Captured(b">? <b>5\n<higher\n".to_vec()));
    }
    let page = feedback(&report, &report.students[1]).unwrap();
    assert!(page.contains("What was said") && page.contains("&lt;b&gt;5") || page.contains("&#60;b&#62;5"), "{page}");
    assert!(!page.contains("class=\"diff\""));
}

#[test]
fn without_points_tests_are_counted() {
    let mut report = report();
    assert!(html(&report).unwrap().contains(">Points</button>"));
    for student in &mut report.students {
        if let Outcome::Judged(response) = &mut student.outcome {
            (response.points, response.max_points) = (0.0, 0.0);
        }
    }
    let page = html(&report).unwrap();
    assert!(page.contains("<span>2<small>/3</small></span>"), "{page}");
    assert!(page.contains(">Tests passed</button>") && !page.contains(">Points</button>"), "{page}");
    assert!(feedback(&report, &report.students[1]).unwrap().contains("2<small>/3 tests</small>"));
}
