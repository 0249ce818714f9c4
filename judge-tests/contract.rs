//! The contract of the stream, seen from outside: whatever stands on the input, every request gets its line, and the next
//! one is judged. Programs are bash scripts here, so that no toolchain is needed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod harness;

use harness::{binary, expect, processes};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, mpsc};
use std::thread;
use std::time::Duration;

/// Held shared by every test that runs the binary, and alone by those that look for what is left behind.
static PROCESSES: RwLock<()> = RwLock::new(());

fn shared() -> RwLockReadGuard<'static, ()> {
    PROCESSES.read().unwrap_or_else(PoisonError::into_inner)
}

/// A request that is judged AC, however little of the machine there is for it.
fn good(id: &str) -> String {
    let mut request = script(id, "read -r a b; echo $((a + b))", &json!([{"stdin": "1 2\n", "answer": "3\n"}]));
    request["limits"] = json!({"wall_time_ms": 60_000});
    request.to_string()
}

fn script(id: &str, source: &str, tests: &Value) -> Value {
    json!({"id": id, "language": "bash", "source": source, "tests": tests})
}

/// A request that takes `seconds`, on hardly any CPU time.
fn sleeper(id: &str, seconds: f64) -> String {
    let mut request = script(id, &format!("sleep {seconds}; echo done"), &json!([{"answer": "done\n"}]));
    request["limits"] = json!({"wall_time_ms": 60_000});
    request.to_string()
}

