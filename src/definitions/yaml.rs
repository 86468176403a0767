//! YAML text into located trees, one a document. Works on the parser's events rather than through serde, so that keys,
//! values, duplicate keys and the inside of scalars keep their places, and so that a broken document does not hide
//! what is wrong in the next.

use std::collections::{HashMap, HashSet};

use serde_yaml::granit_parser::{
    Event, Options, Parser, ScalarStyle, ScanError, Span as Marks, StrInput, Tag,
};

use super::findings::{Finding, Findings};
use super::node::{Node, Style, Text, Value, is_null};
use super::source::{Sources, Span};

/// Most nodes in one file: bounds memory, at some 100 bytes a node.
const MOST_NODES: usize = 200_000;
/// Most nodes that the anchors and aliases of one file may stand for. In earnest, one repeats a handful.
const MOST_COPIED: usize = 20_000;
/// Deepest nesting. `OpenSLO` needs ten levels.
const DEEPEST: usize = 48;

/// The documents of a file. What is broken is a finding, and the document is left out.
pub(super) fn documents(file: usize, text: &str, findings: &mut Findings) -> Vec<Node> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::new(file, text.len());
    let mut documents = Vec::new();
    while let Some(event) = parser.next() {
        let broken = match event {
            Ok((Event::DocumentEnd, _)) => {
                documents.extend(builder.root.take());
                builder.clear();
                continue;
            }
            Ok((event, marks)) => builder.event(event, marks, findings).err(),
            Err(error) => Some(syntax(&error, file, text)),
        };
        let Some(finding) = broken else { continue };
        findings.add(finding);
        builder.clear();
        if builder.nodes > MOST_NODES || !skip_document(&mut parser) {
            break;
        }
    }
    documents
}

/// The one document of a file that is `what` and starts with `start`, e.g. `rules:`.
pub(super) fn only_document(
    file: usize,
    sources: &Sources,
    what: &str,
    start: &str,
    findings: &mut Findings,
) -> Option<Node> {
    let mut documents = documents(file, &sources.get(file)?.text, findings);
    if documents.len() == 1 || findings.errors() > 0 {
        return documents.pop().filter(|_| findings.errors() == 0);
    }
    let span = documents.get(1).map_or(Span::new(file, 0, 0), |second| second.span);
    let problem = if documents.is_empty() { "is empty" } else { "has several documents" };
    findings.add(
        Finding::error("one-document", span, format!("{what} {problem}"))
            .help(format!("write one document that starts with `{start}`")),
    );
    None
}

/// Goes on with the next document after an error; false when there is none.
fn skip_document<'a>(parser: &mut Parser<'a, StrInput<'a>>) -> bool {
    parser.proceed_next_document().unwrap_or(false)
}

/// A collection whose end has not come yet.
enum Open {
    List { span: Span, anchor: usize, items: Vec<Node> },
    Map { span: Span, anchor: usize, entries: Vec<(Node, Node)>, key: Option<Node> },
}

struct Builder {
    file: usize,
    length: usize,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    copied: usize,
}

impl Builder {
    fn new(file: usize, length: usize) -> Self {
        Self { file, length, open: Vec::new(), root: None, anchors: HashMap::new(), nodes: 0, copied: 0 }
    }

    /// Forgets the document under way; anchors do not reach into the next.
    fn clear(&mut self) {
        self.open.clear();
        self.anchors.clear();
        self.root = None;
    }

    fn span(&self, marks: Marks) -> Span {
        let byte = |mark: serde_yaml::granit_parser::Marker| mark.byte_offset().unwrap_or(self.length);
        Span::new(self.file, byte(marks.start), byte(marks.end))
    }

