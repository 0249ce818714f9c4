use super::*;

fn error(text: &str) -> (ErrorKind, String, String) {
    let (_, e) = parse_input(text.as_bytes()).expect_err(text);
    (e.kind, e.path, e.message)
}

fn with(rest: &str) -> String {
    format!(r#"{{"id": "a", "language": "c17", "source": "x", {rest}}}"#)
}

#[test]
fn a_bad_key_or_value_is_named_by_its_place() {
    for (rest, place) in [
        (r#""tests": [{}, {}, {}, {"limits": {"cpu_mss": 1}}]"#, "tests[3].limits.cpu_mss"),
        (r#""tests": [{"limits": {"memory_bytes": -1}}]"#, "tests[0].limits.memory_bytes"),
        (r#""tests": [{"stdin": {"base64": "%%"}}]"#, "tests[0].stdin.base64"),
        (r#""tests": [{"stdin": {"text": "a", "path": "b"}}]"#, "tests[0].stdin"),
        (r#""tests": [{"stdin": 5}]"#, "tests[0].stdin"),
        (r#""sorce": 1"#, "sorce"),
        (r#""language": "c11""#, "language"),
        (r#""files": {"a": "1", "a": "2"}"#, "files.a"),
        (r#""files": {"a": "1", "a/b": "2"}"#, "files.a/b"),
        (r#""files": {"/etc/passwd": "1"}"#, "files./etc/passwd"),
        (r#""files": {"../x": "1"}"#, "files.../x"),
        (r#""args": ["a\u0000b"]"#, "args[0]"),
        (r#""tests": [{"id": "x"}, {"id": "x"}]"#, "tests[1].id"),
        (r#""tests": [{"group": "g"}]"#, "tests[0].group"),
        (r#""groups": [{"id": "g", "requires": ["g"]}]"#, "groups[0].requires[0]"),
        (r#""checker": {"kind": "tokens", "absolute": 1}"#, "checker.absolute"),
        (r#""tests": [{"points": -1}]"#, "tests[0].points"),
        (r#""tests": [{"checker_args": ["x"]}]"#, "tests[0].checker_args"),
        (r#""tests": [{"checker": {"kind": "tokens", "absolute": 1}}]"#, "tests[0].checker.absolute"),
        (r#""tests": [{"checker": {"kind": "program", "language": "c17", "source": ""}}]"#, "tests[0].checker"),
        (r#""checker": {"kind": "program", "language": "c17", "source": ""}, "tests": [{"checker": {}}]"#, "tests[0].checker"),
        (r#""checker": {"args": ["x"]}"#, "checker.args"),
        (r#""checker": {"kind": "float", "limits": {"processes": 2}}"#, "checker.limits"),
        (r#""checker": {"kind": "program", "source": ""}"#, "checker.language"),
        (r#""checker": {"kind": "program", "language": "c17"}"#, "checker.source"),
        (r#""checker": {"kind": "program", "language": "c17", "source": "", "relative": 1}"#, "checker.relative"),
        (r#""checker": {"kind": "program", "language": "c17", "source": "", "case_sensitive": false}"#, "checker.case_sensitive"),
        (r#""checker": {"kind": "program", "language": "c17", "source": "", "files": {"a": "", "a/b": ""}}"#, "checker.files.a/b"),
        (r#""interactor": {"source": ""}"#, "interactor.language"),
        (r#""interactor": {"language": "c17"}"#, "interactor.source"),
        (r#""interactor": {"language": "c17", "source": "", "protocol": "spoj"}"#, "interactor.protocol"),
        (r#""interactor": {"language": "c17", "source": ""}, "checker": {"kind": "tokens"}"#, "checker"),
        (r#""interactor": {"language": "c17", "source": ""}, "output": {"file": "a"}"#, "output"),
        (r#""interactor": {"language": "c17", "source": ""}, "tests": [{"output": {"file": "a"}}]"#, "tests[0].output"),
        (r#""passes": 2"#, "passes"),
        (r#""passes": 0, "interactor": {"language": "c17", "source": ""}"#, "passes"),
        (r#""passes": 2, "checker": {"kind": "program", "protocol": "testlib", "language": "c17", "source": ""}"#, "passes"),
    ] {
        let (kind, path, message) = error(&with(rest));
        assert_eq!(kind, ErrorKind::InvalidRequest, "{rest}: {message}");
        assert!(path == place || path == format!("{place}.base64") || place == format!("{path}.base64"), "{rest}: {path} ({message})");
    }
    assert_eq!(error("{}").1, "language");
    assert_eq!(error(r#"{"language": "c17"}"#).1, "source");
}

#[test]
fn an_array_is_no_object() {
    for (rest, place) in [
        (r#""tests": [[]]"#, "tests[0]"),
        (r#""tests": [["id", "in", "out"]]"#, "tests[0]"),
        (r#""tests": [{"limits": []}]"#, "tests[0].limits"),
        (r#""tests": [{"output": ["x"]}]"#, "tests[0].output"),
        (r#""limits": [1000]"#, "limits"),
        (r#""compile": [["-O2"]]"#, "compile"),
        (r#""checker": ["exact"]"#, "checker"),
        (r#""interactor": ["icpc", "c17", ""]"#, "interactor"),
        (r#""groups": [["g", 3]]"#, "groups[0]"),
        (r#""capture": [1, 2]"#, "capture"),
    ] {
        let (kind, path, message) = error(&with(rest));
        assert_eq!((kind, path.as_str()), (ErrorKind::InvalidRequest, place), "{rest}: {message}");
        assert!(message.starts_with("invalid type: array, expected an object at line"), "{rest}: {message}");
    }
}

#[test]
fn a_word_is_a_string() {
    for (key, place, words) in [
        (r#""stop_on": ?"#, "stop_on", "`never`, `first_failure`, `group_failure`"),
        (r#""groups": [{"id": "g", "stop_on": ?}]"#, "groups[0].stop_on", "`never`, `first_failure`, `group_failure`"),
        (r#""groups": [{"id": "g", "aggregate": ?}]"#, "groups[0].aggregate", "`sum`, `min`, `max`, `avg`, `all`"),
        (r#""checker": {"kind": ?}"#, "checker.kind", "`tokens`, `exact`, `lines`, `float`, `none`, `program`"),
        (r#""interactor": {"protocol": ?}"#, "interactor.protocol", "`icpc`, `testlib`"),
    ] {
        let one_of = format!("expected one of {words} at line");
        for (value, said) in [
            ("[]", format!("invalid type: array, {one_of}")),
            ("5", format!("invalid type: integer `5`, {one_of}")),
            ("{}", format!("invalid type: object, {one_of}")),
            // What serde takes for the word in other formats.
            (r#"{"never": null}"#, format!("invalid type: object, {one_of}")),
            (r#""x""#, "unknown variant `x`, expected ".to_owned()),
        ] {
            let (kind, path, message) = error(&with(&key.replace('?', value)));
            assert_eq!((kind, path.as_str()), (ErrorKind::InvalidRequest, place), "{key} {value}: {message}");
            assert!(message.starts_with(&said), "{key} {value}: {message}");
        }
    }
}

#[test]
fn errors_speak_of_json_and_not_of_rust() {
    for (rest, message) in [
        (r#""limits": {"cpu_time_ms": "1"}"#, r#"invalid type: string "1", expected a number at line"#),
        (r#""limits": {"processes": 1.5}"#, "invalid type: floating point `1.5`, expected a whole number from 0 at line"),
        (r#""passes": -1"#, "invalid value: integer `-1`, expected a whole number from 0 at line"),
        (r#""tests": {}"#, "invalid type: object, expected an array at line"),
        (r#""tests": [3]"#, "invalid type: integer `3`, expected an object at line"),
        (r#""tests": ", expected f64""#, r#"invalid type: string ", expected f64", expected an array at line"#),
        (r#""cancel": 3"#, r#"a line that cancels is {"cancel": ID} and nothing more"#),
    ] {
        let (_, _, said) = error(&with(rest));
        assert!(said.starts_with(message), "{rest}: {said}");
    }
    let deep = with(&format!(r#""labels": {}1{}"#, r#"{"a":"#.repeat(200), "}".repeat(200)));
    let (kind, _, said) = error(&deep);
    assert_eq!(kind, ErrorKind::InvalidJson);
    assert!(said.starts_with("arrays and objects are nested more than 127 deep at line 1"), "{said}");
}

#[test]
fn what_is_reserved_is_unsupported() {
    for rest in [
        r#""kind": "run""#,
        r#""priority": 3"#,
        r#""schema": 2"#,
        r#""tests": [{"stdin": {"sha256": "00"}}]"#,
        r#""limits": {"cpu_extra_time_ms": 1}"#,
        r#""checker": {"kind": "program", "language": "c17", "source": "", "limits": {"cpu_extra_time_ms": 1}}"#,
    ] {
        assert_eq!(error(&with(rest)).0, ErrorKind::Unsupported, "{rest}");
    }
}

#[test]
fn who_judges_may_be_given_in_these_ways() {
    for rest in [
        r#""checker": {"kind": "program", "language": "c17", "source": ""}, "passes": 2, "tests": [{"checker_args": ["x"]}]"#,
        r#""checker": {"kind": "program", "language": "c17", "files": {"a.c": ""}, "protocol": "testlib", "args": ["x"]}"#,
        r#""interactor": {"language": "c17", "source": ""}, "passes": 1, "tests": [{"checker_args": []}]"#,
        r#""interactor": {"language": "c17", "source": ""}, "checker": {"kind": "none"}"#,
        r#""interactor": {"language": "c17", "source": "", "protocol": "testlib"}, "checker": {"kind": "float", "relative": 1e-3}"#,
    ] {
        let text = with(rest);
        assert!(matches!(parse_input(text.as_bytes()), Ok(Input::Request(_))), "{rest}: {:?}", parse_input(text.as_bytes()));
    }
}

#[test]
fn broken_json_is_told_from_a_bad_request() {
    let deep = format!(r#"{{"language": {}"#, "[".repeat(100_000));
    for text in ["{", "{\"id\": tru", "{\"a\":1,}", "\u{feff}{}", &deep] {
        assert_eq!(error(text).0, ErrorKind::InvalidJson, "{text:.40}");
    }
    assert_eq!(error(&with(r#""labels": {"x": "\ud800"}"#)).0, ErrorKind::InvalidJson);
}

#[test]
fn the_id_of_a_bad_request_is_echoed() {
    let (id, _) = parse_input(with(r#""nope": 1"#).as_bytes()).expect_err("bad");
    assert_eq!(id.as_deref(), Some("a"));
    assert!(matches!(parse_input(br#"{"cancel": "s1"}"#), Ok(Input::Cancel(id)) if id == "s1"));
}
