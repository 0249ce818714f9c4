//! What a Java source declares, as far as is needed to name its file and to start it. Not a parser: a source that does
//! not compile may come out as anything, and the compiler says why.

/// One source file's top-level declarations.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub package: Option<String>,
    pub types: Vec<Type>,
    /// `void main()` outside any class (an implicit class, Java 25; it is named for the file).
    pub loose_main: bool,
}

/// A top-level class, interface, enum or record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub name: String,
    pub public: bool,
    pub main: Main,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Main {
    None,
    /// `void main()` that isn't static (since Java 25).
    Instance,
    Static,
}

impl Source {
    /// Reads a source text; bytes that aren't UTF-8 can't be part of a name that matters.
    pub(super) fn read(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let tokens = tokens(&text);
        Scan::default().run(&tokens)
    }

    /// The name of the type that the file must be named for, or is best named for.
    pub(super) fn file_type(&self) -> Option<&str> {
        let by = |f: fn(&Type) -> bool| self.types.iter().find(|t| f(t));
        let found = by(|t| t.public).or_else(|| by(|t| t.main == Main::Static)).or_else(|| by(|t| t.main == Main::Instance));
        found.or(self.types.first()).map(|t| t.name.as_str())
    }

    /// A type's name with its package.
    pub(super) fn qualified(&self, name: &str) -> String {
        self.package.as_ref().map_or_else(|| name.to_owned(), |p| format!("{p}.{name}"))
    }
}

/// Words and single characters, without comments, strings and white space.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |at| at + 4)
        } else if rest.starts_with("\"\"\"") {
            quoted(rest, "\"\"\"")
        } else if c == '"' {
            quoted(rest, "\"")
        } else if c == '\'' {
            quoted(rest, "'")
        } else if is_word(c) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(&rest[..end]);
            end
        } else {
            if !c.is_whitespace() {
                tokens.push(&rest[..c.len_utf8()]);
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a literal that begins and ends with `quote`; a line's end ends the short kinds too.
fn quoted(text: &str, quote: &str) -> usize {
    let mut at = quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let mut chars = rest.chars();
        match chars.next() {
            Some('\\') => at += 1 + chars.next().map_or(0, char::len_utf8),
            Some('\n') if quote.len() == 1 => return at,
            Some(c) => at += c.len_utf8(),
            None => break,
        }
    }
    text.len()
}

#[derive(Default)]
struct Scan<'a> {
    source: Source,
    braces: usize,
    parens: usize,
    /// Words since the last `;`, `{` or `}`: modifiers, mostly.
    before: Vec<&'a str>,
}

impl<'a> Scan<'a> {
    fn run(mut self, tokens: &[&'a str]) -> Source {
        for (i, &token) in tokens.iter().enumerate() {
            let next = tokens.get(i + 1).copied().unwrap_or_default();
            match token {
                "{" => self.braces += 1,
                "}" => self.braces = self.braces.saturating_sub(1),
                "(" => self.parens += 1,
                ")" => self.parens = self.parens.saturating_sub(1),
                _ => {}
            }
            if matches!(token, "{" | "}" | ";") {
                // A `;` in a `for (…)` or a lambda's brace don't matter: they're deeper than what is looked at.
                self.before.clear();
                continue;
            }
            if self.parens == 0 || (self.parens == 1 && token == "(") {
                self.look(token, next, tokens, i);
            }
            self.before.push(token);
        }
        self.source
    }

    fn look(&mut self, token: &'a str, next: &'a str, tokens: &[&'a str], i: usize) {
        let previous = self.before.last().copied().unwrap_or_default();
        let named = next.starts_with(|c: char| is_word(c) && !c.is_numeric());
        match (self.braces, token) {
            (0, "package") if self.before.is_empty() || previous == ")" || self.before.contains(&"@") => {
                let name: String = tokens[i + 1..].iter().take_while(|t| **t != ";").copied().collect();
                if !name.is_empty() && name.split('.').all(|part| !part.is_empty() && part.chars().all(is_word)) {
                    self.source.package = Some(name);
                }
            }
            (0, "class" | "interface" | "enum") if named && previous != "." => self.declare(next),
            (0, "record") if named && matches!(tokens.get(i + 2), Some(&"(" | &"<")) => self.declare(next),
            (0, "main") if next == "(" && previous == "void" => self.source.loose_main = true,
            (1, "main") if next == "(" && previous == "void" => {
                let main = if self.before.contains(&"static") { Main::Static } else { Main::Instance };
                if let Some(last) = self.source.types.last_mut()
                    && last.main != Main::Static
                {
                    last.main = main;
                }
            }
            _ => {}
        }
    }

    fn declare(&mut self, name: &str) {
        let public = self.before.contains(&"public");
        self.source.types.push(Type { name: name.to_owned(), public, main: Main::None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> String {
        Source::read(text.as_bytes()).file_type().unwrap_or_default().to_owned()
    }

    fn mains(text: &str) -> Vec<String> {
        let source = Source::read(text.as_bytes());
        source.types.iter().filter(|t| t.main == Main::Static).map(|t| source.qualified(&t.name)).collect()
    }

    #[test]
    fn the_public_class_names_the_file() {
        assert_eq!(file("import java.util.*;\nclass A {} public final class Solution<T> extends A { }"), "Solution");
        assert_eq!(file("class A {} class B { public static void main(String[] a) {} }"), "B");
        assert_eq!(file("@Deprecated(since = \"1\") public strictfp abstract class X {}"), "X");
        assert_eq!(file("public record P(int x, int y) { public static void main(String... a) {} }"), "P");
        assert_eq!(file("public enum E { A, B; public static void main(String[] a) {} }"), "E");
        assert_eq!(file("public interface I { static void main(String[] a) {} }"), "I");
        assert_eq!(file("public sealed interface S permits Q {} record Q() implements S {}"), "S");
        assert_eq!(file("public class Größe {}"), "Größe");
        assert_eq!(file(""), "");
    }

    #[test]
    fn comments_and_strings_hide_nothing_and_show_nothing() {
        let text = r#"
            /* public class Wrong { */ // public class Wrong2 {
            class Main { String s = "public class { \" } class W {"; char q = '"', b = '{', e = '\'';
              String t = """
                public class "Text" { \""" }
                """;
              Class<?> k = Main.class; int record = 1;
              public static void main(final String[] args) { class Local { static void main(String[] a) {} } for (;;) {} } }
            class Other { /* static void main(String[] a) {} */ static class In { public static void main(String[] a) {} } }
        "#;
        assert_eq!(file(text), "Main");
        assert_eq!(mains(text), ["Main"]);
    }

    #[test]
    fn packages_qualify() {
        assert_eq!(mains("/** x */ package a . b.c; public class M { static public void main(String[] a){} }"), ["a.b.c.M"]);
        assert_eq!(Source::read(b"package ../x; class A{}").package, None);
    }

    #[test]
    fn newer_mains_are_seen() {
        assert!(Source::read(b"void main() { System.out.println(); }").loose_main);
        assert_eq!(Source::read(b"class A { void main() {} }").types[0].main, Main::Instance);
        assert!(!Source::read(b"class A { void main() {} }").loose_main);
    }

    #[test]
    fn any_bytes_are_survived() {
        for text in ["\"", "'", "/*", "\"\"\"", "'\\", "class", "class 1", "package", "}}}){", "\u{fffd}é\"\\é"] {
            Source::read(text.as_bytes());
        }
        Source::read(&[0xff, 0xfe, b'{', 0x80]);
    }
}