    fn event(&mut self, event: Event<'_>, marks: Marks, findings: &mut Findings) -> Result<(), Finding> {
        let span = self.span(marks);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let node = scalar(value.into_owned(), style, tag.as_deref(), span)?;
                self.remember(anchor, &node)?;
                self.place(node)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), span)?;
                self.descend(Open::List { span, anchor, items: Vec::new() }, span)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), span)?;
                self.descend(Open::Map { span, anchor, entries: Vec::new(), key: None }, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.ascend(span, findings)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::UnresolvedAlias(name) => {
                return Err(Finding::error(
                    "yaml-alias",
                    span,
                    format!("there is no anchor `&{name}` before this"),
                )
                .help("anchors count within one document only; define it above, or write the value out"));
            }
            // Streams and documents have no content of their own, and comments and anchors are not asked for.
            _ => {}
        }
        Ok(())
    }

    fn descend(&mut self, open: Open, span: Span) -> Result<(), Finding> {
        if self.open.len() >= DEEPEST {
            return Err(Finding::error(
                "yaml-depth",
                span,
                format!("nested more than {DEEPEST} levels deep"),
            )
            .help("definitions need ten levels; check the indentation"));
        }
        self.open.push(open);
        Ok(())
    }

    fn ascend(&mut self, end: Span, findings: &mut Findings) -> Result<(), Finding> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let (node, anchor) = match open {
            Open::List { span, anchor, items } => {
                (Node { value: Value::List(items), span: Span { end: end.end, ..span } }, anchor)
            }
            Open::Map { span, anchor, entries, .. } => {
                let entries = merged(entries, findings);
                (Node { value: Value::Map(entries), span: Span { end: end.end, ..span } }, anchor)
            }
        };
        self.remember(anchor, &node)?;
        self.place(node)
    }

    fn remember(&mut self, anchor: usize, node: &Node) -> Result<(), Finding> {
        if anchor != 0 {
            self.count_copies(node.size(), node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Finding> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(Finding::error("yaml-alias", span, "this alias stands inside what it names")
                .help("write the value out"));
        };
        self.count_copies(node.size(), span)?;
        self.place(node)
    }

    fn count_copies(&mut self, nodes: usize, span: Span) -> Result<(), Finding> {
        self.copied = self.copied.saturating_add(nodes);
        if self.copied <= MOST_COPIED {
            return Ok(());
        }
        let message =
            format!("the anchors and aliases of this file stand for more than {MOST_COPIED} values");
        Err(Finding::error("yaml-bomb", span, message)
            .help("this looks like a YAML bomb; write the values out"))
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node) -> Result<(), Finding> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Finding::error(
                "too-large",
                node.span,
                format!("more than {MOST_NODES} values in one file"),
            )
            .help("split it into several files"));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                None => *key = Some(node),
                Some(name) => entries.push((name, node)),
            },
        }
        Ok(())
    }
}

fn scalar(value: String, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Node, Finding> {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    let as_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
    refuse_tag(tag, span)?;
    // `!!str 5` is the text "5": as if it were quoted.
    let style = if as_text && style == Style::Plain { Style::SingleQuoted } else { style };
    let value = if style == Style::Plain && is_null(&value) {
        Value::Null
    } else {
        Value::Scalar(Text { value, style, span })
    };
    Ok(Node { value, span })
}

/// Only YAML's own tags are understood.
fn refuse_tag(tag: Option<&Tag>, span: Span) -> Result<(), Finding> {
    match tag {
        Some(tag) if tag.is_custom() => {
            Err(Finding::error("yaml-tag", span, format!("the tag `{}` is not understood", tag.original()))
                .help("remove it; nothing is included or evaluated while definitions are read"))
        }
        _ => Ok(()),
    }
}

/// Puts the entries of merge keys (`<<: *base`) after the mapping's own, which win.
fn merged(entries: Vec<(Node, Node)>, findings: &mut Findings) -> Vec<(Node, Node)> {
    let is_merge = |key: &Node| matches!(&key.value, Value::Scalar(text) if text.value == "<<" && text.style == Style::Plain);
    if !entries.iter().any(|(key, _)| is_merge(key)) {
        return entries;
    }
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| is_merge(key));
    let mut names: HashSet<String> =
        own.iter().filter_map(|(key, _)| key.text().map(str::to_owned)).collect();
    for (key, value) in merges {
        let sources = match value.value {
            Value::List(items) => items,
            _ => vec![value],
        };
        for source in sources {
            let Value::Map(base) = source.value else {
                findings.add(
                    Finding::error("yaml-merge", key.span, "`<<` needs a mapping or a list of mappings")
                        .help("write `<<: *name` where `&name` marks a mapping"),
                );
                continue;
            };
            for (name, value) in base {
                if name.text().is_none_or(|text| names.insert(text.to_owned())) {
                    own.push((name, value));
                }
            }
        }
    }
    own
}

