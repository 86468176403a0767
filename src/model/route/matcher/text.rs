//! Matchers as Alertmanager writes them since 0.27: `name="value"`, `!=`, `=~`, `!~`; names and values bare or quoted, in any
//! script; several in one text. What is wrong has its place.

use std::str::FromStr;

use super::{Matcher, Op, unescape};

/// Most matchers in one text, and the longest text.
const MOST: usize = 100;
const LONGEST: usize = 8192;

/// Why a text is not a matcher.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MatcherError {
    /// The byte of the text at which it goes wrong.
    pub offset: usize,
    /// What is wrong there, and what would be right.
    pub message: String,
}

impl MatcherError {
    fn at(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into() }
    }
}

impl FromStr for Matcher {
    type Err = MatcherError;

    /// Exactly one matcher.
    fn from_str(text: &str) -> Result<Self, MatcherError> {
        let mut matchers = parse(text)?;
        match (matchers.pop(), matchers.is_empty()) {
            (Some(matcher), true) => Ok(matcher),
            _ => Err(MatcherError::at(0, "one matcher is wanted here; write the others on their own")),
        }
    }
}

/// Reads one or several matchers: `a="b", c=~"d|e"`, in braces or without.
pub fn parse(text: &str) -> Result<Vec<Matcher>, MatcherError> {
    if text.len() > LONGEST {
        return Err(MatcherError::at(0, format!("longer than {LONGEST} bytes")));
    }
    let mut reader = Reader { text, at: 0 };
    reader.blanks();
    let braces = reader.take("{");
    let mut matchers = Vec::new();
    loop {
        reader.blanks();
        if reader.rest().is_empty() || reader.rest().starts_with('}') {
            break;
        }
        if matchers.len() == MOST {
            return Err(MatcherError::at(reader.at, format!("more than {MOST} matchers")));
        }
        matchers.push(reader.matcher()?);
        reader.blanks();
        if !reader.take(",") {
            break;
        }
    }
    if braces && !reader.take("}") {
        return Err(MatcherError::at(reader.at, "`}` is missing"));
    }
    reader.blanks();
    if !reader.rest().is_empty() {
        let help = if reader.rest().starts_with('}') {
            "`}` without `{`"
        } else {
            "a comma or the end is wanted here; quote a value that holds blanks or any of { } = ! ~ , \" '"
        };
        return Err(MatcherError::at(reader.at, help));
    }
    if matchers.is_empty() {
        return Err(MatcherError::at(0, "no matcher; write e.g. `severity=\"critical\"`"));
    }
    Ok(matchers)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn matcher(&mut self) -> Result<Matcher, MatcherError> {
        let start = self.at;
        let name = self.word()?;
        if name.is_empty() {
            return Err(MatcherError::at(start, "a label name is wanted here"));
        }
        self.blanks();
        let operators = [("=~", Op::Regex), ("!~", Op::NotRegex), ("!=", Op::NotEqual), ("=", Op::Equal)];
        let Some((_, op)) = operators.into_iter().find(|(token, _)| self.take(token)) else {
            return Err(MatcherError::at(self.at, "one of `=`, `!=`, `=~`, `!~` is wanted here"));
        };
        if self.rest().starts_with(['=', '~', '!']) {
            return Err(MatcherError::at(self.at, "the operator goes on; write `=`, `!=`, `=~` or `!~`"));
        }
        self.blanks();
        let value_at = self.at;
        let value = self.word()?;
        Matcher::new(name, op, value)
            .map_err(|error| MatcherError::at(value_at, format!("the expression is wrong: {}", error.0)))
    }

    /// A quoted or bare word; a bare one may be empty.
    fn word(&mut self) -> Result<String, MatcherError> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let end = |c: char| c.is_whitespace() || "{}=!~,\"'`".contains(c);
        let rest = self.rest();
        let word = rest.split(end).next().unwrap_or(rest);
        self.at += word.len();
        if self.rest().starts_with(['"', '\'', '`']) {
            return Err(MatcherError::at(self.at, "only `\"` quotes, and only a whole value"));
        }
        Ok(word.to_owned())
    }

    fn quoted(&mut self) -> Result<String, MatcherError> {
        let start = self.at;
        let mut word = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += at + 1;
                    return Ok(word);
                }
                '\\' => match characters.next() {
                    Some((_, escaped)) => unescape(escaped, &mut word),
                    None => break,
                },
                other => word.push(other),
            }
        }
        Err(MatcherError::at(start, "this quote is not closed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::labels::Labels;

    fn check(text: &str, want: &[&str]) {
        let read: Vec<String> = parse(text).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(read, want, "{text}");
        let again: Vec<String> = parse(&read.join(",")).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(again, want, "what is printed can be read again");
    }

    #[test]
    fn every_way_to_write_them() {
        check(r#"alertname="x""#, &[r#"alertname="x""#]);
        check(r#"severity=~"a|b""#, &[r#"severity=~"a|b""#]);
        check("a = b", &[r#"a="b""#]);
        check("a=", &[r#"a="""#]);
        check(r#"{ a!=b , "größe ø"=~"\d+", }"#, &[r#"a!="b""#, r#""größe ø"=~"\\d+""#]);
        check(r#"город=Köln,b!~"x\n\"y""#, &[r#""город"="Köln""#, r#"b!~"x\n\"y""#]);
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let place = |text: &str| parse(text).unwrap_err().offset;
        assert_eq!(place("severity"), 8);
        assert_eq!(place("a==b"), 2);
        assert_eq!(place("a=b c=d"), 4);
        assert_eq!(place(r#"a="b"#), 2);
        assert_eq!(place("{a=b"), 4);
        assert_eq!(place("a=b}"), 3);
        assert_eq!(place(r#"ab=~"(""#), 4);
        assert_eq!(place("=b"), 0);
        assert_eq!(place(""), 0);
        assert!(parse(r#"a=~"(""#).unwrap_err().message.contains("unclosed group"));
        assert!(parse(r#"a=~"\\w{1000}{1000}""#).is_err(), "an expression that grows is refused");
    }

    #[test]
    fn expressions_hold_for_the_whole_value_and_absence_is_empty() {
        let labels: Labels = [("a", "xy")].into_iter().collect();
        let holds = |text: &str| text.parse::<Matcher>().unwrap().matches(&labels);
        assert!(!holds(r#"a=~"x""#) && holds(r#"a=~"x.""#) && holds(r#"a=~"q|xy""#));
        assert!(holds(r#"b="""#) && holds(r#"b!~".+""#) && !holds(r#"b=~".+""#));
    }
}
