#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::unnecessary_wraps,
    clippy::cast_precision_loss,
    reason = "a test may fail by panicking"
)]
use super::*;
use proptest::prelude::*;
use std::io::Cursor;

/// A reader that gives as many bytes at a time as it is told.
struct Pieces {
    bytes: Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.get(self.turn % self.sizes.len().max(1)).copied().unwrap_or(buf.len()).min(buf.len());
        self.turn += 1;
        self.bytes.read(&mut buf[..size])
    }
}

fn compare_in_pieces(checker: &Checker, answer: &[u8], output: &[u8], sizes: &[usize]) -> Comparison {
    let reader = Pieces { bytes: Cursor::new(answer.to_vec()), sizes: sizes.iter().rev().copied().collect(), turn: 0 };
    let mut comparer = Comparer::new(checker, Some(Box::new(reader)));
    let mut rest = output;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, next) = rest.split_at((*size).min(rest.len()));
        comparer.feed(piece).unwrap();
        rest = next;
    }
    comparer.finish().unwrap()
}

fn compare(checker: &Checker, answer: &[u8], output: &[u8]) -> Comparison {
    compare_in_pieces(checker, answer, output, &[usize::MAX])
}

fn kind(kind: CheckerKind) -> Checker {
    Checker { kind, ..Checker::default() }
}

fn float(absolute: Option<f64>, relative: Option<f64>) -> Checker {
    Checker { absolute, relative, ..kind(CheckerKind::Float) }
}

// ---- the reference: whole buffers, no cleverness ----

fn space(b: u8) -> bool {
    [b' ', b'\t', b'\n', 0x0b, 0x0c, b'\r'].contains(&b)
}

fn naive_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = text
        .split(|b| *b == b'\n')
        .map(|line| {
            let end = line.iter().rposition(|b| !space(*b)).map_or(0, |i| i + 1);
            line[..end].to_vec()
        })
        .collect();
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

/// Tokens, with every byte of white space as one of its own where `spaces` count.
fn naive_tokens(text: &[u8], spaces: bool) -> Vec<Vec<u8>> {
    let mut tokens = vec![];
    let mut token = vec![];
    for b in text {
        if space(*b) {
            if !token.is_empty() {
                tokens.push(std::mem::take(&mut token));
            }
            if spaces {
                tokens.push(vec![*b]);
            }
        } else {
            token.push(*b);
        }
    }
    if !token.is_empty() {
        tokens.push(token);
    }
    tokens
}

fn naive_number(token: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(token).ok()?;
    if text.to_ascii_lowercase().contains(['n', 'i']) {
        return None;
    }
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

fn naive(checker: &Checker, answer: &[u8], output: &[u8]) -> bool {
    let same_text = |a: &[u8], b: &[u8]| if checker.case_sensitive { a == b } else { a.eq_ignore_ascii_case(b) };
    match checker.kind {
        CheckerKind::Exact => answer == output,
        CheckerKind::Lines => naive_lines(answer) == naive_lines(output),
        CheckerKind::Tokens | CheckerKind::Float => {
            let (a, o) = (naive_tokens(answer, checker.space_change_sensitive), naive_tokens(output, checker.space_change_sensitive));
            a.len() == o.len()
                && a.iter().zip(&o).all(|(a, o)| match naive_number(a).filter(|_| checker.kind == CheckerKind::Float) {
                    None => same_text(a, o),
                    Some(expected) => naive_number(o).is_some_and(|found| {
                        let off = (found - expected).abs();
                        let both = checker.absolute.is_none() && checker.relative.is_none();
                        let default = both.then_some(1e-6);
                        checker.absolute.or(default).is_some_and(|t| off <= t)
                            || checker.relative.or(default).is_some_and(|t| off <= t * expected.abs())
                    }),
                })
        }
        CheckerKind::None | CheckerKind::Program => unreachable!(),
    }
}

fn any_checker() -> impl Strategy<Value = Checker> {
    let tolerance = || prop_oneof![Just(None), Just(Some(0.0)), Just(Some(0.1)), Just(Some(1e-3))];
    let kinds = prop_oneof![Just(CheckerKind::Tokens), Just(CheckerKind::Float), Just(CheckerKind::Lines), Just(CheckerKind::Exact)];
    (kinds, any::<bool>(), any::<bool>(), tolerance(), tolerance()).prop_map(|(k, case_sensitive, spaces, absolute, relative)| Checker {
        case_sensitive,
        space_change_sensitive: spaces,
        absolute,
        relative,
        ..kind(k)
    })
}

/// Pieces likely to meet: few letters, numbers near one another, all sorts of white space.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => prop::sample::select(&[" ", "\n", "\t", "\r\n", "  ", "\n\n", "\r", "\x0b", "\x0c", " \n"][..]).prop_map(|s| s.as_bytes().to_vec()),
        3 => prop::sample::select(&["a", "A", "b", "ab", "\0", "é", "1", "1.0", "1.00", "1.05", "1.2", "-0", "0", "1e0", "1E0", "1e999", "nan", "NaN",
            "0x1", "10", "+1", ".5", "inf"][..]).prop_map(|s| s.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..3),
        1 => Just(vec![b'x'; 100]),
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..12).prop_map(|p| p.concat())
}

