//! Mail: text and HTML in one message, one thread per incident, over one pool of connections.
//!
//! Every message of an incident refers to the same first id, which no message has; mail programs put them in one thread
//! by it, whichever of them arrives first. The message's own id follows from its key, so two deliveries of one message
//! are one in most mailboxes.

mod chart;
mod mailer;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

use super::burn_chart::{self, CHART_ID};
use super::channel::{Answer, Channel};
use super::keys;
use super::message::Message;
use super::template::Templates;
use slo_core::time::Timestamp;
use slo_model::alert::Priority;
use slo_model::route::{Kind, Notification};

pub use mailer::Mailer;

/// Characters of a subject.
const MAX_SUBJECT: usize = 200;

/// A channel of one or several mailboxes.
pub struct Email {
    mailer: Arc<Mailer>,
    from: Mailbox,
    to: Vec<Mailbox>,
    templates: Templates,
}

impl Email {
    /// Sends to the addresses `to` from `from`, or the server's own sender. Fails with the address that is none.
    pub fn new(
        mailer: Arc<Mailer>,
        to: &[String],
        from: Option<&str>,
        templates: Templates,
    ) -> Result<Self, String> {
        let mailbox = |address: &str| {
            address.parse::<Mailbox>().map_err(|error| {
                format!("{address:?} is not a valid mail address ({error}); write name@example.com or \"Name <name@example.com>\"")
            })
        };
        let from = from.map_or_else(|| Ok(mailer.from()), mailbox)?;
        let to = to.iter().map(|address| mailbox(address)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err("it names no address".to_owned());
        }
        Ok(Self { mailer, from, to, templates })
    }

    fn compose(&self, notification: &Notification, now: Timestamp) -> Result<lettre::Message, String> {
        let message = Message::of(notification, now);
        let domain = self.from.email.domain();
        let id = |text: &str| format!("<{}@{domain}>", keys::digest(text).get(..40).unwrap_or_default());
        let thread = id(&format!("thread {}", notification.thread));
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.ms()).unwrap_or(0));
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .subject(self.templates.title(&message, MAX_SUBJECT))
            .message_id(Some(id(&notification.key)))
            .in_reply_to(thread.clone())
            .references(thread)
            .date(date)
            // Nobody's holiday answer is wanted (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if notification.priority == Priority::P1 && notification.kind != Kind::Resolved {
            builder = builder.raw_header(header("X-Priority", "1")).raw_header(header("Importance", "high"));
        }
        for mailbox in &self.to {
            builder = builder.to(mailbox.clone());
        }
        let text = SinglePart::plain(self.templates.mail_text(&message));
        let html = self.templates.mail_html(&message);
        let parts = MultiPart::alternative().singlepart(text);
        // Only where the template has a place for it: otherwise it would hang below as an attachment.
        let chart = burn_chart::of(notification).filter(|_| html.contains(&format!("cid:{CHART_ID}")));
        let parts = match chart {
            None => parts.singlepart(SinglePart::html(html)),
            Some(chart) => {
                let picture = ContentType::parse("image/png").map_err(|error| error.to_string())?;
                let png = chart::png(&chart.rates, chart.threshold);
                let picture = Attachment::new_inline(CHART_ID.to_owned()).body(png, picture);
                parts.multipart(MultiPart::related().singlepart(SinglePart::html(html)).singlepart(picture))
            }
        };
        builder.multipart(parts).map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Channel for Email {
    fn kind(&self) -> &'static str {
        "email"
    }

    async fn send(&self, notification: &Notification, now: Timestamp) -> Answer {
        match self.compose(notification, now) {
            Ok(message) => self.mailer.send(message).await,
            Err(problem) => Answer::refused(format!("the mail cannot be composed: {problem}")),
        }
    }
}

/// A header of ours: both parts are our own constants.
fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
