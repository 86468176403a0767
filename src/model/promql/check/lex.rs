//! Splits a query into tokens with their places. What a character means depends on whether it stands in braces,
//! in brackets or outside, as in PromQL itself.

use super::at;
use crate::promql::QueryError;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::promql) enum Kind {
    /// A metric's, label's or function's name, or a keyword.
    Name,
    /// A number.
    Number,
    /// A number with units, e.g. `5m`.
    Duration,
    /// A quoted string, quotes included.
    Text,
    /// An operator or a bracket.
    Symbol,
    /// Text that is no token; the lexer's error says why.
    Broken,
    /// The end of the query.
    End,
}

/// A token and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::promql) struct Token<'a> {
    pub(in crate::promql) kind: Kind,
    pub(in crate::promql) text: &'a str,
    pub(in crate::promql) start: usize,
}

impl Token<'_> {
    /// The byte after it.
    pub(in crate::promql) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this operator or bracket.
    pub(in crate::promql) fn is(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// Whether it is this keyword, in any case.
    pub(in crate::promql) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Name && self.text.eq_ignore_ascii_case(word)
    }
}

/// The tokens up to the end, or up to the first text that is none, whose error comes with them.
pub(in crate::promql) fn tokens(text: &str) -> (Vec<Token<'_>>, Option<QueryError>) {
    let mut lexer = Lexer { text, position: 0, place: Place::Outside };
    let mut tokens = Vec::new();
    loop {
        match lexer.token() {
            Ok(token) => {
                tokens.push(token);
                if token.kind == Kind::End {
                    return (tokens, None);
                }
            }
            Err(error) => {
                let start = error.offset.unwrap_or(lexer.position);
                tokens.push(Token { kind: Kind::Broken, text: "", start });
                return (tokens, Some(error));
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Braces,
    Brackets,
}

struct Lexer<'a> {
    text: &'a str,
    position: usize,
    place: Place,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|character: char| character.is_ascii_whitespace());
            self.position += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') || self.place == Place::Brackets {
                return;
            }
            self.position += trimmed.find(['\n', '\r']).unwrap_or(trimmed.len());
        }
    }

    fn take(&mut self, kind: Kind, length: usize) -> Token<'a> {
        let start = self.position;
        let text = self.rest().get(..length).unwrap_or_default();
        self.position += length;
        Token { kind, text, start }
    }

    fn token(&mut self) -> Result<Token<'a>, QueryError> {
        self.skip_blank();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            // Blanks at the end are nothing to point at.
            return Ok(Token { kind: Kind::End, text: "", start: self.text.trim_end().len() });
        };
        match first {
            '"' | '\'' | '`' => self.string(first),
            '0'..='9' => self.number(),
            '.' if rest.chars().nth(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            'a'..='z' | 'A'..='Z' | '_' => Ok(self.name()),
            ':' if self.place == Place::Outside => Ok(self.name()),
            _ => self.symbol(first),
        }
    }

    fn name(&mut self) -> Token<'a> {
        let colons = self.place == Place::Outside;
        let rest = self.rest();
        let length = rest
            .find(|character: char| {
                !(character.is_ascii_alphanumeric() || character == '_' || colons && character == ':')
            })
            .unwrap_or(rest.len());
        self.take(Kind::Name, length)
    }

    fn symbol(&mut self, first: char) -> Result<Token<'a>, QueryError> {
        const SYMBOLS: [&str; 27] = [
            "</", ">/", "=~", "!~", "==", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "^", "@",
            ",", ":", "(", ")", "{", "}", "[", "]", "!",
        ];
        let rest = self.rest();
        let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
        match symbol {
            Some("{") => self.place = Place::Braces,
            Some("[") => self.place = Place::Brackets,
            Some("}" | "]") => self.place = Place::Outside,
            Some("!") => {
                return Err(at(self.position, "`!` stands alone; write `!=` or, between braces, `!~`"));
            }
            // `==` between braces is a slip for `=`, which the grammar reports with the label it belongs to.
            Some(_) => {}
            None => return Err(self.unknown(first)),
        }
        Ok(self.take(Kind::Symbol, symbol.map_or(0, str::len)))
    }

    fn unknown(&self, first: char) -> QueryError {
        let hint = match first {
            '$' => "write $window for the window's length; dashboards' variables are not known here",
            '“' | '”' | '„' | '‘' | '’' | '«' | '»' => "write straight quotes (\")",
            '–' | '—' | '−' => "write a plain minus (-)",
            '\u{a0}' | '\u{200b}' | '\u{feff}' => "it is an invisible character, often pasted; remove it",
            '&' => "write `and`",
            '|' => "write `or`",
            ';' => "one query stands alone, without a semicolon",
            _ => "remove it, or quote it if it belongs to a label's value",
        };
        let shown = first.escape_default();
        let shown =
            if first.is_control() || first.is_whitespace() { shown.to_string() } else { first.to_string() };
        at(self.position, format!("unexpected character `{shown}`; {hint}"))
    }

    fn string(&mut self, quote: char) -> Result<Token<'a>, QueryError> {
        let mut escaped = false;
        for (index, character) in self.rest().char_indices().skip(1) {
            if escaped {
                escaped = false;
                if quote == '`' {
                    if character == quote {
                        // `promql-parser` would read on, and take for a query what we take for a string.
                        return Err(at(
                            self.position + index - 1,
                            "a string in backticks cannot end with a backslash; write it in double quotes, with `\\\\`",
                        ));
                    }
                } else if character != quote && !"abfnrtv\\01234567xuU".contains(character) {
                    return Err(at(
                        self.position + index - 1,
                        format!("`\\{character}` is not a valid escape sequence; write `\\\\{character}`"),
                    ));
                }
            } else if character == quote {
                return Ok(self.take(Kind::Text, index + 1));
            } else if character == '\\' {
                escaped = true;
            } else if character == '\n' && quote != '`' {
                break;
            }
        }
        Err(at(self.position, format!("the string that starts here is never closed; add `{quote}`")))
    }

    fn number(&mut self) -> Result<Token<'a>, QueryError> {
        let rest = self.rest();
        let length = number_length(rest);
        let after = rest.get(length..).and_then(|rest| rest.chars().next());
        if !after.is_some_and(|next| next.is_ascii_alphabetic() || next == '_' || next == '.') {
            return Ok(self.take(Kind::Number, length));
        }
        if let Some(length) = duration_length(rest) {
            return Ok(self.take(Kind::Duration, length));
        }
        let end = rest
            .find(|character: char| !(character.is_ascii_alphanumeric() || "_.".contains(character)))
            .unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default();
        Err(at(
            self.position,
            format!(
                "`{text}` is neither a number nor a duration; durations are whole numbers with ms, s, m, h, d, w or y, e.g. 1h30m"
            ),
        ))
    }
}

/// The length of the longest number at the start of `text`, as `promql-parser` scans it.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let byte = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let hexadecimal = byte(0) == b'0' && matches!(byte(1), b'x' | b'X');
    let digit = |byte: u8| if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    let mut length = if hexadecimal { 2 } else { 0 };
    while digit(byte(length)) {
        length += 1;
    }
    if byte(length) == b'.' {
        length += 1;
        while digit(byte(length)) {
            length += 1;
        }
    }
    if matches!(byte(length), b'e' | b'E') {
        length += 1;
        if matches!(byte(length), b'+' | b'-') {
            length += 1;
        }
        while byte(length).is_ascii_digit() {
            length += 1;
        }
    }
    length
}

/// The length of a duration at the start of `text`, if there is one and no other letter follows it.
fn duration_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let byte = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let mut length = 0;
    while byte(length).is_ascii_digit() {
        while byte(length).is_ascii_digit() {
            length += 1;
        }
        if !b"smhdwy".contains(&byte(length)) {
            return None;
        }
        length += 1;
        if byte(length) == b's' {
            length += 1;
        }
    }
    let next = byte(length);
    (length > 0 && !(next.is_ascii_alphanumeric() || next == b'_')).then_some(length)
}