/// An answer, and an output that is often but for little the same.
fn pair() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let near = (text(), piece(), text(), piece(), text())
        .prop_map(|(a, x, b, y, c)| ([a.clone(), x, b.clone(), c.clone()].concat(), [a, y, b, c].concat()));
    let spaced = (prop::collection::vec((piece(), piece(), piece()), 0..8)).prop_map(|parts| {
        let (mut a, mut o) = (vec![], vec![]);
        for (x, s, t) in parts {
            a.extend_from_slice(&x);
            o.extend_from_slice(&x);
            if s.iter().chain(&t).all(|b| space(*b)) {
                a.extend_from_slice(&s);
                o.extend_from_slice(&t);
            }
        }
        (a, o)
    });
    prop_oneof![near, spaced, (text(), text())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn agrees_with_the_reference_however_it_is_cut(
        checker in any_checker(),
        (answer, output) in pair(),
        sizes in prop::collection::vec(1usize..9, 1..6),
    ) {
        let whole = compare(&checker, &answer, &output);
        let wanted = if naive(&checker, &answer, &output) { Verdict::Ac } else { Verdict::Wa };
        prop_assert_eq!(whole.verdict, wanted, "{:?}", whole);
        prop_assert_eq!(whole.verdict == Verdict::Ac, whole.message.is_empty() && whole.judge_message.is_empty());
        prop_assert_eq!(compare_in_pieces(&checker, &answer, &output, &sizes), whole);
    }

    #[test]
    fn what_is_shown_of_a_difference_is_short(
        checker in any_checker(), before in 0usize..200, after in 0usize..200, x in piece(), y in piece(),
    ) {
        let around = |m: &[u8]| [&vec![b'p'; before][..], m, &vec![b'q'; after]].concat();
        let comparison = compare(&checker, &around(&x), &around(&y));
        prop_assert!(comparison.judge_message.chars().count() < 900, "{}", comparison.judge_message);
    }
}

