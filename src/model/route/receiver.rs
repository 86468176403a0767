//! Receivers: a name, and the channels that a message for it goes out on. Only says where; the sending is `deliver`'s.
//! Secrets are references, never values: what is here may be printed.

use std::fmt;
use std::path::PathBuf;

/// Where `PagerDuty` takes events, unless a receiver says otherwise.
pub const PAGERDUTY_EVENTS: &str = "https://events.pagerduty.com/v2/enqueue";

/// Where a secret is kept. The value is read when it is needed, so that a rotated one is used at once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretRef {
    /// A file that holds it; white space at its end is not part of it. Relative paths start at the routing file.
    File(PathBuf),
    /// An environment variable that holds it.
    Env(String),
}

impl fmt::Display for SecretRef {
    /// `file /run/secrets/x` or `environment variable X`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Env(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailTls {
    /// Plain first, then upgraded, or given up: port 587.
    StartTls,
    /// From the first byte: port 465.
    Tls,
    /// Not at all: for a relay on this machine.
    None,
}

/// The mail server that all mail goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// The user, if it wants one.
    pub username: Option<String>,
    /// The user's password.
    pub password: Option<SecretRef>,
    /// The sender of mail whose receiver names none.
    pub from: String,
    /// Certificates (PEM) that vouch for the server besides those the system trusts.
    pub ca_file: Option<PathBuf>,
}

/// One way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// Mail through the routing file's `smtp` server.
    Email {
        /// Addresses, at least one.
        to: Vec<String>,
        /// The sender, if not the server's default.
        from: Option<String>,
    },
    /// A Slack incoming webhook.
    Slack {
        /// Its URL, which is a secret.
        webhook: SecretRef,
        /// A channel other than the webhook's own.
        channel: Option<String>,
    },
    /// `PagerDuty` Events v2.
    PagerDuty {
        /// The integration's routing key.
        routing_key: SecretRef,
        /// Where events are sent, [`PAGERDUTY_EVENTS`] by default.
        url: String,
    },
    /// Our own JSON, signed.
    Webhook {
        /// Where to.
        url: String,
        /// Secrets that sign it, at most two: while one is rotated, both sign.
        secrets: Vec<SecretRef>,
    },
    /// The format of Alertmanager's webhook, version 4.
    AlertmanagerWebhook {
        /// Where to.
        url: String,
    },
}

impl Channel {
    /// `email`, `slack`, `pagerduty`, `webhook` or `alertmanager_webhook`: its key in the routing file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Email { .. } => "email",
            Self::Slack { .. } => "slack",
            Self::PagerDuty { .. } => "pagerduty",
            Self::Webhook { .. } => "webhook",
            Self::AlertmanagerWebhook { .. } => "alertmanager_webhook",
        }
    }
}

/// A name that routes and policies send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Unique in the routing file.
    pub name: String,
    /// Every one of them gets each message; at least one.
    pub channels: Vec<Channel>,
    /// The receiver that is notified when this one refuses for good.
    pub failover: Option<String>,
}

impl Receiver {
    /// Whether one of its channels keeps incidents of its own, and so is notified when somebody acknowledges one.
    pub fn keeps_incidents(&self) -> bool {
        self.channels.iter().any(|channel| match channel {
            Channel::PagerDuty { .. } => true,
            Channel::Email { .. }
            | Channel::Slack { .. }
            | Channel::Webhook { .. }
            | Channel::AlertmanagerWebhook { .. } => false,
        })
    }
}
