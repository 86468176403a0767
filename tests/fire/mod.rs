//! What fires: rule files as Prometheus evaluates them, SLOs, and what a restart keeps.

mod burn;
pub mod charts;
mod rules;
pub mod slos;
mod states;
mod unit_test_file;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use slo_evaluation::engine::alerts::{Alerting, MemoryStates, States};
use slo_model::alert::rule::ExternalContext;
use slo_model::alert::{AlertSink, IncomingAlert, SinkError};
use slo_model::source::SeriesWriter;

/// A sink that remembers what it was told, or refuses.
#[derive(Default)]
pub struct RecordingSink {
    alerts: Mutex<Vec<IncomingAlert>>,
    refuses: Mutex<bool>,
}

impl RecordingSink {
    pub fn take(&self) -> Vec<IncomingAlert> {
        std::mem::take(&mut self.alerts.lock().unwrap())
    }

    fn refuse(&self, refuse: bool) {
        *self.refuses.lock().unwrap() = refuse;
    }
}

#[async_trait]
impl AlertSink for RecordingSink {
    async fn post(&self, alerts: Vec<IncomingAlert>) -> Result<(), SinkError> {
        if *self.refuses.lock().unwrap() {
            return Err(SinkError("no".to_owned()));
        }
        self.alerts.lock().unwrap().extend(alerts);
        Ok(())
    }
}

pub fn alerting(
    sink: &Arc<RecordingSink>,
    states: Option<Arc<dyn States>>,
    writer: Option<Arc<dyn SeriesWriter>>,
) -> Alerting {
    Alerting {
        sink: sink.clone(),
        states: states.unwrap_or_else(|| Arc::new(MemoryStates::default())),
        writer,
        around: ExternalContext::default(),
        policy_file: None,
    }
}
