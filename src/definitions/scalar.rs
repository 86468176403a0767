//! Where in a file a byte of a scalar's text stands. YAML folds lines, strips indentation and resolves escapes between
//! the two, but it never drops, adds or reorders a visible character: the n-th visible one of the text is the n-th of
//! the source.

use super::node::{Style, Text};
use super::source::{SourceFile, Span};

/// The stretch of the file that holds the byte `offset` of the scalar's text: a whole word if it starts one.
pub(super) fn inside(text: &Text, offset: usize, file: &SourceFile) -> Span {
    let before = text.value.get(..offset.min(text.value.len())).unwrap_or(&text.value);
    let visible = before.chars().filter(|character| !character.is_whitespace()).count();
    let at = text.value.get(before.len()..).unwrap_or_default();
    let source = file.text.get(text.span.start..text.span.end).unwrap_or_default();
    let pieces = pieces(source, text.style);
    if at.starts_with(|first: char| !first.is_whitespace()) {
        let start = pieces.get(visible).map_or(source.len(), |piece| piece.0);
        let length = word(at);
        let last = visible + at.get(..length).unwrap_or_default().chars().count();
        let end = pieces.get(last.saturating_sub(1)).map_or(start + 1, |piece| piece.1);
        return Span::new(text.span.file, text.span.start + start, text.span.start + end);
    }
    // A blank or the end: just after the last visible character, as many bytes further as there are blanks between.
    let after = visible.checked_sub(1).and_then(|last| pieces.get(last)).map_or(0, |piece| piece.1);
    let blanks = before.len() - before.trim_end().len();
    let rest = source.get(after..).unwrap_or_default();
    let line = rest.find('\n').unwrap_or(rest.len()).min(blanks);
    let start = text.span.start + after + if rest.is_char_boundary(line) { line } else { 0 };
    Span::new(text.span.file, start, start)
}

/// How long the word at the start of `text` is, in bytes; at least its first character.
fn word(text: &str) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let is_word = |character: char| character.is_alphanumeric() || character == '_' || character == ':';
    if text.starts_with(is_word) {
        text.find(|character| !is_word(character)).unwrap_or(text.len())
    } else {
        first
    }
}

/// The byte ranges of the scalar's source that each yield one visible character.
fn pieces(source: &str, style: Style) -> Vec<(usize, usize)> {
    let mut pieces = Vec::new();
    let mut rest = source.char_indices().peekable();
    // Quotes are not part of the text.
    let quote = match style {
        Style::SingleQuoted if source.starts_with('\'') => Some('\''),
        Style::DoubleQuoted if source.starts_with('"') => Some('"'),
        _ => None,
    };
    if quote.is_some() {
        rest.next();
    }
    while let Some((start, character)) = rest.next() {
        let mut end = start + character.len_utf8();
        if quote == Some('"') && character == '\\' {
            let Some((at, escaped)) = rest.next() else { break };
            let digits = match escaped {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            end = at + escaped.len_utf8();
            for _ in 0..digits {
                end = rest.next().map_or(end, |(at, digit)| at + digit.len_utf8());
            }
            // `\n` and its like are blanks in the text, and an escaped line break is nothing at all.
            if matches!(
                escaped,
                'n' | 't' | 'r' | 'v' | 'f' | ' ' | '\t' | '\n' | '\r' | 'N' | '_' | 'L' | 'P'
            ) {
                continue;
            }
        } else if quote == Some('\'') && character == '\'' {
            match rest.next_if(|(_, next)| *next == '\'') {
                Some((at, next)) => end = at + next.len_utf8(),
                None => break,
            }
        } else if quote == Some(character) {
            break;
        } else if character.is_whitespace() {
            continue;
        }
        pieces.push((start, end));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Findings;
    use crate::node::Value;
    use crate::source::Sources;

    /// The place of `needle` in the scalar `q` of `yaml` is line and column `want`.
    fn check(yaml: &str, needle: &str, want: (usize, usize)) {
        let mut sources = Sources::default();
        let index = sources.add("x".to_owned(), yaml.to_owned());
        let documents = crate::yaml::documents(index, yaml, &mut Findings::default());
        let Value::Scalar(text) = &documents[0].get("q").unwrap().value else { panic!() };
        let offset =
            if needle.is_empty() { text.value.trim_end().len() } else { text.value.find(needle).unwrap() };
        let file = sources.get(index).unwrap();
        let span = inside(text, offset, file);
        assert_eq!(file.position(span.start), want, "{yaml}");
        if needle.chars().all(char::is_alphanumeric) {
            assert!(file.text[span.start..span.end].starts_with(needle), "{yaml}");
        }
    }

    #[test]
    fn every_style_of_scalar() {
        check("q: sum(rat(x))\n", "rat", (1, 8));
        check("q: sum(x\n", "", (1, 9));
        check("q: 'sum(x{a=''b''}) rat'\n", "rat", (1, 21));
        check("q: \"sum(x{a=\\\"b\\\"}) rat\"\n", "rat", (1, 21));
        check("q: \"sum(\\x41\\u00e9\\n + rat)\"\n", "rat", (1, 24));
        check("q: |\n  sum(\n    rat(x)\n  )\n", "rat", (3, 5));
        check("q: |-\n    a\n    /\n    rat\n", "rat", (4, 5));
        check("q: |  # why\n  a / rat\n", "rat", (2, 7));
        check("q: >-\n  a\n  /\n  rat\n", "rat", (4, 3));
        check("q: a\n  / b\n  / rat\n", "rat", (3, 5));
        check("q: \"a \\\n  / rat\"\n", "rat", (2, 5));
        check("q: ünï + rat\n", "rat", (1, 10));
        check("x: &q\n  rat\nq: *q\n", "rat", (2, 3));
        check("q: |\n  a /\n\n", "", (2, 6));
        check("q: 'a / '\n", "", (1, 8));
    }
}
