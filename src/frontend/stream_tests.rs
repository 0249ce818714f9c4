use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// One line per frame: the value's bytes, or `kind: message`.
fn frames_in(input: &[u8], max: usize, sizes: &[usize]) -> Vec<String> {
    let mut framer = Framer::new(max);
    let mut out = Vec::new();
    let mut rest = input;
    let mut sizes = sizes.iter().copied().cycle();
    loop {
        while let Some(found) = framer.pull() {
            out.push(match found {
                Found::Value { range, .. } => String::from_utf8_lossy(&framer.buffer[range]).into_owned(),
                Found::Fault(e) => format!("{:?}: {}", e.kind, e.message),
            });
        }
        if framer.ended {
            return out;
        }
        let (chunk, more) = rest.split_at(sizes.next().unwrap_or(CHUNK).min(rest.len()));
        framer.make_room().extend_from_slice(chunk);
        assert!(framer.buffer.len() <= 2 * (max + 2 * CHUNK), "{} bytes are held", framer.buffer.len());
        framer.ended = more.is_empty();
        rest = more;
    }
}

fn frames(input: &str) -> Vec<String> {
    let whole = frames_in(input.as_bytes(), 1 << 20, &[CHUNK]);
    assert_eq!(whole, frames_in(input.as_bytes(), 1 << 20, &[1]), "byte by byte it is something else");
    whole
}

fn is_error(frame: &str) -> bool {
    !frame.starts_with('{')
}

