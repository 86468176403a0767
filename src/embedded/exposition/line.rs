//! One sample line: name, labels, value, timestamp, exemplar.

use super::Format;
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::Timestamp;

/// What is left of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// At the start of a line.
    pub fn new(line: &'a str) -> Self {
        Self { rest: line }
    }

    /// The text that was not read yet.
    pub fn rest(&self) -> &'a str {
        self.rest
    }

    /// Reads name and labels. A name may also stand inside the braces, in quotes, as names beyond ASCII do.
    pub fn series(mut self) -> Result<(Labels, Self), String> {
        let mut labels = Labels::new();
        let name = self.name(|byte| byte == b':');
        if !name.is_empty() {
            labels.set(METRIC_NAME, name);
        }
        self.blanks();
        if self.eat('{') {
            self.labels(&mut labels)?;
        }
        if labels.metric().is_empty() {
            return Err("a metric name is missing".to_owned());
        }
        Ok((labels, self))
    }

    /// Reads the value, the timestamp in milliseconds if there is one, and passes over an exemplar.
    pub fn value(mut self, format: Format) -> Result<(f64, Option<Timestamp>), String> {
        self.blanks();
        let value = self.word();
        // Rust reads all that Go does but hexadecimal and underscores, which no client writes.
        let value = value.parse().map_err(|_| format!("{value:?} is not a number"))?;
        self.blanks();
        let at = match self.rest.chars().next() {
            None | Some('#') => None,
            Some(_) => Some(timestamp(self.word(), format)?),
        };
        self.blanks();
        match (self.rest.chars().next(), format) {
            (None, _) => Ok((value, at)),
            (Some('#'), Format::OpenMetrics) => self.exemplar().map(|()| (value, at)),
            (Some(_), _) => Err("there is more after the sample".to_owned()),
        }
    }

    fn labels(&mut self, labels: &mut Labels) -> Result<(), String> {
        let mut seen: Vec<String> = Vec::new();
        loop {
            self.blanks();
            if self.eat('}') {
                return Ok(());
            }
            let name =
                if self.rest.starts_with('"') { self.quoted()? } else { self.name(|_| false).to_owned() };
            self.blanks();
            if !name.is_empty() && !self.eat('=') && labels.metric().is_empty() {
                // `{"a name", …}`
                labels.set(METRIC_NAME, name);
            } else if name.is_empty() {
                return Err("a label name is missing".to_owned());
            } else {
                self.blanks();
                let value = self.quoted()?;
                if name == METRIC_NAME || seen.contains(&name) {
                    return Err(format!("the label {name} is there twice"));
                }
                labels.set(name.as_str(), value);
                seen.push(name);
            }
            self.blanks();
            if !self.eat(',') && !self.rest.starts_with('}') {
                return Err("a comma or } is missing after a label".to_owned());
            }
        }
    }

    /// `# {labels} value [timestamp]`; read only to tell a whole line from a broken one.
    fn exemplar(&mut self) -> Result<(), String> {
        let broken = |reason: String| format!("the exemplar is broken: {reason}");
        self.eat('#');
        self.blanks();
        if !self.eat('{') {
            return Err(broken("its { is missing".to_owned()));
        }
        let mut labels: Labels = [(METRIC_NAME, "exemplar")].into_iter().collect();
        self.labels(&mut labels).map_err(broken)?;
        let words: Vec<&str> = self.rest.split_ascii_whitespace().collect();
        let numbers = words.iter().all(|word| word.parse::<f64>().is_ok());
        if !(1..=2).contains(&words.len()) || !numbers {
            return Err(broken("it needs a value and at most a timestamp".to_owned()));
        }
        Ok(())
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`, and what `also` allows; empty when there is none.
    fn name(&mut self, also: fn(u8) -> bool) -> &'a str {
        let part = |(place, byte): (usize, u8)| {
            byte.is_ascii_alphabetic() || byte == b'_' || also(byte) || (place > 0 && byte.is_ascii_digit())
        };
        let length = self.rest.bytes().enumerate().take_while(|pair| part(*pair)).count();
        self.take(length)
    }

    /// A string in quotes with `\\`, `\"` and `\n`.
    fn quoted(&mut self) -> Result<String, String> {
        if !self.eat('"') {
            return Err("a quote is missing".to_owned());
        }
        let mut value = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((place, character)) = characters.next() {
            match character {
                '"' => {
                    self.take(place + 1);
                    return Ok(value);
                }
                '\\' => match characters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                    Some((_, other)) => {
                        // As Prometheus: an escape that is none stands for itself.
                        value.push('\\');
                        value.push(other);
                    }
                    None => break,
                },
                other => value.push(other),
            }
        }
        Err("a string does not end".to_owned())
    }

    /// Up to the next blank.
    fn word(&mut self) -> &'a str {
        let length = self.rest.find([' ', '\t']).unwrap_or(self.rest.len());
        self.take(length)
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
    }

    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

/// In milliseconds; OpenMetrics has seconds, with a fraction.
fn timestamp(text: &str, format: Format) -> Result<Timestamp, String> {
    let at = match format {
        Format::Text => text.parse().ok().map(Timestamp::from_ms),
        Format::OpenMetrics => {
            text.parse::<f64>().ok().filter(|seconds| seconds.abs() < 1e12).map(Timestamp::from_seconds_f64)
        }
    };
    at.ok_or_else(|| format!("{text:?} is not a timestamp"))
}
