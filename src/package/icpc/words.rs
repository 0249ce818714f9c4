//! Flags given as one text, cut as a shell would: white space between them, quotes and `\` around it.

/// The words of a text.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let next = chars.next().ok_or("a `\\` stands at the end")?;
                word.get_or_insert_default().push(next);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(q) = quote {
        return Err(format!("a {q} is not closed"));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_cut_as_a_shell_does() {
        assert_eq!(split("  float_tolerance 1e-6\n").unwrap(), ["float_tolerance", "1e-6"]);
        assert_eq!(split(r#"a "b c" 'd "e' f\ g '' "h\"i""#).unwrap(), ["a", "b c", "d \"e", "f g", "", "h\"i"]);
        assert!(split("").unwrap().is_empty());
        assert!(split("a 'b").is_err());
        assert!(split("a\\").is_err());
    }
}