#[test]
fn messages_say_where_and_only_the_staff_what() {
    let tokens = kind(CheckerKind::Tokens);
    let lines = kind(CheckerKind::Lines);
    let exact = kind(CheckerKind::Exact);
    let strict = Checker { space_change_sensitive: true, ..kind(CheckerKind::Tokens) };
    for (checker, answer, output, message, judge) in [
        (&tokens, "1 2\n3 4\n", "1 2\n3 5\n", "line 2 differs", r#"line 2, token 2: expected "4", found "5""#),
        (&tokens, "Yes\n", "YES\n", "line 1 differs", r#"line 1, token 1: expected "Yes", found "YES" (only upper and lower case differ)"#),
        (&tokens, "123\n", "12", "line 1 differs", r#"line 1, token 1: expected "123", found "12""#),
        (
            &tokens,
            "1\n2\n3\n",
            "1\n2\n",
            "the output ends too early, after line 2",
            r#"line 3, token 1: expected "3", found end of output"#,
        ),
        (&tokens, "1 2\n", "1", "the output ends too early, in line 1", r#"line 1, token 2: expected "2", found end of output"#),
        (&tokens, "1\n", "", "the output is empty", r#"line 1, token 1: expected "1", found end of output"#),
        (
            &tokens,
            "1\n",
            "1\n\n7 8\n",
            "there is more output than expected, in line 3",
            r#"line 3, token 1: expected end of output, found "7""#,
        ),
        (&tokens, "a\n", "\u{7f}\0'\"\\\n", "line 1 differs", r#"line 1, token 1: expected "a", found "\u{7f}\0'\"\\""#),
        (&strict, "a b\n", "a  b\n", "line 1 differs", r#"line 1: expected "b", found " " (the white space differs)"#),
        (
            &strict,
            "a\n",
            "a",
            "the output ends too early, in line 1",
            r#"line 1: expected "\n", found end of output (the white space differs)"#,
        ),
        (&lines, "ab cd\n", "ab  cd\n", "line 1 differs", r#"line 1: expected "ab cd", found "ab  cd" (only white space differs)"#),
        (&lines, "ab\ncd\n", "ab\n\ncd\n", "line 2 differs", r#"line 2: expected "cd", found """#),
        (&lines, "ab\n", "ab\ncd\n", "there is more output than expected, in line 2", r#"line 2: expected end of output, found "cd""#),
        (
            &exact,
            "ab\n",
            "ab",
            "the output ends too early, in line 1",
            r#"line 1: expected "ab\n", found "ab" and then end of output (only white space differs)"#,
        ),
        (
            &exact,
            "ab",
            "ab\n",
            "there is more output than expected, in line 1",
            r#"line 1: expected "ab" and then end of output, found "ab\n" (only white space differs)"#,
        ),
        (&exact, "a\nb\n", "a\r\nb\n", "line 1 differs", r#"line 1: expected "a\n", found "a\r\n" (only white space differs)"#),
    ] {
        let said = compare(checker, answer.as_bytes(), output.as_bytes());
        assert_eq!(
            (said.verdict, said.message.as_str(), said.judge_message.as_str()),
            (Verdict::Wa, format!("wrong answer: {message}").as_str(), judge),
            "{output:?}"
        );
    }
    let said = compare(&float(Some(0.5), None), b"1 2.5\n", b"1.25 3.5\n");
    assert_eq!(said.judge_message, r#"line 1, token 2: expected "2.5", found "3.5" (off by 1e0; allowed: absolute 5e-1)"#);
    let said = compare(&float(None, None), b"2.5\n", b"two\n");
    assert_eq!(said.judge_message, r#"line 1, token 1: expected "2.5", found "two" (not a number)"#);
    let long = [vec![b'a'; 5000], b"X".to_vec(), vec![b'b'; 5000]].concat();
    let other = [vec![b'a'; 5000], b"Y".to_vec(), vec![b'b'; 5000]].concat();
    let said = compare(&tokens, &long, &other);
    let (a, b) = ("a".repeat(40), "b".repeat(39));
    assert_eq!(said.judge_message, format!(r#"line 1, token 1: expected …"{a}X{b}"…, found …"{a}Y{b}"…"#));
}

#[test]
fn numbers_that_are_none_are_text() {
    let checker = float(None, None);
    for (answer, output, same) in [
        ("1.0", "1.0000001", true),
        ("1", "1.000002", false),
        ("nan", "nan", true),
        ("nan", "NaN", false),
        ("inf", "1e999", false),
        ("1e999", "1e999", true),
        ("1e999", "1", false),
        ("1", "1e999", false),
        ("1", "nan", false),
        ("1", "inf", false),
        ("1", "0x1", false),
        ("0x10", "0x10", true),
        ("0x10", "16", false),
        ("1 a", "1.0 a", true),
        ("1 a", "1.0 b", false),
        ("-0.0", "0", true),
        ("100", "1e2", true),
    ] {
        let verdict = compare(&checker, answer.as_bytes(), output.as_bytes()).verdict;
        assert_eq!(verdict == Verdict::Ac, same, "{answer} {output}");
    }
}

#[test]
fn a_token_of_ten_megabytes_is_compared_piecewise() {
    let token = vec![b'7'; 10 << 20];
    let mut other = token.clone();
    *other.last_mut().unwrap() = b'8';
    for checker in [kind(CheckerKind::Tokens), kind(CheckerKind::Lines), kind(CheckerKind::Exact), float(Some(1.0), Some(1.0))] {
        assert_eq!(compare_in_pieces(&checker, &token, &token, &[65536]).verdict, Verdict::Ac);
        assert_eq!(compare_in_pieces(&checker, &token, &other, &[65536]).verdict, Verdict::Wa);
        assert_eq!(compare_in_pieces(&checker, &token, &[b"1 ", &token[..]].concat(), &[65536]).verdict, Verdict::Wa);
    }
    let spaces = vec![b' '; 10 << 20];
    let padded = [b"a".as_slice(), &spaces, b"\n"].concat();
    assert_eq!(compare(&kind(CheckerKind::Lines), b"a\n", &padded).verdict, Verdict::Ac);
    assert_eq!(compare(&kind(CheckerKind::Lines), &padded, b"a").verdict, Verdict::Ac);
    assert_eq!(compare(&kind(CheckerKind::Lines), &padded, &[&padded[..], b"b"].concat()).verdict, Verdict::Wa);
    assert_eq!(compare(&kind(CheckerKind::Tokens), b"a b", &[&padded[..], b"b"].concat()).verdict, Verdict::Ac);
}

/// Around the sizes of the first and of later reads (`answer`).
#[test]
fn answers_of_every_size_are_read_to_their_end() {
    for edge in [0_usize, 4 << 10, 8 << 10, 128 << 10, 132 << 10, 256 << 10, 260 << 10] {
        for len in edge.saturating_sub(1)..=edge + 1 {
            let answer = vec![b'7'; len];
            for checker in [kind(CheckerKind::Tokens), kind(CheckerKind::Lines), kind(CheckerKind::Exact), float(Some(0.5), None)] {
                for sizes in [&[usize::MAX][..], &[4096], &[100_000, 1]] {
                    for (output, verdict) in [(&answer[..], Verdict::Ac), (&[&answer[..], b"8"].concat(), Verdict::Wa)] {
                        let said = compare_in_pieces(&checker, &answer, output, sizes);
                        assert_eq!(said.verdict, verdict, "{checker:?} {len} {sizes:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_no_verdict() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("disk"))
        }
    }
    let mut comparer = Comparer::new(&kind(CheckerKind::Tokens), Some(Box::new(Broken)));
    assert!(comparer.feed(b"1").is_err());
    assert!(comparer.finish().is_err());
    assert!(Comparer::new(&kind(CheckerKind::Lines), Some(Box::new(Broken))).finish().is_err());
    assert_eq!(Comparer::new(&kind(CheckerKind::Exact), None).finish().unwrap().verdict, Verdict::Ok);
    assert!(Comparer::new(&kind(CheckerKind::Program), Some(Box::new(Broken))).finish().is_err());
    let mut nothing = Comparer::new(&kind(CheckerKind::None), None);
    nothing.feed(b"anything").unwrap();
    assert_eq!(nothing.finish().unwrap().verdict, Verdict::Ok);
}

#[test]
fn a_comparer_can_be_sent() {
    fn send<T: Send>() {}
    send::<Comparer>();
}

/// `cargo test --release --lib -- --ignored throughput --nocapture`
#[test]
#[ignore = "a measurement, which checks nothing: how to run it stands above it"]
fn throughput() {
    let mut text = Vec::new();
    for i in 0u64..8_000_000 {
        text.extend_from_slice((i * 2_654_435_761 % 1_000_003).to_string().as_bytes());
        text.push(if i % 10 == 9 { b'\n' } else { b' ' });
    }
    let crlf: Vec<u8> = text.iter().flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] }).collect();
    for (name, output) in [("equal", &text), ("crlf", &crlf)] {
        for k in [CheckerKind::Exact, CheckerKind::Lines, CheckerKind::Tokens, CheckerKind::Float] {
            let mut comparer = Comparer::new(&kind(k), Some(Box::new(Cursor::new(text.clone()))));
            let start = std::time::Instant::now();
            output.chunks(65536).for_each(|c| comparer.feed(c).unwrap());
            let verdict = comparer.finish().unwrap().verdict;
            let rate = output.len() as f64 / 1e6 / start.elapsed().as_secs_f64();
            println!("{name} {k:?} {verdict} {rate:.0} MB/s");
        }
    }
}
