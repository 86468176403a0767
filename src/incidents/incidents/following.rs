//! What a plan decided about incidents, written with the rest of the plan: a storm of them costs few statements.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::MutexGuard;

use super::{Action, ENGINE, Incident, Incidents, NewIncident, PUT, opened};
use crate::access::audit;
use crate::sequence;
use slo_base::store::{Arg, StoreError, WriteTransaction};
use slo_model::route::{Change, IncidentChange};

/// Ids that one question is about.
const AT_ONCE: usize = 500;

/// Incidents that follow a plan. Nobody else changes incidents until it ends.
pub struct Following<'a> {
    incidents: &'a Incidents,
    _write_lock: MutexGuard<'a, ()>,
    written: Vec<Arc<Incident>>,
}

impl Incidents {
    /// Waits until nobody else changes incidents here.
    pub async fn following(&self) -> Following<'_> {
        let write_lock = self.records.write_lock().await;
        Following { incidents: self, _write_lock: write_lock, written: Vec::new() }
    }
}

impl Following<'_> {
    /// Does what a plan decided, in the plan's transaction. What cannot be is left out and logged: it would be refused
    /// again.
    pub async fn write(
        &mut self,
        writing: &mut WriteTransaction,
        changes: &[IncidentChange],
    ) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut known = self.stored(writing, changes).await?;
        let (mut lines, mut changed) = (Vec::new(), BTreeMap::new());
        for change in changes {
            let (id, at) = (&change.incident, change.at);
            let action = match change.change {
                Change::Opened | Change::Reopened => Action::Reopen,
                Change::Resolved => Action::Resolve { by_alerts: true },
            };
            let (next, done, detail) = match (known.get(id), change.change) {
                (Some(known), _) => match known.after(&action, ENGINE, at) {
                    Ok(Some(next)) => (next, action.as_str(), action.detail()),
                    Ok(None) => continue,
                    Err(reason) => {
                        tracing::warn!(id, reason, "an incident was not changed");
                        continue;
                    }
                },
                (None, Change::Opened | Change::Reopened) => {
                    (opened(NewIncident::from(change)), "opened", change.title.clone())
                }
                (None, Change::Resolved) => {
                    tracing::warn!(id, "an incident that is over is not known");
                    continue;
                }
            };
            lines.push(audit::Line { at, actor: ENGINE, action: done, subject: id.clone(), detail });
            known.insert(id.clone(), next.clone());
            changed.insert(id.clone(), Arc::new(next));
        }
        if changed.is_empty() {
            return Ok(());
        }
        audit::add_all(writing, lines).await?;
        let seq = sequence::next(writing, "incident").await?;
        let rows: Result<Vec<Vec<Arg>>, StoreError> =
            changed.values().map(|incident| self.incidents.row(incident, seq)).collect();
        writing.insert(PUT, rows?).await?;
        self.written = changed.into_values().collect();
        Ok(())
    }

    /// It is on the disk: from now on it is known.
    pub fn done(self) {
        if !self.written.is_empty() {
            self.incidents.records.put(self.written);
        }
    }

    /// The incidents that changes are about, as far as there are any.
    async fn stored(
        &self,
        writing: &mut WriteTransaction,
        changes: &[IncidentChange],
    ) -> Result<BTreeMap<String, Incident>, StoreError> {
        let mut known = BTreeMap::new();
        for changes in changes.chunks(AT_ONCE) {
            let ids: Vec<String> = changes.iter().map(|change| change.incident.clone()).collect();
            let sql = "SELECT id, body FROM incident WHERE id = ANY ($1)";
            let rows: Vec<(String, String)> = writing.fetch(sql, vec![ids.into()]).await?;
            for (id, text) in rows {
                known.insert(id, self.incidents.records.decode(&text)?);
            }
        }
        Ok(known)
    }
}
