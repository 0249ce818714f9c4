//! Argument templates: `{tool}`, `{units}`, `-Xmx{memory_mib*1.25}m`.
use std::fmt::Write as _;

/// A template's argument, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// `{units}`, `{args}`, `{options}`: any number of arguments.
    List(List),
    /// One argument.
    One(Vec<Part>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Units,
    Args,
    Options,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    Word(Word),
    Number(Sum),
}

/// `{memory_mib*0.9-40>=16<=4096}`
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sum {
    of: Number,
    factor: f64,
    less: u64,
    floor: u64,
    ceiling: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Tool,
    Root,
    Entry,
    Main,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    MemoryMib,
    MemoryKib,
    StackMib,
    StackKib,
}

/// What the placeholders stand for.
#[derive(Debug, Default)]
pub(super) struct Values<'a> {
    pub tool: &'a str,
    pub root: &'a str,
    pub entry: &'a str,
    pub main: &'a str,
    pub units: &'a [String],
    pub args: &'a [String],
    pub options: &'a [String],
    pub memory_bytes: u64,
    pub stack_bytes: u64,
}

impl Piece {
    /// Reads one argument of a template. `${…}` is left to the shell.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "{units}" => return Ok(Self::List(List::Units)),
            "{args}" => return Ok(Self::List(List::Args)),
            "{options}" => return Ok(Self::List(List::Options)),
            _ => {}
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            let inner = &after[1..];
            let placeholder = inner.starts_with(|c: char| c.is_ascii_lowercase()) && !before.ends_with('$');
            let Some(close) = inner.find('}').filter(|_| placeholder) else {
                literal.push_str(before);
                literal.push('{');
                rest = inner;
                continue;
            };
            literal.push_str(before);
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(part(&inner[..close])?);
            rest = &inner[close + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self::One(parts))
    }
}

fn part(inner: &str) -> Result<Part, String> {
    let word = match inner {
        "tool" => Some(Word::Tool),
        "root" => Some(Word::Root),
        "entry" => Some(Word::Entry),
        "main" => Some(Word::Main),
        "units" | "args" | "options" => return Err(format!("`{{{inner}}}` must be an argument by itself")),
        _ => None,
    };
    if let Some(word) = word {
        return Ok(Part::Word(word));
    }
    let whole = |n: &str| n.parse::<u64>().map_err(|_| format!("`{n}` is not a whole number"));
    // From the right: name*factor-less>=floor<=ceiling, each but the name optional.
    let (inner, ceiling) = inner.split_once("<=").map_or(Ok((inner, u64::MAX)), |(head, n)| whole(n).map(|n| (head, n)))?;
    let (inner, floor) = inner.split_once(">=").map_or(Ok((inner, 1)), |(head, n)| whole(n).map(|n| (head, n)))?;
    let (inner, less) = inner.split_once('-').map_or(Ok((inner, 0)), |(head, n)| whole(n).map(|n| (head, n)))?;
    let (name, factor) = match inner.split_once('*') {
        Some((name, f)) => {
            (name, f.parse().ok().filter(|f: &f64| f.is_finite() && *f > 0.0).ok_or_else(|| format!("`{f}` is not a factor"))?)
        }
        None => (inner, 1.0),
    };
    let of = match name {
        "memory_mib" => Number::MemoryMib,
        "memory_kib" => Number::MemoryKib,
        "stack_mib" => Number::StackMib,
        "stack_kib" => Number::StackKib,
        _ => return Err(format!("unknown placeholder `{{{name}}}`")),
    };
    Ok(Part::Number(Sum { of, factor, less, floor, ceiling }))
}

/// Fills in a template.
pub(super) fn expand(pieces: &[Piece], values: &Values<'_>) -> Vec<String> {
    let mut argv = Vec::with_capacity(pieces.len() + values.units.len() + values.args.len());
    for piece in pieces {
        match piece {
            Piece::List(List::Units) => argv.extend_from_slice(values.units),
            Piece::List(List::Args) => argv.extend_from_slice(values.args),
            Piece::List(List::Options) => argv.extend_from_slice(values.options),
            Piece::One(parts) => argv.push(fill(parts, values)),
        }
    }
    argv
}

/// Fills in one argument.
pub(super) fn fill(parts: &[Part], values: &Values<'_>) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Word(Word::Tool) => out.push_str(values.tool),
            Part::Word(Word::Root) => out.push_str(values.root),
            Part::Word(Word::Entry) => out.push_str(values.entry),
            Part::Word(Word::Main) => out.push_str(values.main),
            Part::Number(sum) => {
                // Writing to a String can't fail.
                let _ = write!(out, "{}", number(*sum, values));
            }
        }
    }
    out
}

#[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a factor of a size")]
fn number(sum: Sum, values: &Values<'_>) -> u64 {
    let (bytes, unit) = match sum.of {
        Number::MemoryMib => (values.memory_bytes, 1 << 20),
        Number::MemoryKib => (values.memory_bytes, 1 << 10),
        Number::StackMib => (values.stack_bytes, 1 << 20),
        Number::StackKib => (values.stack_bytes, 1 << 10),
    };
    let n = ((bytes as f64 * sum.factor) as u64 / unit).saturating_sub(sum.less);
    // The floor is at least 1: tools take 0 for "no limit", or refuse it.
    n.max(sum.floor).min(sum.ceiling).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand_one(text: &str) -> Vec<String> {
        let units = ["./-o x.c".to_owned(), "./b.c".to_owned()];
        let values = Values {
            tool: "/usr/bin/t",
            entry: "./m",
            units: &units,
            memory_bytes: 256 << 20,
            stack_bytes: 100 << 20,
            ..Values::default()
        };
        expand(&[Piece::parse(text).unwrap()], &values)
    }

    #[test]
    fn placeholders_are_filled() {
        assert_eq!(expand_one("{tool}"), ["/usr/bin/t"]);
        assert_eq!(expand_one("{units}"), ["./-o x.c", "./b.c"]);
        assert!(expand_one("{args}").is_empty());
        assert_eq!(expand_one("-Xmx{memory_mib*1.25}m"), ["-Xmx320m"]);
        assert_eq!(expand_one("{stack_kib*0.9<=65500}/{stack_mib}"), ["65500/100"]);
        assert_eq!(expand_one("{memory_mib-40}/{memory_mib-300}/{memory_mib-300>=16}/{memory_mib*0.5-8>=16<=100}"), ["216/1/16/100"]);
        assert_eq!(expand_one("awk '{ print }' ${x} {"), ["awk '{ print }' ${x} {"]);
    }

    #[test]
    fn typos_are_errors() {
        for bad in ["{tol}", "x{units}", "{memory_mib*x}", "{memory_mib*-1}", "{stack_kib<=a}", "{memory}"] {
            assert!(Piece::parse(bad).is_err(), "{bad}");
        }
    }
}