/// A request called `bad`, with more in it.
fn with(rest: &str) -> String {
    format!(r#"{{"id": "bad", "language": "bash", "source": "echo", {rest}}}"#)
}

fn judge(args: &[&str], input: impl AsRef<[u8]>) -> binary::Ended {
    let _shared = shared();
    binary::run(&[&["judge"], args].concat(), &binary::data(), input.as_ref())
}

#[track_caller]
fn assert_like(line: &Value, wanted: &Value) {
    let wanted = serde_json::from_value(wanted.clone()).expect("an object");
    let differences = expect::differences(line, &wanted);
    assert!(differences.is_empty(), "{}\n{line:#}", differences.join("\n"));
}

/// The line of request `index`.
#[track_caller]
fn line(lines: &[Value], index: usize) -> &Value {
    let mut found = lines.iter().filter(|l| l["index"] == index && l.get("event").is_none());
    let line = found.next().unwrap_or_else(|| panic!("no line with index {index} in {lines:#?}"));
    assert!(found.next().is_none(), "two lines with index {index} in {lines:#?}");
    line
}

/// Puts `bad` between two good requests: it gets its error, they are judged.
#[track_caller]
fn refused_with(args: &[&str], bad: impl AsRef<[u8]>, error: &Value) {
    let input = [good("before").as_bytes(), bad.as_ref(), good("after").as_bytes(), b""].join(&b'\n');
    let ended = judge(args, input);
    let lines = ended.lines();
    assert_eq!(lines.len(), 3, "{lines:#?}\n{}", ended.stderr);
    assert_like(line(&lines, 0), &json!({"id": "before", "verdict": "AC"}));
    assert_like(line(&lines, 1), error);
    assert_like(line(&lines, 2), &json!({"id": "after", "verdict": "AC"}));
    assert_eq!(ended.code(), 1, "{}", ended.stderr);
}

#[track_caller]
fn refused(bad: impl AsRef<[u8]>, kind: &str, path: &str, id: &Value) {
    refused_with(&[], bad, &json!({"schema": 1, "error.kind": kind, "error.path": path, "id": id}));
}

#[track_caller]
fn invalid(bad: impl AsRef<[u8]>, path: &str) {
    refused(bad, "invalid_request", path, &json!("bad"));
}

#[track_caller]
fn not_json(bad: impl AsRef<[u8]>) {
    refused(bad, "invalid_json", "", &json!({"null": true}));
}

/// `name: check(arguments)` becomes a test that checks.
macro_rules! tests {
    ($($name:ident: $check:ident($($argument:expr),* $(,)?);)*) => {
        $(#[test] fn $name() { $check($($argument),*); })*
    };
}

mod not_json {
    use super::*;

    tests! {
        malformed: not_json(r#"{"id": "bad", "language": bash}"#);
        trailing_comma: not_json(r#"{"id": "bad", "language": "bash",}"#);
        single_quotes: not_json("{'id': 'bad'}");
        a_bare_word: not_json("hello");
        several_lines_of_none_are_one_error: not_json("hello\nworld,\n  and {all}");
        truncated_in_a_string: not_json(r#"{"id": "bad", "language": "bash", "sour"#);
        truncated_in_a_word: not_json(r#"{"id": "bad", "schema": tru"#);
        truncated_after_a_comma: not_json(r#"{"id": "bad", "language": "bash","#);
        closed_by_the_wrong_bracket: not_json(r#"{"id": "bad", "tests": [}"#);
        bytes_that_are_not_utf8: not_json(b"{\"language\": \"bash\", \"source\": \"\xff\xfe\"}");
        a_lone_surrogate: not_json(r#"{"language": "bash", "source": "\ud800"}"#);
        a_raw_control_character: not_json("{\"language\": \"ba\tsh\"}");
        a_number_beyond_all_range: not_json(r#"{"limits": {"cpu_time_ms": 1e999}}"#);
        nan: not_json(r#"{"limits": {"cpu_time_ms": NaN}}"#);
    }

    /// Whether the depth is a fault of the JSON or of the request is for the parser to say; that it answers is not.
    #[test]
    fn nested_100_000_deep() {
        let deep = format!(r#"{{"labels": {{"x": {}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        refused_with(&[], deep, &json!({"error.kind": ["invalid_json", "invalid_request"]}));
    }

    #[test]
    fn nested_100_000_deep_and_never_closed() {
        let ended = judge(&[], format!("{}\n{}", good("before"), "[".repeat(100_000)));
        let lines = ended.lines();
        assert_like(line(&lines, 0), &json!({"id": "before", "verdict": "AC"}));
        assert_like(line(&lines, 1), &json!({"error.kind": ["invalid_json", "invalid_request"]}));
        assert_eq!((lines.len(), ended.code()), (2, 1));
    }

    #[test]
    fn truncated_at_the_end() {
        let ended = judge(&[], format!("{}\n{{\"id\": \"bad\", \"tests\": [", good("before")));
        let lines = ended.lines();
        assert_like(line(&lines, 0), &json!({"id": "before", "verdict": "AC"}));
        assert_like(line(&lines, 1), &json!({"error.kind": "invalid_json"}));
        assert_eq!((lines.len(), ended.code()), (2, 1));
    }
}

mod invalid {
    use super::*;

    tests! {
        a_number: refused("42", "invalid_request", "", &json!({"null": true}));
        an_empty_object: refused("{}", "invalid_request", "language", &json!({"null": true}));
        no_program: invalid(r#"{"id": "bad", "language": "bash"}"#, "source");
        id_is_a_number: refused(r#"{"id": 7, "language": "bash", "source": ""}"#, "invalid_request", "id", &json!({"null": true}));
        unknown_key: invalid(with(r#""sorce": 1"#), "sorce");
        unknown_key_deep_down: invalid(with(r#""tests": [{}, {}, {}, {"limits": {"cpu_mss": 1}}]"#), "tests[3].limits.cpu_mss");
        unknown_language: invalid(r#"{"id": "bad", "language": "klingon", "source": ""}"#, "language");
        duplicate_key: invalid(with(r#""language": "c17""#), "language");
        duplicate_key_deep_down: invalid(with(r#""tests": [{"stdin": "a", "stdin": "b"}]"#), "tests[0].stdin");
        duplicate_file: invalid(with(r#""files": {"a": "1", "a": "2"}"#), "files.a");
        duplicate_label: invalid(with(r#""labels": {"a": 1, "a": 2}"#), "labels.a");
        wrong_type: invalid(with(r#""tests": [{"stdin": 5}]"#), "tests[0].stdin");
        wrong_type_of_a_list: invalid(with(r#""args": "-x""#), "args");
        a_word_that_is_none: invalid(with(r#""stop_on": "sometimes""#), "stop_on");
        overflow: invalid(with(r#""limits": {"memory_bytes": 99999999999999999999}"#), "limits.memory_bytes");
        u64_max: invalid(with(r#""limits": {"memory_bytes": 18446744073709551615}"#), "limits.memory_bytes");
        negative_size: invalid(with(r#""limits": {"memory_bytes": -1}"#), "limits.memory_bytes");
        negative_time: invalid(with(r#""limits": {"cpu_time_ms": -0.5}"#), "limits.cpu_time_ms");
        no_time: invalid(with(r#""limits": {"wall_time_ms": 0}"#), "limits.wall_time_ms");
        no_processes: invalid(with(r#""limits": {"processes": 0}"#), "limits.processes");
        half_a_byte: invalid(with(r#""tests": [{"limits": {"output_bytes": 0.5}}]"#), "tests[0].limits.output_bytes");
        negative_points: invalid(with(r#""tests": [{"points": -1}]"#), "tests[0].points");
        nul_in_a_name: invalid(with(r#""files": {"a\u0000b": ""}"#), "files.a\0b");
        nul_in_an_argument: invalid(with(r#""args": ["a\u0000b"]"#), "args[0]");
        nul_in_a_test_id: invalid(with(r#""tests": [{"id": "a\u0000b"}]"#), "tests[0].id");
        absolute_name: invalid(with(r#""files": {"/etc/passwd": ""}"#), "files./etc/passwd");
        name_that_climbs: invalid(with(r#""files": {"a/../../b": ""}"#), "files.a/../../b");
        name_that_climbs_in_a_test: invalid(with(r#""tests": [{"files": {"../b": ""}}]"#), "tests[0].files.../b");
        output_that_climbs: invalid(with(r#""output": {"file": "../b"}"#), "output.file");
        captured_file_that_climbs: invalid(with(r#""tests": [{"capture_files": ["ok", "../b"]}]"#), "tests[0].capture_files[1]");
        empty_name: invalid(with(r#""files": {"": ""}"#), "files.");
        name_of_300_bytes: invalid(
            with(&format!(r#""files": {{"{}": ""}}"#, "x".repeat(300))),
            &format!("files.{}", "x".repeat(300)),
        );
        file_where_a_directory_must_be: invalid(with(r#""files": {"a": "", "a/b": ""}"#), "files.a/b");
        invalid_base64: invalid(with(r#""tests": [{"stdin": {"base64": "%%"}}]"#), "tests[0].stdin");
        two_kinds_of_content: invalid(with(r#""tests": [{"stdin": {"text": "a", "path": "b"}}]"#), "tests[0].stdin");
        stdin_file_is_missing: invalid(with(r#""tests": [{"stdin": {"path": "no/such/file"}}]"#), "tests[0].stdin");
        answer_file_is_missing: invalid(with(r#""tests": [{}, {"answer": {"path": "no/such/file"}}]"#), "tests[1].answer");
        stdin_file_is_a_directory: invalid(with(r#""tests": [{"stdin": {"path": "."}}]"#), "tests[0].stdin");
        source_file_is_missing: invalid(r#"{"id": "bad", "language": "bash", "source": {"path": "no/such/file"}}"#, "source");
        two_tests_of_one_id: invalid(with(r#""tests": [{"id": "x"}, {"id": "x"}]"#), "tests[1].id");
        default_id_taken: invalid(with(r#""tests": [{"id": "2"}, {}]"#), "tests[1].id");
        no_such_group: invalid(with(r#""tests": [{"group": "g"}]"#), "tests[0].group");
        a_group_requires_itself: invalid(with(r#""groups": [{"id": "g", "requires": ["g"]}]"#), "groups[0].requires[0]");
        tolerance_of_another_checker: invalid(with(r#""checker": {"kind": "exact", "absolute": 1}"#), "checker.absolute");
        reserved_key: refused(with(r#""priority": 3"#), "unsupported", "priority", &json!("bad"));
        reserved_kind: refused(with(r#""kind": "run""#), "unsupported", "kind", &json!("bad"));
        later_schema: refused(with(r#""schema": 2"#), "unsupported", "schema", &json!("bad"));
        content_by_hash: refused(with(r#""tests": [{"stdin": {"sha256": "00"}}]"#), "unsupported", "tests[0].stdin", &json!("bad"));
    }

    #[test]
    fn labels_are_echoed_with_an_error() {
        let bad = r#"{"id": "bad", "labels": {"team": "red"}, "language": "klingon", "source": ""}"#;
        refused_with(&[], bad, &json!({"id": "bad", "labels.team": "red", "error.path": "language"}));
    }

    #[test]
    fn a_message_says_what_is_wrong() {
        let ended = judge(&[], with(r#""limits": {"cpu_mss": 1}"#));
        assert_like(&ended.lines()[0], &json!({"error.message": {"contains": "cpu_mss"}}));
    }

    #[test]
    fn too_many_bytes() {
        let big = with(&format!(r#""tests": [{{"stdin": "{}"}}]"#, "x".repeat(5000)));
        refused_with(&["--max-request-bytes", "2000"], big, &json!({"error.kind": "too_large"}));
    }

    #[test]
    fn too_many_bytes_over_many_lines() {
        let big = with(&format!("\"args\": [\n{}\"\"]", "\"x\",\n".repeat(1000)));
        refused_with(&["--max-request-bytes", "2000"], big, &json!({"error.kind": "too_large"}));
    }
}

mod framing {
    use super::*;

    fn ids(lines: &[Value]) -> Vec<&str> {
        let mut lines: Vec<_> = lines.iter().collect();
        lines.sort_by_key(|l| l["index"].as_u64());
        lines.iter().map(|l| l["id"].as_str().unwrap_or("null")).collect()
    }

    #[track_caller]
    fn all_accepted(input: &str, wanted: &[&str]) {
        let ended = judge(&[], input);
        let lines = ended.lines();
        assert_eq!(ids(&lines), wanted, "{}", ended.stderr);
        assert_eq!(ended.code(), 0, "{lines:#?}\n{}", ended.stderr);
        for (i, _) in wanted.iter().enumerate() {
            assert_like(line(&lines, i), &json!({"verdict": "AC"}));
        }
    }

    fn pretty(id: &str) -> String {
        format!("{:#}", serde_json::from_str::<Value>(&good(id)).expect("JSON"))
    }

    #[test]
    fn one_per_line() {
        all_accepted(&format!("{}\n{}\n", good("a"), good("b")), &["a", "b"]);
    }

    #[test]
    fn no_newline_at_the_end() {
        all_accepted(&good("a"), &["a"]);
    }

    #[test]
    fn several_on_one_line() {
        all_accepted(&format!("{} {}{}\n{}", good("a"), good("b"), good("c"), good("d")), &["a", "b", "c", "d"]);
    }

    #[test]
    fn pretty_printed() {
        all_accepted(&format!("{}\n\n{}\n{}", pretty("a"), pretty("b"), good("c")), &["a", "b", "c"]);
    }

    #[test]
    fn carriage_returns_and_blank_lines() {
        all_accepted(&format!("\r\n\r\n{}\r\n \t\r\n{}\r\n", good("a"), good("b")), &["a", "b"]);
    }

    #[test]
    fn an_array() {
        all_accepted(&format!("[\n{},\n{}\n]\n", pretty("a"), good("b")), &["a", "b"]);
    }

    #[test]
    fn nothing() {
        for input in ["", "\n \n", "[]", "[ ]\n"] {
            let ended = judge(&[], input);
            assert_eq!((ended.stdout.as_str(), ended.code()), ("", 0), "{input:?}: {}", ended.stderr);
        }
    }

    #[test]
    fn an_invalid_request_in_an_array_is_one_error() {
        let ended = judge(&[], format!("[{},\n{},\n{}]", good("a"), with(r#""sorce": 1"#), good("b")));
        let lines = ended.lines();
        assert_eq!(ids(&lines), ["a", "bad", "b"]);
        assert_like(line(&lines, 1), &json!({"error.kind": "invalid_request", "error.path": "sorce"}));
        assert_like(line(&lines, 2), &json!({"verdict": "AC"}));
        assert_eq!(ended.code(), 1);
    }

    #[test]
    fn after_a_syntax_error_the_rest_of_an_array_is_one_error() {
        let ended = judge(&[], format!("[{},\n{{\"id\": tru}},\n{},\n{}]\n", good("a"), good("b"), good("c")));
        let lines = ended.lines();
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert_like(line(&lines, 0), &json!({"id": "a", "verdict": "AC"}));
        assert_like(line(&lines, 1), &json!({"error.kind": "invalid_json"}));
        assert_eq!(ended.code(), 1);
    }

    #[test]
    fn an_answer_does_not_wait_for_the_end_of_input() {
        let _shared = shared();
        let mut child = binary::start(&["judge"], &binary::data());
        let mut stdin = child.stdin.take().expect("piped");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, answers) = mpsc::channel();
        let reader = thread::spawn(move || {
            let mut text = String::new();
            while stdout.read_line(&mut text).is_ok_and(|n| n > 0) && sender.send(std::mem::take(&mut text)).is_ok() {}
        });
        for id in ["a", "b"] {
            writeln!(stdin, "{}", good(id)).expect("write");
            let Ok(text) = answers.recv_timeout(Duration::from_secs(20)) else {
                let _ = child.kill();
                panic!("no answer to {id:?} while the input is open");
            };
            assert_like(&binary::checked_line(&text), &json!({"id": id, "verdict": "AC"}));
        }
        drop(stdin);
        reader.join().expect("the reader");
        assert_eq!(binary::finish(child).code(), 0);
    }
}

mod order {
    use super::*;

    #[test]
    fn index_is_the_place_on_the_input() {
        let input: String = (0..20).map(|i| good(&i.to_string()) + "\n").collect();
        let lines = judge(&[], input).lines();
        assert_eq!(lines.len(), 20);
        for i in 0..20 {
            assert_like(line(&lines, i), &json!({"id": i.to_string(), "verdict": "AC"}));
        }
    }

    #[test]
    fn ordered_keeps_the_order_of_the_input() {
        let input = format!("{}\n{}\nnot json\n{}\n", sleeper("slow", 0.7), good("quick"), good("last"));
        let lines = judge(&["--ordered"], input).lines();
        let order: Vec<_> = lines.iter().map(|l| l["index"].as_u64().expect("index")).collect();
        assert_eq!(order, [0, 1, 2, 3]);
    }

    #[test]
    fn the_same_id_twice_is_no_fault() {
        let ended = judge(&[], format!("{}\n{}\n", good("a"), good("a")));
        assert_eq!((ended.lines().len(), ended.code()), (2, 0));
    }
}

mod events {
    use super::*;

    fn request() -> String {
        let tests = json!([{"answer": "hi", "group": "g", "points": 3}, {"answer": "ho", "group": "g"}]);
        let mut request = script("e", "echo hi", &tests);
        request["groups"] = json!([{"id": "g", "points": 5}]);
        request.to_string()
    }

    #[test]
    fn come_before_the_response() {
        let ended = judge(&["--events"], request());
        let lines = ended.lines();
        let (last, events) = lines.split_last().expect("lines");
        assert_like(last, &json!({"verdict": "WA", "id": "e"}));
        for event in events {
            assert_like(event, &json!({"index": 0, "id": "e", "schema": 1}));
        }
        let named = |name: &str| events.iter().filter(|e| e["event"] == name).collect::<Vec<_>>();
        let told = |e: &Value| ["id", "verdict", "points", "max_points"].map(|key| e[key].clone());
        let mut tests: Vec<_> = named("test").iter().map(|e| told(&e["test"])).collect();
        tests.sort_by_key(|test| test[0].to_string());
        assert_eq!(tests, [["1".into(), "AC".into(), json!(3.0), json!(3.0)], ["2".into(), "WA".into(), json!(0.0), json!(0.0)]]);
        assert_eq!(named("group").len(), 1, "{events:#?}");
        assert_like(named("group")[0], &json!({"group.id": "g", "group.verdict": "WA", "group.points": 0}));
        assert_eq!(ended.code(), 0);
    }

    #[test]
    fn only_where_asked_for() {
        assert_eq!(judge(&[], request()).lines().len(), 1);
    }
}

mod streams {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    /// However many requests are under way, with however many tests: what a test needs is opened when its turn is near.
    #[test]
    fn tests_that_wait_have_nothing_open() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("input");
        fs::write(&path, "x\n").expect("write");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        let tests = vec![json!({"stdin": {"path": path}}); 3];
        let input: String = (0..6).map(|i| format!("{}\n", script(&i.to_string(), "sleep 0.2; cat", &json!(tests)))).collect();
        let mut child = binary::start_with(&["judge", "-j2"], &binary::data(), &[]);
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(input.as_bytes()).expect("write");
        drop(stdin);
        let held = |pid: u32| {
            let links = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
            links.filter(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == path)).count()
        };
        let mut most = 0;
        while child.try_wait().expect("wait").is_none() {
            most = most.max(held(child.id()));
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let ended = binary::finish(child);
        assert!(ended.lines().iter().all(|line| line["verdict"] == "OK") && ended.lines().len() == 6, "{ended:?}");
        // Two that run may yet have what they were given, and one is next; and each of the four requests under way may just be looking
        // whether its paths are there. (Twelve lanes would have twelve.)
        assert!((1..=7).contains(&most), "{most} at once");
    }

    /// As many solutions in JavaScript do; runs are other users than the caller, whose files may be his alone.
    #[test]
    fn stdin_is_opened_again_whoever_may_read_the_callers_file() {
        let dir = tempfile::tempdir().expect("a directory");
        for (mode, length) in [(0o600, 6), (0o600, 3 << 20), (0o644, 6)] {
            let file = dir.path().join("input");
            let _ = std::fs::remove_file(&file);
            std::fs::write(&file, "x".repeat(length)).expect("write");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("chmod");
            let tests = json!([{"stdin": {"path": &file}, "answer": format!("{length}\n")}]);
            let mut request = script("again", "wc -c < /dev/stdin", &tests);
            request["limits"] = json!({"wall_time_ms": 60_000});
            let ended = judge(&[], request.to_string());
            assert_like(&ended.lines()[0], &json!({"verdict": "AC"}));
            let left = std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777;
            assert_eq!(left, mode, "the caller's file has another mode now");
        }
    }
}

mod cancel {
    use super::*;

    #[test]
    fn ends_the_request_that_runs() {
        let _shared = shared();
        let mut child = binary::start(&["judge"], &binary::data());
        let mut stdin = child.stdin.take().expect("piped");
        writeln!(stdin, "{}", sleeper("x", 40.0)).expect("write");
        thread::sleep(Duration::from_millis(700));
        writeln!(stdin, "{{\"cancel\": \"x\"}}\n{}", good("after")).expect("write");
        drop(stdin);
        let ended = binary::finish(child);
        let lines = ended.lines();
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert_like(line(&lines, 0), &json!({"id": "x", "error.kind": "cancelled"}));
        assert!(lines.iter().any(|l| l["id"] == "after" && l["verdict"] == "AC"), "{lines:#?}");
        assert!(ended.took < Duration::from_secs(30), "{:?}", ended.took);
    }

    #[test]
    fn ends_requests_that_wait_and_no_other() {
        let waiting: String = (0..30).map(|_| sleeper("x", 40.0) + "\n").collect();
        let input = format!("{waiting}{{\"cancel\": \"x\"}}\n{}\n", good("after"));
        let ended = judge(&[], input);
        let lines = ended.lines();
        assert_eq!(lines.len(), 31);
        for line in lines {
            let wanted = if line["id"] == "x" { json!({"error.kind": "cancelled"}) } else { json!({"id": "after", "verdict": "AC"}) };
            assert_like(&line, &wanted);
        }
        assert!(ended.took < Duration::from_secs(30), "{:?}", ended.took);
    }

    #[test]
    fn of_an_unknown_id_does_nothing() {
        let ended = judge(&[], format!("{{\"cancel\": \"nobody\"}}\n{}\n", good("a")));
        let lines = ended.lines();
        assert_eq!((lines.len(), ended.code()), (1, 0), "{lines:#?}");
        assert_like(&lines[0], &json!({"id": "a", "verdict": "AC"}));
    }
}

mod arguments {
    use super::*;
    use std::fs;

    fn usage_error(args: &[&str]) {
        let _shared = shared();
        let ended = binary::run(args, &binary::data(), b"");
        assert_eq!((ended.stdout.as_str(), ended.code()), ("", 2), "{args:?}");
        assert!(!ended.stderr.is_empty(), "{args:?}: nothing is said about it");
    }

    #[test]
    fn unusable_ones_are_exit_status_2() {
        usage_error(&["judge", "no-such-file.json"]);
        usage_error(&["judge", "--no-such-option"]);
        usage_error(&["judge", "--max-request-bytes", "many"]);
        usage_error(&["no-such-command"]);
    }

    #[test]
    fn files_are_one_stream() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("1.json"), format!("[{}, {}]", good("a"), good("b"))).expect("write");
        fs::write(dir.path().join("2.json"), good("c")).expect("write");
        let _shared = shared();
        let ended = binary::run(&["judge", "--ordered", "1.json", "2.json"], dir.path(), b"");
        let ids: Vec<_> = ended.lines().iter().map(|l| (l["index"].clone(), l["id"].clone())).collect();
        assert_eq!(ids, [(json!(0), json!("a")), (json!(1), json!("b")), (json!(2), json!("c"))], "{}", ended.stderr);
    }

    #[test]
    fn paths_can_be_forbidden_or_confined() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("inside")).expect("mkdir");
        for name in ["outside.txt", "inside/there.txt"] {
            fs::write(dir.path().join(name), "1 2\n").expect("write");
        }
        std::os::unix::fs::symlink("../outside.txt", dir.path().join("inside/link.txt")).expect("symlink");
        let request = |path: &str| script("p", "cat", &json!([{"stdin": {"path": path}, "answer": "1 2\n"}])).to_string();
        let run = |args: &[&str], path: &str| {
            let _shared = shared();
            let ended = binary::run(&[&["judge"], args].concat(), dir.path(), request(path).as_bytes());
            ended.lines().remove(0)
        };
        let refused = json!({"error.kind": "invalid_request", "error.path": "tests[0].stdin"});
        assert_like(&run(&[], "inside/there.txt"), &json!({"verdict": "AC"}));
        assert_like(&run(&["--no-paths"], "inside/there.txt"), &refused);
        for path in ["outside.txt", "../outside.txt", "inside/../outside.txt", "link.txt", "/etc/passwd"] {
            assert_like(&run(&["--files-root", "inside"], path), &refused);
        }
    }
}

/// What an end leaves behind: nothing. Each of these runs alone.
mod ending {
    use super::*;
    use std::process::Child;
    use std::sync::RwLockWriteGuard;

    fn alone() -> RwLockWriteGuard<'static, ()> {
        let guard = PROCESSES.write().unwrap_or_else(PoisonError::into_inner);
        processes::adopt_orphans();
        processes::assert_none_left();
        guard
    }

    /// The binary with a program under way that has left its session, ignores signals and has a child.
    fn busy() -> Child {
        let mut child = binary::start(&["judge"], &binary::data());
        let source = "trap '' INT TERM HUP PIPE; setsid sleep 50 & (sleep 50 & sleep 50) & sleep 50; wait";
        let mut request = script("busy", source, &json!([{}, {}]));
        request["limits"] = json!({"wall_time_ms": 60_000});
        let mut stdin = child.stdin.take().expect("piped");
        writeln!(stdin, "{request}").expect("write");
        drop(stdin);
        assert!(processes::are_running(&child, "sleep 50", 3), "the program isn't running: there is nothing to test");
        child
    }

    #[track_caller]
    fn ends_by(signal: Signal) {
        let _alone = alone();
        let mut child = busy();
        processes::send(&child, signal);
        let status = binary::wait(&mut child, Duration::from_secs(20));
        let ended = status.is_some();
        if !ended {
            let _ = child.kill();
            let _ = child.wait();
        }
        assert!(ended, "still there 20 s after {signal}");
        processes::assert_none_left();
        if signal != Signal::SIGKILL {
            let ended = binary::finish(child);
            for line in ended.lines() {
                assert_like(&line, &json!({"error.kind": "cancelled"}));
            }
            // That a run was ended as it was asked to be makes nobody suspect.
            assert!(!ended.stderr.contains("suspect"), "{}", ended.stderr);
        }
    }

    #[test]
    fn by_sigint() {
        ends_by(Signal::SIGINT);
    }

    #[test]
    fn by_sigterm() {
        ends_by(Signal::SIGTERM);
    }

    /// Nobody is left to clean up but the kernel.
    #[test]
    fn by_sigkill() {
        ends_by(Signal::SIGKILL);
    }

    #[test]
    fn by_itself() {
        let _alone = alone();
        let daemon = "setsid sleep 50 & (setsid sleep 50 &) ; echo hi";
        let request = script("daemon", daemon, &json!([{"answer": "hi\n"}, {"answer": "hi\n"}]));
        let ended = binary::run(&["judge"], &binary::data(), request.to_string().as_bytes());
        assert_like(&ended.lines()[0], &json!({"verdict": "AC"}));
        assert!(ended.took < Duration::from_secs(30), "waited for the daemon: {:?}", ended.took);
        processes::assert_none_left();
    }

    #[test]
    fn when_nobody_reads_any_more() {
        let _alone = alone();
        let mut child = binary::start(&["judge"], &binary::data());
        let mut stdin = child.stdin.take().expect("piped");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let input: String = (0..100).map(|i| sleeper(&i.to_string(), 1.0) + "\n").collect();
        let writer = thread::spawn(move || stdin.write_all(input.as_bytes()));
        stdout.read_line(&mut String::new()).expect("a first line");
        drop(stdout);
        let status = binary::wait(&mut child, Duration::from_secs(20));
        let ended = status.is_some();
        if !ended {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = writer.join();
        assert!(ended, "still judging 20 s after its reader went away");
        processes::assert_none_left();
    }
}
