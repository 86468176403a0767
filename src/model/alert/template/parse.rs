//! Tokens into a tree.

use super::TemplateError;
use super::functions;
use super::lex::{Lexed, Part, Token, parts};

/// Deepest nesting of blocks and of parentheses.
const DEEPEST: usize = 32;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Text(String),
    /// `{{ pipeline }}`
    Show(Pipeline),
    /// `{{ $x := pipeline }}` and `{{ $x = pipeline }}`
    Set {
        name: String,
        declares: bool,
        pipeline: Pipeline,
    },
    /// `{{ if }} … {{ else if }} … {{ else }} … {{ end }}`
    If {
        test: Pipeline,
        declares: Option<String>,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
    /// `{{ with }} … {{ else }} … {{ end }}`
    With {
        test: Pipeline,
        declares: Option<String>,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
    /// `{{ range }} … {{ else }} … {{ end }}`
    Range {
        over: Pipeline,
        names: Vec<String>,
        each: Vec<Node>,
        otherwise: Vec<Node>,
    },
}

/// `a | b | c`
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipeline {
    pub(super) commands: Vec<Command>,
    pub(super) at: usize,
}

/// One command of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
    Call { name: String, arguments: Vec<Operand>, at: usize },
    Value(Operand),
}

/// A value, and the fields that are taken of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operand {
    pub(super) base: Base,
    pub(super) fields: Vec<String>,
    pub(super) at: usize,
}

/// What an operand starts from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Base {
    Dot,
    Variable(String),
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Nil,
    Group(Box<Pipeline>),
}

/// How a block ended.
enum Ended {
    WithText,
    ByEnd(usize),
    ByElse(Vec<Lexed>, usize),
}

pub(super) fn parse(text: &str) -> Result<Vec<Node>, TemplateError> {
    let mut parts = parts(text)?.into_iter();
    let mut names = vec!["labels", "externalLabels", "externalURL", "value", ""]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let (nodes, end) = block(&mut parts, &mut names, 0)?;
    match end {
        Ended::WithText => Ok(nodes),
        Ended::ByEnd(at) => Err(TemplateError::new(at, "`{{end}}` ends nothing")),
        Ended::ByElse(_, at) => Err(TemplateError::new(at, "`{{else}}` belongs to nothing")),
    }
}

type Parts = std::vec::IntoIter<Part>;

fn block(
    parts: &mut Parts,
    names: &mut Vec<String>,
    depth: usize,
) -> Result<(Vec<Node>, Ended), TemplateError> {
    let known = names.len();
    let mut nodes = Vec::new();
    while let Some(part) = parts.next() {
        let (tokens, at) = match part {
            Part::Text(text) => {
                if !text.is_empty() {
                    nodes.push(Node::Text(text));
                }
                continue;
            }
            Part::Action(tokens, at) => (tokens, at),
        };
        let word = match tokens.first().map(|lexed| &lexed.token) {
            Some(Token::Word(word)) => word.clone(),
            _ => String::new(),
        };
        let rest = || tokens.get(1..).unwrap_or_default().to_vec();
        match word.as_str() {
            "end" => {
                names.truncate(known);
                return Ok((nodes, Ended::ByEnd(at)));
            }
            "else" => {
                names.truncate(known);
                return Ok((nodes, Ended::ByElse(rest(), at)));
            }
            "if" | "with" | "range" => nodes.push(control(&word, rest(), at, parts, names, depth)?),
            "define" | "template" | "block" | "break" | "continue" => {
                return Err(TemplateError::new(at, format!("`{word}` is not supported here")));
            }
            _ => nodes.push(action(tokens, at, names)?),
        }
    }
    names.truncate(known);
    Ok((nodes, Ended::WithText))
}

fn control(
    word: &str,
    tokens: Vec<Lexed>,
    at: usize,
    parts: &mut Parts,
    names: &mut Vec<String>,
    depth: usize,
) -> Result<Node, TemplateError> {
    if depth >= DEEPEST {
        return Err(TemplateError::new(at, format!("blocks are nested more than {DEEPEST} deep")));
    }
    let known = names.len();
    let mut cursor = Cursor { tokens, place: 0, end: at };
    let declared = cursor.declared();
    if declared.len() > 1 && word != "range" {
        return Err(TemplateError::new(at, format!("`{word}` declares one variable at most")));
    }
    let test = cursor.whole(names)?;
    names.extend(declared.iter().cloned());
    let (then, end) = block(parts, names, depth + 1)?;
    let unclosed = || TemplateError::new(at, format!("`{word}` is not closed with `{{{{end}}}}`"));
    let otherwise = match end {
        Ended::ByEnd(_) => Vec::new(),
        Ended::WithText => return Err(unclosed()),
        Ended::ByElse(tokens, at) => match tokens.first().map(|lexed| &lexed.token) {
            None => match block(parts, names, depth + 1)? {
                (nodes, Ended::ByEnd(_)) => nodes,
                (_, Ended::ByElse(_, at)) => return Err(TemplateError::new(at, "a second `{{else}}`")),
                (_, Ended::WithText) => return Err(unclosed()),
            },
            Some(Token::Word(next)) if next == word && word != "range" => {
                let rest = tokens.get(1..).unwrap_or_default().to_vec();
                vec![control(word, rest, at, parts, names, depth + 1)?]
            }
            Some(_) => return Err(TemplateError::new(at, format!("write `else` or `else {word}`"))),
        },
    };
    names.truncate(known);
    let declares = declared.first().cloned();
    Ok(match word {
        "if" => Node::If { test, declares, then, otherwise },
        "with" => Node::With { test, declares, then, otherwise },
        _ => Node::Range { over: test, names: declared, each: then, otherwise },
    })
}

