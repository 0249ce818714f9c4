//! The patterns of `submissions.yaml` (2025-09, "Glob patterns"): `*` within a name, braces for alternatives, and a
//! path is meant when it, or a folder around it, is matched.
use std::fmt;

/// Braces multiply; nobody means this many.
const MOST_ALTERNATIVES: usize = 256;

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    alternatives: Vec<Vec<String>>,
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Glob {
    /// Reads a pattern; the error says what is not supported.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.contains("**") || text.contains(['[', ']', '?']) {
            return Err(format!("the pattern {text:?} has `**`, `?` or brackets; only `*` and `{{a,b}}` are patterns"));
        }
        let alternatives = expand(text)?;
        let split = |text: &String| text.trim_matches('/').split('/').map(str::to_owned).collect();
        Ok(Self { text: text.to_owned(), alternatives: alternatives.iter().map(split).collect() })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a path, or a folder around it, is meant.
    pub fn matches(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        self.alternatives.iter().any(|names| names.len() <= parts.len() && names.iter().zip(&parts).all(|(n, p)| name(n, p)))
    }

    /// Whether this very path is meant.
    pub fn is(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        self.alternatives.iter().any(|names| names.len() == parts.len() && names.iter().zip(&parts).all(|(n, p)| name(n, p)))
    }
}

fn expand(text: &str) -> Result<Vec<String>, String> {
    let mut done = Vec::new();
    let mut open = vec![text.to_owned()];
    while let Some(text) = open.pop() {
        let Some(close) = text.find('}') else {
            if text.contains('{') {
                return Err(format!("in the pattern {text:?} a `{{` is not closed"));
            }
            done.push(text);
            continue;
        };
        let Some(start) = text[..close].rfind('{') else { return Err(format!("in the pattern {text:?} a `}}` is not opened")) };
        let (before, inner, after) = (&text[..start], &text[start + 1..close], &text[close + 1..]);
        open.extend(inner.split(',').rev().map(|one| format!("{before}{one}{after}")));
        if open.len() + done.len() > MOST_ALTERNATIVES {
            return Err(format!("the pattern {text:?} has more than {MOST_ALTERNATIVES} alternatives"));
        }
    }
    Ok(done)
}

/// `*` is any part of the name; linear in both but for the last star, to which it goes back.
fn name(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((at, from)) => {
                    *from += 1;
                    (p, t) = (*at + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_within_a_name_and_braces_are_alternatives() {
        for (pattern, path, wanted) in [
            ("accepted", "accepted/a.py", true),
            ("accepted/*", "accepted/a.py", true),
            ("accepted/*", "accepted/dir/main.py", true),
            ("accepted/*.py", "accepted/a.cpp", false),
            ("*/a.py", "accepted/a.py", true),
            ("*", "accepted/a.py", true),
            ("accepted/{a,b}.py", "accepted/b.py", true),
            ("accepted/{a,b}.{py,cpp}", "accepted/b.cpp", true),
            ("accepted/{a,b}.py", "accepted/c.py", false),
            ("{accepted/{a,b},wrong_answer/c}.py", "wrong_answer/c.py", true),
            ("secret/*-easy", "secret/01-easy", true),
            ("secret/*-easy", "secret/01-easy-not", false),
            ("secret/*a*b", "secret/xaxab", true),
            ("secret/1", "secret/10", false),
            ("accepted/a.py/x", "accepted/a.py", false),
        ] {
            assert_eq!(Glob::new(pattern).unwrap().matches(path), wanted, "{pattern} {path}");
        }
        assert!(Glob::new("secret/*").unwrap().is("secret/group1"));
        assert!(!Glob::new("secret/*").unwrap().is("secret/group1/01"));
        for bad in ["a/**/b", "[ab].py", "{a,b", "a}", "{a,a}".repeat(9).as_str()] {
            assert!(Glob::new(bad).is_err(), "{bad}");
        }
        let many = format!("{}b", "*a".repeat(30));
        assert!(!Glob::new(&many).unwrap().matches(&"a".repeat(200)));
    }
}
