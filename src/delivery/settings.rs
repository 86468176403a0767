//! How the delivery works.

use std::time::Duration;

use super::retry::RetrySettings;

/// How the delivery works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliverySettings {
    /// When and how long is tried again.
    pub retry: RetrySettings,
    /// A row is ours so long; what is still being sent is renewed before. What a dead process was sending is sent again
    /// after this.
    pub lease: Duration,
    /// The longest that one attempt may take, whatever the channel does.
    pub timeout: Duration,
    /// Messages that are sent at once through one channel of one receiver.
    pub per_outlet: u32,
    /// Messages that are sent at once in all.
    pub in_all: u32,
    /// How often is looked for what other processes enqueued and for retries that are due. What this process enqueues
    /// is seen at once.
    pub look_every: Duration,
    /// How long finished notifications and their attempts are kept.
    pub keep: Duration,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            retry: RetrySettings::default(),
            lease: Duration::from_secs(12),
            timeout: Duration::from_secs(45),
            per_outlet: 8,
            in_all: 128,
            look_every: Duration::from_millis(250),
            keep: Duration::from_hours(90 * 24),
        }
    }
}