fn action(tokens: Vec<Lexed>, at: usize, names: &mut Vec<String>) -> Result<Node, TemplateError> {
    let mut cursor = Cursor { tokens, place: 0, end: at };
    if let (Some(Token::Variable(name)), Some(sign @ (Token::Declare | Token::Assign))) =
        (cursor.peek(0).cloned(), cursor.peek(1).cloned())
    {
        cursor.place = 2;
        let declares = sign == Token::Declare;
        if !declares && !names.contains(&name) {
            return Err(TemplateError::new(at, format!("`${name}` is not declared; write `:=`")));
        }
        let pipeline = cursor.whole(names)?;
        if declares {
            names.push(name.clone());
        }
        return Ok(Node::Set { name, declares, pipeline });
    }
    Ok(Node::Show(cursor.whole(names)?))
}

struct Cursor {
    tokens: Vec<Lexed>,
    place: usize,
    end: usize,
}

impl Cursor {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.place + ahead).map(|lexed| &lexed.token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.place).map_or(self.end, |lexed| lexed.at)
    }

    /// `$a :=` or `$a, $b :=` at the beginning.
    fn declared(&mut self) -> Vec<String> {
        let one = match (self.peek(0), self.peek(1)) {
            (Some(Token::Variable(name)), Some(Token::Declare)) => Some((vec![name.clone()], 2)),
            _ => None,
        };
        let two = match (self.peek(0), self.peek(1), self.peek(2), self.peek(3)) {
            (
                Some(Token::Variable(a)),
                Some(Token::Comma),
                Some(Token::Variable(b)),
                Some(Token::Declare),
            ) => Some((vec![a.clone(), b.clone()], 4)),
            _ => None,
        };
        let Some((names, length)) = one.or(two) else { return Vec::new() };
        self.place += length;
        names
    }

    /// A pipeline up to the end of the action.
    fn whole(&mut self, names: &[String]) -> Result<Pipeline, TemplateError> {
        let pipeline = self.pipeline(names, 0)?;
        match self.peek(0) {
            None => Ok(pipeline),
            Some(_) => Err(TemplateError::new(self.at(), "this does not belong here")),
        }
    }

    fn pipeline(&mut self, names: &[String], depth: usize) -> Result<Pipeline, TemplateError> {
        let at = self.at();
        if depth > DEEPEST {
            return Err(TemplateError::new(at, format!("parentheses are nested more than {DEEPEST} deep")));
        }
        let mut commands = vec![self.command(names, depth, false)?];
        while self.peek(0) == Some(&Token::Pipe) {
            self.place += 1;
            commands.push(self.command(names, depth, true)?);
        }
        Ok(Pipeline { commands, at })
    }

    fn command(&mut self, names: &[String], depth: usize, piped: bool) -> Result<Command, TemplateError> {
        let at = self.at();
        if let Some(Token::Word(name)) = self.peek(0).cloned()
            && !matches!(name.as_str(), "true" | "false" | "nil")
        {
            functions::known(&name).map_err(|message| TemplateError::new(at, message))?;
            self.place += 1;
            let mut arguments = Vec::new();
            while !matches!(self.peek(0), None | Some(Token::Pipe | Token::Close)) {
                arguments.push(self.operand(names, depth)?);
            }
            let given = arguments.len() + usize::from(piped);
            functions::check_count(&name, given).map_err(|message| TemplateError::new(at, message))?;
            return Ok(Command::Call { name, arguments, at });
        }
        let value = self.operand(names, depth)?;
        if piped {
            return Err(TemplateError::new(at, "only a function can stand after `|`"));
        }
        match self.peek(0) {
            None | Some(Token::Pipe | Token::Close) => Ok(Command::Value(value)),
            Some(_) => Err(TemplateError::new(self.at(), "a value takes no arguments")),
        }
    }

    fn operand(&mut self, names: &[String], depth: usize) -> Result<Operand, TemplateError> {
        let at = self.at();
        let Some(token) = self.peek(0).cloned() else {
            return Err(TemplateError::new(at, "a value is missing"));
        };
        self.place += 1;
        let mut fields = Vec::new();
        let base = match token {
            Token::Dot => Base::Dot,
            Token::Field(name) => {
                fields.push(name);
                Base::Dot
            }
            Token::Variable(name) if names.contains(&name) => Base::Variable(name),
            Token::Variable(name) => {
                return Err(TemplateError::new(at, format!("there is no variable `${name}`")));
            }
            Token::Text(text) => Base::Text(text),
            Token::Int(int) => Base::Int(int),
            Token::Float(float) => Base::Float(float),
            Token::Word(word) if word == "true" || word == "false" => Base::Bool(word == "true"),
            Token::Word(word) if word == "nil" => Base::Nil,
            // A function without arguments may be an argument.
            Token::Word(name) => {
                functions::known(&name).map_err(|message| TemplateError::new(at, message))?;
                functions::check_count(&name, 0).map_err(|message| TemplateError::new(at, message))?;
                let commands = vec![Command::Call { name, arguments: Vec::new(), at }];
                Base::Group(Box::new(Pipeline { commands, at }))
            }
            Token::Open => {
                let inner = self.pipeline(names, depth + 1)?;
                if self.peek(0) != Some(&Token::Close) {
                    return Err(TemplateError::new(at, "`(` is not closed"));
                }
                self.place += 1;
                Base::Group(Box::new(inner))
            }
            Token::Pipe | Token::Close | Token::Comma | Token::Declare | Token::Assign => {
                return Err(TemplateError::new(at, "a value is missing"));
            }
        };
        while let Some(Lexed { token: Token::Field(name), joined: true, .. }) = self.tokens.get(self.place) {
            fields.push(name.clone());
            self.place += 1;
        }
        Ok(Operand { base, fields, at })
    }
}
