//! What was expected beside what came.
use super::text::one_line;

/// Lines looked at on either side.
const LINES: usize = 200;
/// Rows shown, and how many equal ones before the first that differs.
const ROWS: usize = 24;
const BEFORE: usize = 3;
/// Characters of a line, and how many before the place where it differs.
const COLUMNS: usize = 120;
const LEAD: usize = 40;

/// A row of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub expected: Option<Line>,
    pub got: Option<Line>,
    pub same: bool,
}

/// A line of one side: its number, and the part in which it differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub number: usize,
    pub before: String,
    pub differs: String,
    pub after: String,
}

/// Both sides, aligned: from shortly before the first difference on.
pub(super) fn side_by_side(expected: &[u8], got: &[u8]) -> Vec<Row> {
    let (left, right) = (lines(expected), lines(got));
    let pairs = align(&left, &right);
    let first = pairs.iter().position(|(l, r)| l.is_none() || r.is_none() || !same(*l, *r, &left, &right)).unwrap_or(0);
    let rows = pairs.into_iter().skip(first.saturating_sub(BEFORE)).take(ROWS);
    rows.map(|(l, r)| row(l.map(|i| (i, left[i])), r.map(|i| (i, right[i])))).collect()
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() { Vec::new() } else { bytes.split(|b| *b == b'\n').take(LINES).collect() }
}

/// White space at a line's end makes no difference to look at.
fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
}

fn same(l: Option<usize>, r: Option<usize>, left: &[&[u8]], right: &[&[u8]]) -> bool {
    matches!((l, r), (Some(l), Some(r)) if trimmed(left[l]) == trimmed(right[r]))
}

/// Pairs of places by a longest common subsequence; between two common lines, those that differ stand beside each other.
fn align(left: &[&[u8]], right: &[&[u8]]) -> Vec<(Option<usize>, Option<usize>)> {
    let width = right.len() + 1;
    let mut longest = vec![0_u16; (left.len() + 1) * width];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            longest[i * width + j] = if trimmed(left[i]) == trimmed(right[j]) {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    let (mut only_left, mut only_right) = (Vec::new(), Vec::new());
    loop {
        let both = i < left.len() && j < right.len();
        if both && trimmed(left[i]) == trimmed(right[j]) || i == left.len() && j == right.len() {
            let unequal = only_left.len().max(only_right.len());
            pairs.extend((0..unequal).map(|k| (only_left.get(k).copied(), only_right.get(k).copied())));
            only_left.clear();
            only_right.clear();
            if !both {
                return pairs;
            }
            pairs.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || both && longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            only_left.push(i);
            i += 1;
        } else {
            only_right.push(j);
            j += 1;
        }
    }
}

fn row(left: Option<(usize, &[u8])>, right: Option<(usize, &[u8])>) -> Row {
    let (Some((l, expected)), Some((r, got))) = (left, right) else {
        let whole = |side: Option<(usize, &[u8])>| side.map(|(i, text)| line(i, text, 0, 0));
        return Row { expected: whole(left), got: whole(right), same: false };
    };
    let (expected, got) = (trimmed(expected), trimmed(got));
    if expected == got {
        let whole = |i: usize| Line { number: i + 1, before: one_line(expected, COLUMNS).0, ..Line::default() };
        return Row { expected: Some(whole(l)), got: Some(whole(r)), same: true };
    }
    let common = |a: &mut dyn Iterator<Item = (u8, u8)>| a.take_while(|(x, y)| x == y).count();
    let mut start = common(&mut expected.iter().copied().zip(got.iter().copied()));
    // Never in the middle of a character.
    while start > 0 && [expected, got].iter().any(|t| t.get(start).is_some_and(|b| b & 0xc0 == 0x80)) {
        start -= 1;
    }
    let (e, g) = (&expected[start..], &got[start..]);
    let mut end = common(&mut e.iter().rev().copied().zip(g.iter().rev().copied()));
    while end > 0 && e.get(e.len() - end).is_some_and(|b| b & 0xc0 == 0x80) {
        end -= 1;
    }
    Row { expected: Some(line(l, expected, start, end)), got: Some(line(r, got, start, end)), same: false }
}

/// A line that has `start` bytes in common with the other side at its begin and `end` at its end.
fn line(index: usize, text: &[u8], start: usize, end: usize) -> Line {
    let (before, rest) = text.split_at(start);
    let (differs, after) = rest.split_at(rest.len() - end);
    let (before, _) = one_line(before, usize::MAX);
    let skipped = before.chars().count().saturating_sub(LEAD);
    let before = if skipped > 0 { format!("…{}", before.chars().skip(skipped).collect::<String>()) } else { before };
    let (differs, cut) = one_line(differs, COLUMNS - LEAD);
    let after = if cut { String::new() } else { one_line(after, LEAD).0 };
    Line { number: index + 1, before, differs, after }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rows: &[Row]) -> Vec<String> {
        let side = |l: &Option<Line>| {
            l.as_ref().map_or_else(|| "-".to_owned(), |l| format!("{}:{}[{}]{}", l.number, l.before, l.differs, l.after))
        };
        rows.iter().map(|r| format!("{} {} {}", side(&r.expected), if r.same { "=" } else { "≠" }, side(&r.got))).collect()
    }

    #[test]
    fn lines_are_aligned_and_their_difference_marked() {
        assert_eq!(text(&side_by_side(b"1\n2\n3\n", b"1\n3\n")), ["1:1[] = 1:1[]", "2:[2] ≠ -", "3:3[] = 2:3[]"]);
        assert_eq!(text(&side_by_side(b"YES 12 x\n", b"YES 17 x")), ["1:YES 1[2] x ≠ 1:YES 1[7] x"]);
        assert_eq!(text(&side_by_side(b"a", b"")), ["1:[a] ≠ -"]);
        assert_eq!(text(&side_by_side(b"", b"")), Vec::<String>::new());
        assert_eq!(text(&side_by_side("ä".as_bytes(), "ö".as_bytes())), ["1:[ä] ≠ 1:[ö]"]);
        assert_eq!(text(&side_by_side(b"x\xff", b"x\xfe")), ["1:x[\\xff] ≠ 1:x[\\xfe]"]);
        assert_eq!(text(&side_by_side(b"a \r\n", b"a\n")), ["1:a[] = 1:a[]"]);
        assert_eq!(text(&side_by_side(b"aa", b"aaa")), ["1:aa[] ≠ 1:aa[a]"]);
    }

    #[test]
    fn only_the_place_that_matters_is_shown() {
        let expected: String = (0..150).map(|i| format!("{i}\n")).collect();
        let got = expected.replace("\n100\n", "\nx\n");
        let rows = side_by_side(expected.as_bytes(), got.as_bytes());
        assert_eq!((rows.len(), rows[0].same, rows[3].same), (ROWS, true, false));
        assert_eq!(rows[3].expected.as_ref().unwrap().number, 101);
        let long = "x".repeat(5000);
        let rows = side_by_side(format!("{long}1{long}").as_bytes(), format!("{long}2{long}").as_bytes());
        let line = rows[0].got.as_ref().unwrap();
        assert_eq!((line.differs.as_str(), line.before.chars().count(), line.after.chars().count()), ("2", LEAD + 1, LEAD + 1));
    }

    #[test]
    fn much_that_differs_is_bounded() {
        let left = "a\n".repeat(100_000);
        let right = "b\n".repeat(100_000);
        assert_eq!(side_by_side(left.as_bytes(), right.as_bytes()).len(), ROWS);
    }
}
