//! A Slack incoming webhook: Block Kit, within Slack's sizes. What alerts say is escaped, so that nobody is mentioned and
//! nothing is linked but what we link.

use async_trait::async_trait;
use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::channel::{Answer, Channel};
use super::message::Message;
use super::secret;
use super::tools::Tools;
use slo_core::text::escape_angles;
use slo_core::time::Timestamp;
use slo_model::route::{Notification, SecretRef};

/// Characters in a header block.
const MAX_HEADER: usize = 150;
/// Characters in a section's text.
const MAX_SECTION: usize = 3000;
/// Characters in a context element.
const MAX_CONTEXT: usize = 2000;

/// A channel of one webhook.
pub struct Slack {
    webhook: SecretRef,
    channel: Option<String>,
    tools: Tools,
}

impl Slack {
    /// Sends to the webhook whose URL is behind `webhook`.
    pub fn new(webhook: SecretRef, channel: Option<String>, tools: Tools) -> Self {
        Self { webhook, channel, tools }
    }

    fn body(&self, message: &Message) -> Value {
        let title = self.tools.templates.title(message, MAX_HEADER);
        let text = cut(&self.tools.templates.slack(message), MAX_SECTION);
        let reason = cut(&escape_angles(&message.reason), MAX_CONTEXT);
        // Plain text, too, is unescaped by Slack.
        let header = cut(&escape_angles(&title), MAX_HEADER);
        let mut blocks =
            vec![json!({"type": "header", "text": {"type": "plain_text", "text": header, "emoji": false}})];
        // Slack refuses empty texts. `verbatim`: names with @ and # in it stay what they are.
        for (kind, text) in [("section", text), ("context", reason)] {
            if text.trim().is_empty() {
                continue;
            }
            let text = json!({"type": "mrkdwn", "text": text, "verbatim": true});
            blocks.push(match kind {
                "section" => json!({"type": kind, "text": text}),
                _ => json!({"type": kind, "elements": [text]}),
            });
        }
        // What notifications show.
        let mut body = json!({"text": escape_angles(&title), "blocks": blocks, "unfurl_links": false});
        if let (Some(channel), Some(body)) = (&self.channel, body.as_object_mut()) {
            body.insert("channel".to_owned(), json!(channel));
        }
        body
    }
}

#[async_trait]
impl Channel for Slack {
    fn kind(&self) -> &'static str {
        "slack"
    }

    async fn send(&self, notification: &Notification, now: Timestamp) -> Answer {
        let url = match secret::read(&self.webhook).await {
            Ok(url) => url,
            Err(problem) => return Answer::refused(format!("the webhook's URL: {problem}")),
        };
        let body = self.body(&Message::of(notification, now)).to_string().into_bytes();
        self.tools.http.post(url.expose_secret(), HeaderMap::new(), body, true).await
    }
}

/// At most `max` characters, whole lines if there are several: half an entity or link would show as garbage.
fn cut(text: &str, max: usize) -> String {
    let text = text.trim_end();
    let Some((end, _)) = text.char_indices().nth(max - 2) else { return text.to_owned() };
    let start = text.get(..end).unwrap_or_default();
    if let Some(line) = start.rfind('\n').filter(|at| *at > 0) {
        return format!("{}\n…", text.get(..line).unwrap_or_default());
    }
    // One long line: cut before a half entity or link.
    let open =
        start.rfind(['&', '<']).filter(|at| !start.get(*at..).unwrap_or_default().contains([';', '>']));
    format!("{}…", start.get(..open.unwrap_or(start.len())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_where_nothing_breaks() {
        assert_eq!(cut("short\n", 100), "short");
        let lines = "a line of text\n".repeat(1000);
        let kept = cut(&lines, MAX_SECTION);
        assert!(kept.chars().count() <= MAX_SECTION && kept.ends_with("text\n…"), "{}", kept.len());
        for tail in ["&amp;", "<https://example.com|x>"] {
            for length in 10..60 {
                let kept = cut(&format!("{}{tail}{}", "x".repeat(length), "y".repeat(60)), 40);
                assert!(kept.chars().count() <= 40);
                let rest = kept.trim_start_matches('x').trim_end_matches('…').trim_end_matches('y');
                assert!(rest.is_empty() || rest == tail, "{kept}");
            }
        }
    }
}
