//! The words of messages: minijinja templates, compiled in and replaced by files of the same name in
//! `alerts/templates/`. They get a [`Message`] and nothing else.
//!
//! | template | becomes | escaped for |
//! |---|---|---|
//! | `title.txt` | mail subject, Slack header, `PagerDuty` summary | nothing: one line of text |
//! | `mail.txt` | the text part of mail | nothing |
//! | `mail.html` | the HTML part of mail | HTML |
//! | `slack.txt` | the body in Slack | mrkdwn: no mention, no link but those made by `link` |
//!
//! A template has a budget of steps and of bytes. One that fails, whatever the reason, is counted, and the plain message
//! goes out at once instead.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use super::events::TemplateFailed;
use super::message::{Message, plain_text, plain_title};
use super::metrics::DeliveryMetrics;
use slo_base::telemetry::event::Event;
use slo_core::text::{escape_angles, escape_html, one_line};

/// Steps of the template machine: a digest of [`super::message::MAX_ALERTS`] alerts needs a hundredth.
const FUEL: u64 = 500_000;
/// Bytes that a template may write.
const MAX_OUTPUT: usize = 256 * 1024;
/// Bytes of a template's file.
const MAX_SOURCE: u64 = 256 * 1024;
/// How deep templates may call.
const MAX_DEPTH: usize = 50;

/// What is compiled in.
const DEFAULTS: [(&str, &str); 4] = [
    ("title.txt", include_str!("../../../alerts/templates/title.txt")),
    ("mail.txt", include_str!("../../../alerts/templates/mail.txt")),
    ("mail.html", include_str!("../../../alerts/templates/mail.html")),
    ("slack.txt", include_str!("../../../alerts/templates/slack.txt")),
];

/// A folder of templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file cannot be read.
    #[error("template {path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is no template.
    #[error("template {path}: {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
}

/// Compiled templates. Clones share them.
#[derive(Debug, Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    metrics: DeliveryMetrics,
}

impl Templates {
    /// The ones that are compiled in. Fails only with a program that was built wrongly.
    pub fn shipped(metrics: DeliveryMetrics) -> Result<Self, TemplateError> {
        Self::with(BTreeMap::new(), Path::new(""), metrics)
    }

    /// The ones that are compiled in, but for those of which `folder` has a file.
    pub fn load(folder: &Path, metrics: DeliveryMetrics) -> Result<Self, TemplateError> {
        let mut replaced = BTreeMap::new();
        for (name, _) in DEFAULTS {
            let path = folder.join(name);
            let unreadable = |reason: String| TemplateError::Unreadable { path: path.clone(), reason };
            match std::fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unreadable(error.to_string())),
                Ok(file) if file.len() > MAX_SOURCE => {
                    return Err(unreadable(format!(
                        "it has {} bytes; at most {MAX_SOURCE} are read",
                        file.len()
                    )));
                }
                Ok(_) => {
                    let source =
                        std::fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
                    replaced.insert(name, source);
                }
            }
        }
        Self::with(replaced, folder, metrics)
    }

    /// Those that go with a routing file: of the folder `templates` beside it, or only the ones that are compiled in.
    pub fn beside(routing: Option<&Path>, metrics: DeliveryMetrics) -> Result<Self, TemplateError> {
        match routing.and_then(Path::parent) {
            Some(folder) => Self::load(&folder.join("templates"), metrics),
            None => Self::shipped(metrics),
        }
    }

    fn with(
        mut replaced: BTreeMap<&'static str, String>,
        folder: &Path,
        metrics: DeliveryMetrics,
    ) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(MAX_DEPTH);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(escaping);
        environment.set_formatter(write_value);
        environment.add_filter("link", link);
        for (name, shipped) in DEFAULTS {
            let source = replaced.remove(name).unwrap_or_else(|| shipped.to_owned());
            environment.add_template_owned(name, source).map_err(|error| TemplateError::Syntax {
                path: folder.join(name),
                reason: format!("{error:#}"),
            })?;
        }
        Ok(Self { environment: Arc::new(environment), metrics })
    }

    /// The message in one line of at most `max` characters.
    pub fn title(&self, message: &Message, max: usize) -> String {
        let title = self.render("title.txt", message).map(|title| one_line(&title, max));
        title.filter(|title| !title.is_empty()).unwrap_or_else(|| one_line(&plain_title(message), max))
    }

    /// The text part of mail.
    pub fn mail_text(&self, message: &Message) -> String {
        self.render("mail.txt", message).unwrap_or_else(|| plain_text(message))
    }

    /// The HTML part of mail.
    pub fn mail_html(&self, message: &Message) -> String {
        self.render("mail.html", message)
            .unwrap_or_else(|| format!("<pre>{}</pre>", escape_html(&plain_text(message))))
    }

    /// The body in Slack.
    pub fn slack(&self, message: &Message) -> String {
        self.render("slack.txt", message).unwrap_or_else(|| escape_angles(&plain_text(message)))
    }

    fn render(&self, name: &'static str, message: &Message) -> Option<String> {
        match self.try_render(name, message) {
            Ok(text) => Some(text),
            Err(error) => {
                TemplateFailed { template: name, error: &error }.emit(&self.metrics);
                None
            }
        }
    }

    fn try_render(&self, name: &str, message: &Message) -> Result<String, Error> {
        let mut out = Bounded(Vec::new());
        self.environment
            .get_template(name)?
            .render_captured_to(Value::from(minijinja::value::Serde(message)), &mut out)?;
        String::from_utf8(out.0).map_err(|_| Error::new(ErrorKind::BadSerialization, "it wrote no UTF-8"))
    }
}

/// A buffer that refuses to grow too large.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other(format!("it writes more than {MAX_OUTPUT} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const SLACK: &str = "slack";

fn escaping(name: &str) -> AutoEscape {
    if name == "slack.txt" {
        AutoEscape::Custom(SLACK.into())
    } else if Path::new(name).extension().is_some_and(|extension| extension == "html") {
        AutoEscape::Html
    } else {
        AutoEscape::None
    }
}

fn is_slack(state: &State) -> bool {
    matches!(state.auto_escape(), AutoEscape::Custom(name) if name == SLACK)
}

fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if !is_slack(state) {
        return minijinja::escape_formatter(out, state, value);
    }
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    let text = value.to_string();
    if value.is_safe() {
        out.write_str(&text)?;
    } else {
        out.write_str(&escape_angles(&text))?;
    }
    Ok(())
}

/// `{{ url | link("text") }}`: a link in Slack's own notation; elsewhere the URL.
fn link(state: &State, url: &str, text: &str) -> Value {
    if !is_slack(state) {
        return Value::from(url);
    }
    // Only web addresses get here, and in those a bar or an angle bracket can be written another way.
    let url = escape_angles(url).replace('|', "%7C");
    Value::from_safe_string(format!("<{url}|{}>", escape_angles(text).replace('|', "/")))
}
