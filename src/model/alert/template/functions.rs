//! The functions of templates: Prometheus' and Go's.

use std::cmp::Ordering;

use super::value::{Root, Value};
use super::{humanize, printf};

/// Longest pattern of `match` and `reReplaceAll`, and the most memory one may take when it is compiled, in bytes.
const LONGEST_PATTERN: usize = 1024;
const LARGEST_PATTERN: usize = 1 << 20;

/// Names, and how many arguments they take: at least and at most.
const KNOWN: [(&str, usize, usize); 35] = [
    ("and", 1, MANY),
    ("eq", 2, MANY),
    ("externalURL", 0, 0),
    ("ge", 2, 2),
    ("graphLink", 1, 1),
    ("gt", 2, 2),
    ("html", 1, 1),
    ("humanize", 1, 1),
    ("humanize1024", 1, 1),
    ("humanizeDuration", 1, 1),
    ("humanizePercentage", 1, 1),
    ("humanizeTimestamp", 1, 1),
    ("index", 2, 2),
    ("le", 2, 2),
    ("len", 1, 1),
    ("lt", 2, 2),
    ("match", 2, 2),
    ("ne", 2, 2),
    ("not", 1, 1),
    ("or", 1, MANY),
    ("parseDuration", 1, 1),
    ("pathPrefix", 0, 0),
    ("print", 0, MANY),
    ("printf", 1, MANY),
    ("println", 0, MANY),
    ("reReplaceAll", 3, 3),
    ("safeHtml", 1, 1),
    ("slice", 1, 3),
    ("stripDomain", 1, 1),
    ("stripPort", 1, 1),
    ("tableLink", 1, 1),
    ("title", 1, 1),
    ("toLower", 1, 1),
    ("toUpper", 1, 1),
    ("urlquery", 1, 1),
];
const MANY: usize = 32;

/// Functions that ask Prometheus a question.
const QUERIES: [&str; 6] = ["query", "first", "label", "value", "strvalue", "sortByLabel"];

/// Whether there is such a function; otherwise what to say.
pub(super) fn known(name: &str) -> Result<(), String> {
    let names = KNOWN.iter().map(|(known, _, _)| *known);
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    if QUERIES.contains(&name) {
        return Err(format!(
            "`{name}` is not supported: templates ask no further questions; join what is needed into `expr`"
        ));
    }
    Err(match slo_core::suggest::closest(name, names) {
        Some(near) => format!("there is no function `{name}`; did you mean `{near}`?"),
        None => format!("there is no function `{name}`"),
    })
}

/// Whether a function takes so many arguments.
pub(super) fn check_count(name: &str, given: usize) -> Result<(), String> {
    let Some((_, least, most)) = KNOWN.iter().find(|(known, _, _)| *known == name) else { return Ok(()) };
    if (*least..=*most).contains(&given) {
        return Ok(());
    }
    let wanted = if least == most { least.to_string() } else { format!("at least {least}") };
    Err(format!("`{name}` takes {wanted} arguments, and has {given}"))
}

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Value], root: &Root) -> Result<Value, String> {
    let first = arguments.first().unwrap_or(&Value::Nil);
    let second = arguments.get(1).unwrap_or(&Value::Nil);
    let third = arguments.get(2).unwrap_or(&Value::Nil);
    Ok(match name {
        "humanize" => Value::Text(humanize::metric(first.number()?)),
        "humanize1024" => Value::Text(humanize::binary(first.number()?)),
        "humanizeDuration" => Value::Text(humanize::duration(first.number()?)),
        "humanizePercentage" => Value::Text(humanize::percentage(first.number()?)),
        "humanizeTimestamp" => Value::Text(humanize::timestamp(first.number()?)?),
        "toUpper" => Value::Text(text(first)?.to_uppercase()),
        "toLower" => Value::Text(text(first)?.to_lowercase()),
        "title" => Value::Text(title(text(first)?)),
        "safeHtml" => Value::Text(text(first)?.to_owned()),
        "html" => Value::Text(html(&first.show())),
        "slice" => Value::Text(slice(text(first)?, arguments.get(1..).unwrap_or_default())?),
        "urlquery" => Value::Text(query_escaped(&first.show())),
        "graphLink" => Value::Text(format!("/graph?g0.expr={}&g0.tab=0", query_escaped(text(first)?))),
        "tableLink" => Value::Text(format!("/graph?g0.expr={}&g0.tab=1", query_escaped(text(first)?))),
        "match" => Value::Bool(pattern(text(first)?)?.is_match(text(second)?)),
        "reReplaceAll" => {
            // Both Go and our library read `$1x` as the group `1x`, and know `${1}` and `$$`.
            Value::Text(pattern(text(first)?)?.replace_all(text(third)?, text(second)?).into_owned())
        }
        "stripPort" => Value::Text(strip_port(text(first)?)),
        "stripDomain" => Value::Text(strip_domain(text(first)?)),
        "parseDuration" => {
            let written = text(first)?;
            let length = slo_core::duration::parse(written).map_err(|error| error.to_string())?;
            Value::Float(length.as_seconds_f64())
        }
        "externalURL" => Value::Text(root.external_url.clone()),
        "pathPrefix" => {
            let path = url::Url::parse(&root.external_url).map(|url| url.path().to_owned());
            // Prometheus' has no slash at its end, and is empty at the root.
            Value::Text(path.unwrap_or_default().trim_end_matches('/').to_owned())
        }
        "print" => Value::Text(print(arguments)),
        "println" => {
            let shown: Vec<String> = arguments.iter().map(Value::show).collect();
            Value::Text(format!("{}\n", shown.join(" ")))
        }
        "printf" => Value::Text(printf::printf(text(first)?, arguments.get(1..).unwrap_or_default())),
        "len" => match first {
            Value::Text(text) => Value::Int(text.len() as i64),
            Value::Map(map) => Value::Int(map.len() as i64),
            other => return Err(format!("a {} has no length", other.kind())),
        },
        "index" => match (first, second) {
            (Value::Map(map), Value::Text(name)) => Value::Text(map.get(name).cloned().unwrap_or_default()),
            (of, by) => return Err(format!("a {} has no element of a {}", of.kind(), by.kind())),
        },
        "not" => Value::Bool(!first.is_true()),
        "and" => arguments.iter().find(|one| !one.is_true()).or(arguments.last()).unwrap_or(first).clone(),
        "or" => arguments.iter().find(|one| one.is_true()).or(arguments.last()).unwrap_or(first).clone(),
        "eq" => {
            let mut equal = false;
            for other in arguments.get(1..).unwrap_or_default() {
                equal |= same(first, other)?;
            }
            Value::Bool(equal)
        }
        "ne" => Value::Bool(!same(first, second)?),
        "lt" => Value::Bool(order(first, second)? == Some(Ordering::Less)),
        "le" => Value::Bool(order(first, second)?.is_some_and(Ordering::is_le)),
        "gt" => Value::Bool(order(first, second)? == Some(Ordering::Greater)),
        "ge" => Value::Bool(order(first, second)?.is_some_and(Ordering::is_ge)),
        _ => return Err("there is no such function".to_owned()),
    })
}

