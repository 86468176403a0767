//! Gets notifications out: an outbox that survives everything, workers, and one folder per channel.
//!
//! [`outbox`] holds what is due until a channel took it; [`Delivery`] takes it from there under a lease, hands it to the
//! channels of its receiver, records every attempt and decides what follows: [`retry`], giving up, a stand-in. A
//! [`Channel`] only tries once and answers how that went. What is said is decided in [`message`] and [`template`], so
//! channels differ only in form. Everything that leaves over HTTP goes through [`Http`], which is guarded by [`ssrf`].
//!
//! A message goes out at least once: an attempt that was made and not recorded, because the process was killed between
//! the two, is made again. Every channel therefore sends the message's key in its own way: `Idempotency-Key`,
//! `Message-ID`, `dedup_key`.

pub mod alertmanager;
mod bounded;
pub mod burn_chart;
mod channel;
pub mod email;
mod events;
mod failover;
mod failure_sink;
mod http;
mod in_flight;
mod keys;
pub mod message;
mod metrics;
pub mod outbox;
pub mod pagerduty;
mod preflight;
mod receivers;
pub mod retry;
pub mod screen;
mod secret;
mod settings;
pub mod slack;
pub mod slo_text;
pub mod ssrf;
pub mod template;
mod tools;
pub mod webhook;
mod worker;

pub use channel::{Answer, Channel, Verdict};
pub use failover::FailoverLinks;
pub use failure_sink::{DeliveryFailureSink, FailureHandling, GaveUp, LogAlarm};
pub use http::Http;
pub use metrics::DeliveryMetrics;
pub use outbox::Outbox;
pub use preflight::preflight;
pub use receivers::Receivers;
pub use retry::RetrySettings;
pub use settings::DeliverySettings;
pub use ssrf::Guard;
pub use template::{TemplateError, Templates};
pub use tools::Tools;
pub use worker::Delivery;
