//! One matcher as Alertmanager's API and tools have always read them, with errors in Alertmanager's words.

use super::{Matcher, MatcherSpec, unescape};

/// Reads `name="value"`, `name=value`, with `=`, `!=`, `=~` or `!~`; errors are in Alertmanager's words.
pub fn parse_classic(text: &str) -> Result<Matcher, String> {
    let bad = || format!("bad matcher format: {text}");
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .filter(|end| *end > 0 && !trimmed.starts_with(|c: char| c.is_ascii_digit()))
        .ok_or_else(bad)?;
    let (name, rest) = trimmed.split_at(end);
    let rest = rest.trim_start();
    let operators = [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)];
    let (value, is_regex, is_equal) = operators
        .iter()
        .find_map(|(op, regex, equal)| Some((rest.strip_prefix(op)?, *regex, *equal)))
        .ok_or_else(bad)?;
    let value = unquoted(value.trim())?;
    MatcherSpec { is_equal, is_regex, name: name.to_owned(), value }
        .compile()
        .map_err(|error| error.to_string())
}

/// A value with or without quotes, its escapes resolved.
fn unquoted(value: &str) -> Result<String, String> {
    let unescaped = || format!("matcher value contains unescaped double quote: {value}");
    let (inside, quoted) = match value.strip_prefix('"') {
        Some(rest) => (rest, true),
        None => (value, false),
    };
    let (mut out, mut chars, mut closed) =
        (String::with_capacity(inside.len()), inside.chars().peekable(), false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped) => unescape(escaped, &mut out),
                None => out.push('\\'),
            },
            '"' if quoted && chars.peek().is_none() => closed = true,
            '"' => return Err(unescaped()),
            c => out.push(c),
        }
    }
    if quoted && !closed { Err(unescaped()) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::super::filter_matches;
    use super::*;
    use slo_core::labels::Labels;

    #[test]
    fn text_is_read_as_alertmanager_reads_it() {
        let parse = |text: &str| parse_classic(text).map(|matcher| matcher.spec().clone());
        let spec = |name: &str, value: &str, is_regex, is_equal| MatcherSpec {
            is_equal,
            is_regex,
            name: name.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(parse("a=b"), Ok(spec("a", "b", false, true)));
        assert_eq!(parse(" a != \"b c\" "), Ok(spec("a", "b c", false, false)));
        assert_eq!(parse(r#"a=~"x\"|\\d""#), Ok(spec("a", "x\"|\\d", true, true)));
        assert_eq!(parse("a!~.*"), Ok(spec("a", ".*", true, false)));
        assert_eq!(parse("a="), Ok(spec("a", "", false, true)));
        let odd = spec("a", "x\n\"\\d", true, false);
        assert_eq!(parse(&odd.to_string()), Ok(odd));
        for bad in ["foo", "", "=x", "1a=x", "a-b=x"] {
            assert_eq!(parse(bad), Err(format!("bad matcher format: {bad}")));
        }
        for bad in ["a=\"x", "a=x\"", "a=\"x\"y\""] {
            assert!(parse(bad).unwrap_err().contains("unescaped double quote"), "{bad}");
        }
        assert!(parse("a=~[").unwrap_err().starts_with("error parsing regexp: "));
    }

    #[test]
    fn expressions_are_for_the_whole_value() {
        let labels: Labels = [("a", "xyz")].into_iter().collect();
        assert!(!parse_classic("a=~y").unwrap().matches(&labels));
        assert!(parse_classic("a=~x.*|q").unwrap().matches(&labels));
        assert!(parse_classic("b!=x").unwrap().matches(&labels));
        let there =
            |text: &str| filter_matches(&[parse_classic(text).unwrap()], |name| labels.packed().find(name));
        assert!(there("a!=\"\"") && there("b=\"\"") && !there("a=\"\"") && !there("b!=\"\""));
    }
}
