//! Text that others wrote, made fit for where it goes: cut, escaped, quoted; and bytes as digits.

use std::fmt::Write;

/// At most `max` characters; what is longer ends with `…`.
pub fn cut(text: &str, max: usize) -> String {
    if text.chars().nth(max).is_none() {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// At most `max` bytes of whole characters; what is longer ends with `…`.
pub fn cut_bytes(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max.saturating_sub('…'.len_utf8()));
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// One line of at most `max` characters: blanks, ends of lines and control characters become one blank each run, and
/// marks that cannot be seen are gone.
pub fn one_line(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    for word in text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()) {
        for c in (if count > 0 { " " } else { "" }).chars().chain(word.chars()) {
            if count == max {
                out.pop();
                out.push('…');
                return out;
            }
            if !is_invisible(c) {
                out.push(c);
                count += 1;
            }
        }
    }
    out
}

/// The text with every control character and invisible mark escaped, so that it stays on one line and says nothing to a
/// terminal: `a\nb`, `\u{1b}[2J`.
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if is_invisible(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

/// The text with `U+FFFD` for what moves a cursor or turns the direction: as many characters as before.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if moves(c) { '\u{fffd}' } else { c }).collect()
}

/// Whether a terminal shows the text around the character somewhere else: control characters and marks of direction.
pub fn moves(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Marks of direction, joiners and blanks without width: with them a line can read as another one.
fn is_invisible(c: char) -> bool {
    moves(c)
        || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2028}'..='\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{feff}')
}

/// A label's name as PromQL writes it: as it is, or in quotes when it is none of those that Prometheus 2 knows, such as
/// `http.route`.
pub fn label_name(name: &str) -> std::borrow::Cow<'_, str> {
    if is_plain_name(name, false) { name.into() } else { quoted(name).into() }
}

/// Whether a metric's name (which may have colons) or a label's stands in PromQL without quotes.
pub fn is_plain_name(name: &str, is_metric: bool) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || is_metric && c == ':';
    name.starts_with(starts) && name.chars().all(|c| starts(c) || c.is_ascii_digit())
}

/// A value in double quotes as PromQL, matchers and the exposition format write it, with `\\`, `\"` and `\n`.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// `&`, `<` and `>` as entities: for Slack, in which nothing else is special.
pub fn escape_angles(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// For HTML, between tags and in quoted attributes.
pub fn escape_html(text: &str) -> String {
    escape_angles(text).replace('"', "&quot;").replace('\'', "&#39;")
}

/// `1 file`, `2 files`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Bytes in lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The bytes of hexadecimal digits; `None` for other text.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!([cut("äbc", 3), cut("äbcd", 3)], ["äbc", "äb…"]);
        assert_eq!(cut_bytes("short", 10), "short");
        for text in ["x".repeat(2000), "ü".repeat(2000), "🦀".repeat(2000)] {
            let cut = cut_bytes(&text, 1024);
            assert!(cut.ends_with('…') && cut.len() <= 1024 && cut.len() > 1024 - 8, "{}", cut.len());
        }
    }

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(one_line(" a\r\n\tb\u{202e}c ", 10), "a bc");
        assert_eq!(one_line("abc def", 5), "abc …");
        assert_eq!(escaped("a\r\nb\u{1b}[2J\u{202e}"), "a\\r\\nb\\u{1b}[2J\\u{202e}");
        assert_eq!(printable("a\u{1b}[2J\u{202e}é"), "a\u{fffd}[2J\u{fffd}é");
    }

    #[test]
    fn quotes_and_entities() {
        assert_eq!(quoted("a\"\\\nb"), "\"a\\\"\\\\\\nb\"");
        assert_eq!(escape_html("<a href='x'>\"&\""), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;");
        assert_eq!([counted(1, "file"), counted(2, "file")], ["1 file", "2 files"]);
    }

    #[test]
    fn digits_are_read_as_they_are_written() {
        assert_eq!(hex(&[0, 0xab]), "00ab");
        assert_eq!(unhex("00ab"), Some(vec![0, 0xab]));
        assert_eq!((unhex("0"), unhex("zz"), unhex("+1"), unhex("é")), (None, None, None, None));
    }
}
