//! The routing file's receivers, ready to send.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::alertmanager::AlertmanagerWebhook;
use super::channel::Channel;
use super::email::{Email, Mailer};
use super::pagerduty::PagerDuty;
use super::slack::Slack;
use super::tools::Tools;
use super::webhook::Webhook;
use slo_model::route::{self, Smtp};

/// Receivers by name.
#[derive(Default)]
pub struct Receivers {
    by_name: BTreeMap<String, Ready>,
}

struct Ready {
    channels: Vec<Arc<dyn Channel>>,
    failover: Option<String>,
}

impl Receivers {
    /// Makes the channels of all `receivers`. Nothing is connected to and no secret read. Fails with everything that is
    /// wrong.
    pub fn build(
        receivers: &[route::Receiver],
        smtp: Option<&Smtp>,
        tools: &Tools,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mailer = smtp.and_then(|smtp| match Mailer::new(smtp.clone()) {
            Ok(mailer) => Some(Arc::new(mailer)),
            Err(problem) => {
                problems.push(format!("smtp: {problem}"));
                None
            }
        });
        let mut ready = Self::default();
        for receiver in receivers {
            let mut channels = Vec::new();
            for channel in &receiver.channels {
                match build(channel, mailer.as_ref(), tools) {
                    Ok(channel) => channels.push(channel),
                    Err(problem) => {
                        problems.push(format!("receiver {:?}, {}: {problem}", receiver.name, channel.kind()));
                    }
                }
            }
            ready.insert(&receiver.name, channels, receiver.failover.clone());
        }
        if problems.is_empty() { Ok(ready) } else { Err(problems) }
    }

    /// Adds a receiver, or replaces the one of that name.
    pub fn insert(&mut self, name: &str, channels: Vec<Arc<dyn Channel>>, failover: Option<String>) {
        self.by_name.insert(name.to_owned(), Ready { channels, failover });
    }

    /// The channels of a receiver; none when there is no such receiver.
    pub fn channels(&self, name: &str) -> &[Arc<dyn Channel>] {
        self.by_name.get(name).map_or(&[], |ready| &ready.channels)
    }

    /// The receiver that stands in for this one.
    pub fn failover(&self, name: &str) -> Option<String> {
        self.by_name.get(name)?.failover.clone()
    }
}

fn build(
    channel: &route::Channel,
    mailer: Option<&Arc<Mailer>>,
    tools: &Tools,
) -> Result<Arc<dyn Channel>, String> {
    Ok(match channel {
        route::Channel::Email { to, from } => {
            let mailer = mailer.ok_or("there is no smtp server in the routing file, or it cannot be used")?;
            Arc::new(Email::new(Arc::clone(mailer), to, from.as_deref(), tools.templates.clone())?)
        }
        route::Channel::Slack { webhook, channel } => {
            Arc::new(Slack::new(webhook.clone(), channel.clone(), tools.clone()))
        }
        route::Channel::PagerDuty { routing_key, url } => {
            Arc::new(PagerDuty::new(routing_key.clone(), url.clone(), tools.clone()))
        }
        route::Channel::Webhook { url, secrets } => {
            Arc::new(Webhook::new(url.clone(), secrets.clone(), tools.clone()))
        }
        route::Channel::AlertmanagerWebhook { url } => {
            Arc::new(AlertmanagerWebhook::new(url.clone(), tools.clone()))
        }
    })
}