fn syntax(error: &ScanError, file: usize, text: &str) -> Finding {
    let start = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    // An error at the very end is shown after the last thing that is there.
    let start = if start >= text.len() { text.trim_end().len() } else { start };
    let message = error.info();
    let help = if message.contains("tab") {
        "indent with blanks; YAML does not allow tabs there"
    } else if message.contains("quote") {
        "check that every quote is closed, and that quotes inside are doubled ('') or escaped (\\\")"
    } else if message.contains("mapping values") || message.contains("simple key") || message.contains("':'")
    {
        "check the indentation; text that holds `: ` or ` #` must be quoted"
    } else if message.contains("bracket") || message.contains("flow") {
        "check that every bracket is closed; text that starts with `[`, `{`, `*`, `&`, `%`, `@` or a backtick must be quoted"
    } else {
        "check the indentation, and quote text that holds `: `, ` #`, or starts with one of [ { * & % @ ` ! | >"
    };
    Finding::error("yaml-syntax", Span::new(file, start, start), format!("not valid YAML: {message}"))
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn read(text: &str) -> (Vec<Node>, Vec<String>) {
        let mut sources = Sources::default();
        let file = sources.add("x".to_owned(), text.to_owned());
        let mut findings = Findings::default();
        let documents = documents(file, text, &mut findings);
        let told = findings
            .finish(&sources)
            .iter()
            .map(|found| format!("{}:{} {}", found.place.line, found.place.column, found.code))
            .collect();
        (documents, told)
    }

    #[test]
    fn keys_and_values_know_their_places() {
        let text = "a: 1\nb:\n  - ü: |\n      x\n";
        let (documents, told) = read(text);
        assert!(told.is_empty());
        let b = documents[0].get("b").unwrap();
        let Value::List(items) = &b.value else { panic!() };
        let value = items[0].get("ü").unwrap();
        assert_eq!(value.text(), Some("x\n"));
        assert!(text[value.span.start..].starts_with('x'), "a block starts at its content");
        assert_eq!(documents[0].get("a").map(Node::kind), Some("a number"));
    }

    #[test]
    fn a_broken_document_does_not_hide_the_next() {
        let (documents, told) = read("a: [1\n---\nb: 2\n---\nc: 'x\n");
        assert_eq!(documents.len(), 1);
        assert!(documents[0].get("b").is_some());
        assert_eq!(told, ["1:4 yaml-syntax", "5:4 yaml-syntax"]);
    }

    #[test]
    fn aliases_and_merges() {
        let (documents, told) = read("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\n");
        assert!(told.is_empty(), "{told:?}");
        let used = documents[0].get("use").unwrap();
        assert_eq!((used.get("x").unwrap().text(), used.get("y").unwrap().text()), (Some("1"), Some("3")));
        assert_eq!(read("a: *b\n").1, ["1:4 yaml-alias"]);
        assert_eq!(read("a: &a [*a]\n").1, ["1:8 yaml-alias"]);
        assert_eq!(read("a: {<<: 3}\n").1, ["1:5 yaml-merge"]);
    }

    #[test]
    fn bombs_are_refused() {
        use std::fmt::Write as _;
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..40 {
            let below = format!("*a{},", level - 1).repeat(9);
            writeln!(bomb, "a{level}: &a{level} [{below}]").unwrap();
        }
        assert_eq!(read(&bomb).1.len(), 1);
        assert!(read(&bomb).1[0].ends_with("yaml-bomb"));
        assert!(read(&"[".repeat(100_000)).1[0].contains("yaml-"), "{:?}", read(&"[".repeat(100_000)).1);
        assert!(read(&"- ".repeat(100_000)).1[0].contains("yaml-"));
        assert!(read(&"- x\n".repeat(300_000)).1[0].ends_with("too-large"));
        assert!(read(&format!("a: &a [{}]", "x,".repeat(30_000))).1[0].ends_with("yaml-bomb"));
        assert!(read("a: !include /etc/passwd\n").1[0].ends_with("yaml-tag"));
    }
}
