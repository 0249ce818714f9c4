//! Bytes of strangers, made harmless to look at: in a terminal, in a table, on a page.
use std::borrow::Cow;
use std::fmt::Write as _;

/// How much of something is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub bytes: usize,
    pub lines: usize,
    /// Characters of one line.
    pub columns: usize,
}

impl Room {
    /// Of an input, an output, a message.
    pub const SOME: Self = Self { bytes: 4096, lines: 24, columns: 200 };
    /// Of what a compiler says.
    pub const MORE: Self = Self { bytes: 16_384, lines: 80, columns: 240 };
}

/// Text to be shown, and whether it was cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    pub text: String,
    pub cut: bool,
}

/// A name or a message on one line: what would move the cursor, turn the direction of writing or hide is written out.
pub fn label(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push(&mut out, c);
    }
    Cow::Owned(out)
}

/// Several lines; tabs stay.
pub(super) fn shown(bytes: &[u8], room: Room) -> Shown {
    let head = bytes.get(..room.bytes).unwrap_or(bytes);
    let mut out = Shown { text: String::new(), cut: head.len() < bytes.len() };
    let head = if out.cut { whole_characters(head) } else { head };
    for (i, line) in head.split_inclusive(|b| *b == b'\n').enumerate() {
        if i == room.lines {
            out.cut = true;
            break;
        }
        let (line, ended) = line.strip_suffix(b"\n").map_or((line, false), |l| (l, true));
        let (text, cut) = one_line(line.strip_suffix(b"\r").filter(|_| ended).unwrap_or(line), room.columns);
        out.text.push_str(&text);
        out.cut |= cut;
        if ended {
            out.text.push('\n');
        }
    }
    out
}

/// One line, without its end; and whether it was cut.
pub(super) fn one_line(line: &[u8], columns: usize) -> (String, bool) {
    let mut out = String::new();
    let mut used = 0;
    for chunk in line.utf8_chunks() {
        for c in chunk.valid().chars() {
            if used == columns {
                out.push('…');
                return (out, true);
            }
            used += 1;
            if c == '\t' { out.push(c) } else { push(&mut out, c) }
        }
        for byte in chunk.invalid() {
            if used == columns {
                out.push('…');
                return (out, true);
            }
            used += 1;
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    (out, false)
}

/// A head that was cut in the middle of a character, without the part of it.
fn whole_characters(head: &[u8]) -> &[u8] {
    match str::from_utf8(head) {
        Err(e) if e.error_len().is_none() => head.get(..e.valid_up_to()).unwrap_or(head),
        _ => head,
    }
}

fn push(out: &mut String, c: char) {
    match c {
        // Pictures of control characters (U+2400 …).
        '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + u32::from(c))),
        '\x7f' => out.push('\u{2421}'),
        c if is_plain(c) => out.push(c),
        // Writing to a String can't fail.
        c => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
    }
}

/// Neither a control nor one of those that nobody sees: directions, joiners, spaces without width, line separators,
/// fillers, tags. A page may hold right-to-left writing all the same; it is isolated there.
fn is_plain(c: char) -> bool {
    !(c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_written_out() {
        for (text, wanted) in [
            ("Zoë Ωmega 山田 أحمد", "Zoë Ωmega 山田 أحمد"),
            ("a\u{202e}gpj.exe", "a\\u{202e}gpj.exe"),
            ("\x1b[31mred", "␛[31mred"),
            ("a\nb\r\0\x7f", "a␊b␍␀␡"),
            ("\u{200b}x\u{feff}\u{2028}", "\\u{200b}x\\u{feff}\\u{2028}"),
            ("\u{85}\u{9b}", "\\u{85}\\u{9b}"),
        ] {
            assert_eq!(label(text), wanted);
        }
    }

    #[test]
    fn only_some_is_shown() {
        let room = Room { bytes: 20, lines: 2, columns: 5 };
        let text = |bytes: &[u8]| shown(bytes, room);
        assert_eq!(text(b"ab\ncd\n"), Shown { text: "ab\ncd\n".into(), cut: false });
        assert_eq!(text(b"ab\r\ncd\xff\t"), Shown { text: "ab\ncd\\xff\t".into(), cut: false });
        assert_eq!(text(b"1\n2\n3\n"), Shown { text: "1\n2\n".into(), cut: true });
        assert_eq!(text(b"123456\n"), Shown { text: "12345…\n".into(), cut: true });
        assert_eq!(text("äääääääääääääää".as_bytes()).text, "äääää…");
        let cut_in_a_character = shown("ä".repeat(11).as_bytes(), Room { bytes: 21, lines: 9, columns: 99 });
        assert_eq!(cut_in_a_character, Shown { text: "ä".repeat(10), cut: true });
        let megabytes = vec![b'x'; 5 << 20];
        assert!(shown(&megabytes, Room::SOME).text.len() < 1000);
    }
}