fn text(value: &Value) -> Result<&str, String> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(format!("wants a text, and has a {}", other.kind())),
    }
}

fn query_escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn html(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '\0' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
        escaped
    })
}

/// Bytes of a text from a place on, or up to another one; Go counts bytes, too.
fn slice(text: &str, places: &[Value]) -> Result<String, String> {
    let place = |at: usize, otherwise: usize| match places.get(at) {
        None => Ok(otherwise),
        Some(Value::Int(place)) => usize::try_from(*place).map_err(|_| format!("{place} is before the text")),
        Some(other) => Err(format!("wants a whole number, and has a {}", other.kind())),
    };
    let (from, to) = (place(0, 0)?, place(1, text.len())?);
    let cut = text.get(from..to).map(str::to_owned);
    cut.ok_or_else(|| format!("{text:?} has no bytes {from} to {to} that are whole characters"))
}

fn pattern(text: &str) -> Result<regex::Regex, String> {
    if text.len() > LONGEST_PATTERN {
        return Err(format!("the pattern is longer than {LONGEST_PATTERN} bytes"));
    }
    regex::RegexBuilder::new(text)
        .size_limit(LARGEST_PATTERN)
        .build()
        .map_err(|_| format!("{text:?} is not a valid regular expression"))
}

fn title(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .flat_map(|c| {
            let upper = starts && c.is_alphabetic();
            starts = !(c.is_alphanumeric() || c == '_' || c == '\'');
            if upper { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] }
        })
        .collect()
}

fn strip_port(address: &str) -> String {
    match address.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => {
            if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
                inner.to_owned()
            } else if host.contains(':') {
                address.to_owned()
            } else {
                host.to_owned()
            }
        }
        _ => address.to_owned(),
    }
}

fn strip_domain(address: &str) -> String {
    let host = strip_port(address);
    let port = address.strip_prefix(host.as_str()).unwrap_or_default();
    let is_address = host.contains(':') || host.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_address {
        return address.to_owned();
    }
    format!("{}{port}", host.split('.').next().unwrap_or_default())
}

/// Go puts a blank between two operands when neither is a text.
fn print(arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut before: Option<&Value> = None;
    for value in arguments {
        let texts = |one: &Value| matches!(one, Value::Text(_));
        if before.is_some_and(|before| !texts(before) && !texts(value)) {
            out.push(' ');
        }
        out.push_str(&value.show());
        before = Some(value);
    }
    out
}

fn incomparable(a: &Value, b: &Value) -> String {
    let hint = match (a, b) {
        (Value::Float(_), Value::Int(int)) | (Value::Int(int), Value::Float(_)) => {
            format!("; write the number with a point, {int}.0")
        }
        _ => String::new(),
    };
    format!("a {} and a {} cannot be compared{hint}", a.kind(), b.kind())
}

fn same(a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Nil, Value::Nil) => Ok(true),
        _ => order(a, b).map(|order| order == Some(Ordering::Equal)),
    }
}

fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Ok(Some(a.cmp(b))),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b)),
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.cmp(b))),
        _ => Err(incomparable(a, b)),
    }
}
