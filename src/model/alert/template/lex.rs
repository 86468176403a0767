//! Templates into text and the tokens of their actions.

use super::TemplateError;

/// A token of an action. Chains of fields belong to what they follow without a blank.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A function, a keyword, `true`, `false` or `nil`.
    Word(String),
    /// `$name`; `$` itself has an empty name.
    Variable(String),
    /// `.`
    Dot,
    /// `.name`
    Field(String),
    /// `"…"`, `` `…` `` and their text.
    Text(String),
    Float(f64),
    Int(i64),
    Pipe,
    Open,
    Close,
    Comma,
    /// `:=`
    Declare,
    /// `=`
    Assign,
}

/// A token and where it is; `joined` when there is no blank before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexed {
    pub(super) token: Token,
    pub(super) at: usize,
    pub(super) joined: bool,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    Action(Vec<Lexed>, usize),
}

/// Takes a template apart.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut at = 0;
    let mut trim_next = false;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let start = rest.find("{{");
        let plain = rest.get(..start.unwrap_or(rest.len())).unwrap_or_default();
        let mut shown = if trim_next { plain.trim_start() } else { plain };
        let Some(start) = start else {
            parts.push(Part::Text(shown.to_owned()));
            break;
        };
        let mut inside = at + start + 2;
        let dashed = text.get(inside..).is_some_and(|rest| {
            rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_whitespace))
        });
        if dashed {
            shown = shown.trim_end();
            inside += 1;
        }
        parts.push(Part::Text(shown.to_owned()));
        let action = text.get(inside..).unwrap_or_default();
        if let Some(comment) = action.trim_start().strip_prefix("/*") {
            let unclosed = || TemplateError::new(at + start, "the comment is not closed with `*/}}`");
            let end = comment.find("*/").ok_or_else(unclosed)?;
            let close = comment.get(end + 2..).unwrap_or_default().trim_start();
            let (trims, close) = close.strip_prefix('-').map_or((false, close), |rest| (true, rest));
            let after = close.strip_prefix("}}").ok_or_else(unclosed)?;
            trim_next = trims;
            at = text.len() - after.len();
            continue;
        }
        let (tokens, end, trims) = action_tokens(text, inside, at + start)?;
        parts.push(Part::Action(tokens, at + start));
        trim_next = trims;
        at = end;
    }
    Ok(parts)
}

/// The tokens from `from` up to `}}`; where the text goes on, and whether its leading blanks go.
fn action_tokens(text: &str, from: usize, opened: usize) -> Result<(Vec<Lexed>, usize, bool), TemplateError> {
    let mut tokens = Vec::new();
    let mut at = from;
    let mut joined = false;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else {
            return Err(TemplateError::new(opened, "`{{` is not closed with `}}`"));
        };
        if rest.starts_with("}}") {
            return Ok((tokens, at + 2, false));
        }
        if first.is_whitespace() {
            let blanks = rest.len() - rest.trim_start().len();
            if rest.trim_start().starts_with("-}}") {
                return Ok((tokens, at + blanks + 3, true));
            }
            at += blanks;
            joined = false;
            continue;
        }
        let (token, length) = token(rest, at)?;
        tokens.push(Lexed { token, at, joined });
        at += length;
        joined = true;
    }
}

fn token(rest: &str, at: usize) -> Result<(Token, usize), TemplateError> {
    let simple = [("|", Token::Pipe), ("(", Token::Open), (")", Token::Close), (",", Token::Comma)];
    for (sign, token) in simple {
        if rest.starts_with(sign) {
            return Ok((token, 1));
        }
    }
    if rest.starts_with(":=") {
        return Ok((Token::Declare, 2));
    }
    if rest.starts_with('=') {
        return Ok((Token::Assign, 1));
    }
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let name = |from: usize, end: usize| rest.get(from..from + end).unwrap_or_default().to_owned();
    let after = rest.get(1..).unwrap_or_default();
    match rest.chars().next() {
        Some('$') => {
            let length = word(after);
            Ok((Token::Variable(name(1, length)), 1 + length))
        }
        Some('.') if after.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            let length = word(after);
            Ok((Token::Field(name(1, length)), 1 + length))
        }
        Some('.') if !after.starts_with(|c: char| c.is_ascii_digit()) => Ok((Token::Dot, 1)),
        Some('"') => quoted(rest, at),
        Some('`') => {
            let end = after.find('`').ok_or_else(|| TemplateError::new(at, "the text is not closed"))?;
            Ok((Token::Text(name(1, end)), end + 2))
        }
        Some(first) if first.is_alphabetic() || first == '_' => {
            let length = word(rest);
            Ok((Token::Word(name(0, length)), length))
        }
        Some(first) if first.is_ascii_digit() || matches!(first, '.' | '-' | '+') => number(rest, at),
        Some(first) => Err(TemplateError::new(at, format!("`{first}` means nothing here"))),
        None => Err(TemplateError::new(at, "the action ends too early")),
    }
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), TemplateError> {
    let mut length = 0;
    let mut before = ' ';
    for c in rest.chars() {
        let sign = matches!(c, '+' | '-') && (length == 0 || matches!(before, 'e' | 'E'));
        if !(sign || c.is_ascii_alphanumeric() || c == '.' || c == '_') {
            break;
        }
        before = c;
        length += c.len_utf8();
    }
    let written = rest.get(..length).unwrap_or_default();
    let digits = written.replace('_', "");
    if let Ok(int) = digits.parse() {
        return Ok((Token::Int(int), length));
    }
    match digits.parse::<f64>() {
        Ok(float) if float.is_finite() => Ok((Token::Float(float), length)),
        _ => Err(TemplateError::new(at, format!("`{written}` is not a number"))),
    }
}

fn quoted(rest: &str, at: usize) -> Result<(Token, usize), TemplateError> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return Ok((Token::Text(text), place + 1)),
            '\n' => break,
            '\\' => match chars.next().map(|(_, escaped)| escaped) {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(same @ ('"' | '\\')) => text.push(same),
                Some(other) => {
                    return Err(TemplateError::new(
                        at + place,
                        format!(
                            "`\\{other}` is not an escape here; write \\n, \\t, \\r, \\\" or \\\\, or use backquotes"
                        ),
                    ));
                }
                None => break,
            },
            other => text.push(other),
        }
    }
    Err(TemplateError::new(at, "the text is not closed"))
}