#[test]
fn values_may_stand_in_any_layout() {
    let two = [r#"{"a":1}"#, r#"{"b":[{"c":"}"}]}"#];
    for input in [
        "{\"a\":1}\n{\"b\":[{\"c\":\"}\"}]}\n",
        r#"{"a":1}{"b":[{"c":"}"}]}"#,
        "\u{feff}{\"a\":1}\r\n\r\n  {\"b\":[{\"c\":\"}\"}]}",
        r#"[{"a":1},{"b":[{"c":"}"}]}]"#,
        "\u{feff} [ {\"a\":1}\n,\n{\"b\":[{\"c\":\"}\"}]} ]\n",
        "[{\"a\":1}]{\"b\":[{\"c\":\"}\"}]}",
    ] {
        assert_eq!(frames(input), two, "{input}");
    }
    assert_eq!(frames("{\n\"a\":\n{\n}\n}"), ["{\n\"a\":\n{\n}\n}"]);
    for empty in ["", " \n", "\u{feff}", "[]", "[ ]\n"] {
        assert!(frames(empty).is_empty(), "{empty:?}");
    }
}

#[test]
fn a_value_is_given_out_as_soon_as_it_ends() {
    let mut framer = Framer::new(100);
    framer.make_room().extend_from_slice(br#"{"a":1}"#);
    assert!(matches!(framer.pull(), Some(Found::Value { .. })), "no need for the line end");
}

#[test]
fn a_fault_is_placed_and_the_next_line_is_read() {
    for (input, expected) in [
        ("{\"a\":1,}\n{\"b\":2}", vec!["InvalidJson: expected a key in double quotes at line 1 column 8", r#"{"b":2}"#]),
        ("\n\n{\"a\":\"x\n{\"b\":2}", vec!["InvalidJson: line end or control character inside a string at line 3 column 8", r#"{"b":2}"#]),
        (
            "{\"a\":[\n{\"b\":2}\n{\"c\":3}",
            vec!["InvalidJson: expected `,` or `]` at line 3 column 1, in the value that starts at line 1", r#"{"b":2}"#, r#"{"c":3}"#],
        ),
        ("{\"a\":\n{\"b\":2}\n", vec!["InvalidJson: the input ends at line 3 column 1, in the value that starts at line 1", r#"{"b":2}"#]),
        (
            "{\"a\":\n{\"b\":\n{\"c\":3} x\n{\"d\":4}",
            vec![
                "InvalidJson: expected `,` or `}` at line 3 column 9, in the value that starts at line 1",
                "InvalidJson: expected `,` or `}` at line 3 column 9, in the value that starts at line 2",
                r#"{"c":3}"#,
                "InvalidJson: expected a JSON value at line 3 column 9",
                r#"{"d":4}"#,
            ],
        ),
        (
            "{\"a\":1} x y {\"z\":0}\n  {\"no\":1}\n{\"b\":2}",
            vec![r#"{"a":1}"#, "InvalidJson: expected a JSON value at line 1 column 9", r#"{"b":2}"#],
        ),
        ("hello\nworld\n{\"b\":2}", vec!["InvalidJson: expected a JSON value at line 1 column 1", r#"{"b":2}"#]),
        ("{\"a\":1}\n{\"b\"", vec![r#"{"a":1}"#, "InvalidJson: the input ends at line 2 column 5"]),
        (
            "1 \"a\" [2] nul",
            vec![
                "InvalidRequest: expected a request (a JSON object), found a number at line 1 column 1",
                "InvalidRequest: expected a request (a JSON object), found a string at line 1 column 3",
                "InvalidRequest: expected a request (a JSON object), found an array at line 1 column 7",
                "InvalidJson: the input ends at line 1 column 14",
            ],
        ),
        ("-12", vec!["InvalidRequest: expected a request (a JSON object), found a number at line 1 column 1"]),
    ] {
        assert_eq!(frames(input), expected, "{input}");
    }
}

#[test]
fn inside_an_array_the_rest_is_one_error() {
    for (input, expected) in [
        (
            "[{\"a\":1}\n{\"b\":2}]\n{\"c\":3}",
            vec![r#"{"a":1}"#, "InvalidJson: expected `,` or `]` at line 2 column 1; the rest of the array is not read"],
        ),
        (
            "[{\"a\":1},\n{\"b\":}, {}]",
            vec![r#"{"a":1}"#, "InvalidJson: expected a JSON value at line 2 column 6; the rest of the array is not read"],
        ),
        (
            "[{\"a\":1},",
            vec![r#"{"a":1}"#, "InvalidJson: the input ends inside the array at line 1 column 10; the rest of the array is not read"],
        ),
        ("[{\"a\":1}, {", vec![r#"{"a":1}"#, "InvalidJson: the input ends at line 1 column 12; the rest of the array is not read"]),
        ("[{\"a\":1},]", vec![r#"{"a":1}"#, "InvalidJson: expected a JSON value at line 1 column 10; the rest of the array is not read"]),
        ("[{\"a\":1}]]\n{\"b\":2}", vec![r#"{"a":1}"#, "InvalidJson: expected a JSON value at line 1 column 10", r#"{"b":2}"#]),
    ] {
        assert_eq!(frames(input), expected, "{input}");
    }
}

#[test]
fn a_value_over_the_limit_is_passed_over() {
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(300_000));
    for (input, after) in [
        (format!("{{\"a\":1}}\n{large}\n{{\"b\":2}}"), r#"{"b":2}"#),
        (format!("[{{\"a\":1}},{large},{{\"b\":2}}]"), r#"{"b":2}"#),
        // Cut off inside: the line that shows it is the next request.
        (format!("{{\"a\":1}}\n{{\"a\":1,\"b\":[{large}\n{{\"b\":2}}"), r#"{"b":2}"#),
    ] {
        let out = frames_in(input.as_bytes(), 1000, &[10_000]);
        assert_eq!(out.len(), 3, "{out:?}");
        assert!(out[1].starts_with("TooLarge: the value at line"), "{}", out[1]);
        assert_eq!(out[2], after);
    }
    let exact = r#"{"a":"xxxx"}"#;
    assert_eq!(frames_in(exact.as_bytes(), exact.len(), &[1]), [exact]);
    assert!(frames_in(exact.as_bytes(), exact.len() - 1, &[1])[0].starts_with("TooLarge"));
}

/// A generous bound that only a worse than linear cost can break, in a debug build on a busy machine too.
fn in_time<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let out = work();
    assert!(start.elapsed() < Duration::from_secs(20), "{what} took {:?}", start.elapsed());
    out
}

#[test]
fn hostile_input_costs_linear_time() {
    let max = 64 << 20;
    let n = 300_000;
    for (what, line) in [
        ("open objects", "{\"a\":\n"),
        ("open arrays", "{\"a\":[\n"),
        ("members", "{\"a\":[{}],\"b\":\n"),
        ("faults", "{]\n"),
        ("garbage", "xyz\n{\n"),
        ("siblings", "{\"a\":[\n{},\n"),
    ] {
        let input = line.repeat(n) + "{\"good\":1}\n";
        let out = in_time(what, || frames_in(input.as_bytes(), max, &[CHUNK]));
        assert!(out.len() > n, "{what}: {}", out.len());
        assert_eq!(out.last().map(String::as_str), Some("{\"good\":1}"), "{what}");
    }
    // Openers, then much that each of them would swallow anew.
    let input = "{\"a\":[\n".repeat(5000) + &"{\"b\":1},\n".repeat(n) + "]]}";
    in_time("swallowed lines", || frames_in(input.as_bytes(), max, &[CHUNK]));
    let deep = format!("{{\"a\":{}{}}}\n{{\"b\":2}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(in_time("nesting", || frames_in(deep.as_bytes(), max, &[7, CHUNK]).len()), 2);
    let deep = "{\"a\":\n".repeat(MAX_DEPTH + 1000) + "{\"good\":1}\n";
    let out = in_time("more nesting than is followed", || frames_in(deep.as_bytes(), max, &[CHUNK]));
    assert_eq!((out.len(), out.last().map(String::as_str)), (MAX_DEPTH + 1001, Some("{\"good\":1}")));
    let slow = format!("{{\"a\":\"{}\"}}", "x".repeat(3_000_000));
    assert_eq!(in_time("a large value byte by byte", || frames_in(slow.as_bytes(), max, &[1]).len()), 1);
}

#[tokio::test]
async fn reading_goes_through_async_readers() {
    let (mut near, far) = tokio::io::duplex(7);
    let writer = tokio::spawn(async move {
        tokio::io::AsyncWriteExt::write_all(&mut near, b"{\"a\":1}\n{\"b\":\n2}").await.unwrap();
    });
    let mut frames = Frames::new(far, 100);
    let mut seen = Vec::new();
    while let Some(frame) = frames.next().await.unwrap() {
        match frame {
            Frame::Value { bytes, line, column } => seen.push((String::from_utf8_lossy(bytes).into_owned(), line, column)),
            Frame::Fault(e) => panic!("{e:?}"),
        }
    }
    writer.await.unwrap();
    assert_eq!(seen, [("{\"a\":1}".to_owned(), 1, 1), ("{\"b\":\n2}".to_owned(), 2, 1)]);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        r#"[\\"\[\]{},:\n]{0,8}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = serde_json::Value> {
    prop::collection::btree_map(any::<String>(), json(), 0..4).prop_map(|m| serde_json::Value::Object(m.into_iter().collect()))
}

fn object_text() -> impl Strategy<Value = String> {
    (object(), any::<bool>()).prop_map(|(v, pretty)| if pretty { format!("{v:#}") } else { v.to_string() })
}

proptest! {
    #[test]
    fn any_layout_of_values_gives_exactly_them(
        values in prop::collection::vec((object_text(), "[ \t\r\n]{0,3}"), 0..8),
        array in any::<bool>(),
        sizes in prop::collection::vec(1_usize..40, 1..5),
    ) {
        let mut input = String::from(if array { "[" } else { "" });
        for (i, (value, space)) in values.iter().enumerate() {
            input += if array && i > 0 { "," } else { "" };
            input.extend([space.as_str(), value, space]);
        }
        input += if array { "]" } else { "" };
        let expected: Vec<_> = values.iter().map(|(value, _)| value.clone()).collect();
        prop_assert_eq!(frames_in(input.as_bytes(), 1 << 20, &sizes), expected);
    }

    #[test]
    fn arbitrary_bytes_are_no_panic_and_chunks_make_no_difference(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            r#"(\{|\}|\[|\]|,|:|"|\\|"a":|1|\n|\n\{|\{"a":1\}){0,40}"#.prop_map(String::into_bytes),
        ],
        max in 1_usize..60,
        sizes in prop::collection::vec(1_usize..40, 1..5),
    ) {
        prop_assert_eq!(frames_in(&bytes, 1000, &[CHUNK]), frames_in(&bytes, 1000, &sizes));
        prop_assert_eq!(frames_in(&bytes, max, &[CHUNK]), frames_in(&bytes, max, &sizes));
    }

    #[test]
    fn good_lines_survive_corrupted_neighbours(
        lines in prop::collection::vec((object(), prop_oneof![
            Just(None),
            (any::<prop::sample::Index>(), prop_oneof![
                Just(None),
                prop::sample::select(&b"{}[]\",:x0\\\x01\xff"[..]).prop_map(Some),
            ]).prop_map(Some),
        ]), 1..10),
        sizes in prop::collection::vec(1_usize..40, 1..5),
    ) {
        let mut input = Vec::new();
        let mut good = Vec::new();
        for (i, (value, corruption)) in lines.into_iter().enumerate() {
            let text = serde_json::json!({"line": i, "value": value}).to_string();
            let mut bytes = text.clone().into_bytes();
            match corruption {
                None => good.push(text),
                // The first byte stays: a line that starts with `}` can truly close what the line before it opened.
                Some((at, None)) => bytes.truncate(1 + at.index(bytes.len() - 1)),
                Some((at, Some(byte))) => {
                    let at = 1 + at.index(bytes.len() - 1);
                    bytes[at] = byte;
                }
            }
            input.extend(bytes);
            input.push(b'\n');
        }
        let seen = frames_in(&input, 1 << 20, &sizes);
        let mut values = seen.iter().filter(|f| !is_error(f));
        for line in &good {
            prop_assert!(values.any(|v| v == line), "{line} is missing in {seen:#?}");
        }
    }
}
