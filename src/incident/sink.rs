//! What fires in this engine comes to the desk as alerts from outside do.

use async_trait::async_trait;

use super::alerts::{Alerts, Heard};
use super::pairs::Pairs;
use crate::alert::{Alert, AlertSink, SinkError};

#[async_trait]
impl AlertSink for Alerts {
    async fn post(&self, alerts: Vec<Alert>) -> Result<(), SinkError> {
        let heard = alerts.into_iter().map(|alert| Heard {
            labels: Pairs::from(&alert.labels),
            annotations: Pairs::from(&alert.annotations),
            starts_at: Some(alert.starts_at),
            ends_at: alert.explicit_end.then_some(alert.ends_at),
            generator_url: alert.generator_url,
        });
        self.put(heard.collect()).await.map_err(|error| SinkError(error.to_string()))
    }
}
