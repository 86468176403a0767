//! What fires in this engine comes to the alert service as alerts from outside do.

use async_trait::async_trait;

use crate::alerts::{Alerts, IncomingAlert};
use slo_model::alert::{Alert, AlertSink, SinkError};

#[async_trait]
impl AlertSink for Alerts {
    async fn post(&self, alerts: Vec<Alert>) -> Result<(), SinkError> {
        let incoming = alerts.iter().map(IncomingAlert::from);
        self.put(incoming.collect()).await.map_err(|error| SinkError(error.to_string()))
    }
}
