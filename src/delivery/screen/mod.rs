//! Messages for whoever sits at this machine: the channel of `slo up`, where nobody is on call. Keeps the newest few and
//! tells watchers of each.

use std::collections::VecDeque;

use async_trait::async_trait;
use tokio::sync::watch;

use super::channel::{Answer, Channel, Verdict};
use super::message::Message;
use super::template::Templates;
use slo_core::time::Timestamp;
use slo_model::route::Notification;

/// Messages that are kept: as many as fit under a table.
const KEPT: usize = 6;
/// Characters of a message's title.
const MAX_TITLE: usize = 160;

/// A message as it is shown: one line, whoever got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// When it was sent first, `04:43:30Z`.
    pub at: String,
    /// Persons, and receivers where no person is meant, in the order in which they were notified.
    pub to: Vec<String>,
    /// What it says, one line.
    pub title: String,
    /// What it is about.
    pub incident: Option<String>,
}

/// The channel. Clones share what they keep.
#[derive(Debug, Clone)]
pub struct Screen {
    templates: Templates,
    newest: watch::Sender<VecDeque<Shown>>,
}

impl Screen {
    /// Shows messages in the words of `templates`.
    pub fn new(templates: Templates) -> Self {
        Self { templates, newest: watch::Sender::default() }
    }

    /// The newest messages, oldest first, and every change of them.
    pub fn watch(&self) -> watch::Receiver<VecDeque<Shown>> {
        self.newest.subscribe()
    }
}

#[async_trait]
impl Channel for Screen {
    fn kind(&self) -> &'static str {
        "screen"
    }

    async fn send(&self, notification: &Notification, now: Timestamp) -> Answer {
        let message = Message::of(notification, now);
        let at = now.datetime().unwrap_or_default();
        let to = notification.person.clone().unwrap_or_else(|| notification.receiver.clone());
        let title = self.templates.title(&message, MAX_TITLE);
        let incident = notification.incident.clone();
        self.newest.send_modify(|newest| {
            let same = newest.iter_mut().find(|shown| shown.title == title && shown.incident == incident);
            if let Some(shown) = same {
                if !shown.to.contains(&to) {
                    shown.to.push(to);
                }
                return;
            }
            let shown = Shown { at: at.format("%H:%M:%SZ").to_string(), to: vec![to], title, incident };
            if newest.len() == KEPT {
                newest.pop_front();
            }
            newest.push_back(shown);
        });
        Answer { verdict: Verdict::Accepted, status: None, excerpt: "shown".to_owned() }
    }
}
