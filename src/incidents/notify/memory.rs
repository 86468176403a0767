//! What the planner remembers of groups, and why it decided what it did.

use slo_base::clock::Clock;
use slo_base::store::{Arg, Store, StoreError, WriteTransaction};
use slo_core::time::{Span, Timestamp};
use slo_model::alert::Fingerprint;
use slo_model::route::{GroupKey, GroupMemory, Plan, Reason, Step};

/// Reasons are kept this long.
const KEEP_REASONS: Span = Span::days(30);
/// The newest reasons of one alert that are read.
const MOST_REASONS: i64 = 500;

/// Between reasons that share a row: ASCII's unit separator, which nobody writes.
const NEXT: char = '\u{1f}';

/// Groups' memory and reasons in the database.
#[derive(Clone)]
pub struct Memory {
    store: Store,
    clock: Clock,
}

impl Memory {
    /// In this database.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// What is remembered of all groups: key and JSON.
    pub async fn groups(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.store.fetch("SELECT key, body FROM group_memory ORDER BY key", Vec::new()).await
    }

    /// Writes what a plan changed, in the plan's transaction.
    pub async fn write(&self, writing: &mut WriteTransaction, plan: &Plan) -> Result<(), StoreError> {
        let mut kept = Vec::new();
        for (key, memory) in &plan.groups {
            match memory {
                Some(memory) => {
                    if let Some(body) = written(key, memory) {
                        kept.push(vec![key.as_str().into(), body.into()]);
                    }
                }
                None => {
                    writing
                        .execute("DELETE FROM group_memory WHERE key = $1", vec![key.as_str().into()])
                        .await?;
                }
            }
        }
        let put = "INSERT INTO group_memory (key, body) {rows} \
                   ON CONFLICT (key) DO UPDATE SET body = excluded.body";
        writing.insert(put, kept).await?;
        let add = "INSERT INTO reason (at, fingerprint, step, text) {rows}";
        writing.insert(add, rows(&plan.reasons)).await.map(drop)
    }

    /// The way an alert took, in order.
    pub async fn reasons(&self, alert: Fingerprint) -> Result<Vec<Reason>, StoreError> {
        let args = vec![(alert.0 as i64).into(), MOST_REASONS.into()];
        let rows: Vec<(i64, String, String)> =
            self.store.fetch(include_str!("../sql/reasons.sql"), args).await?;
        // A step that only a later program takes is left out.
        let reason = |at_ms, step: &str, text: &str| {
            let step = Step::parse(step)?;
            Some(Reason {
                at: Timestamp::from_ms(at_ms),
                fingerprint: Some(alert),
                step,
                text: text.to_owned(),
            })
        };
        let mut reasons = Vec::with_capacity(2 * rows.len());
        for (at, steps, texts) in rows.into_iter().rev() {
            let steps = steps.split(NEXT).zip(texts.split(NEXT));
            reasons.extend(steps.filter_map(|(step, text)| reason(at, step, text)));
        }
        Ok(reasons)
    }

    /// Forgets old reasons.
    pub async fn collect_garbage(&self) -> Result<(), StoreError> {
        let before = self.clock.now() - KEEP_REASONS;
        self.store.execute("DELETE FROM reason WHERE at < $1", vec![before.into()]).await.map(drop)
    }
}

/// A group's memory as JSON.
fn written(key: &GroupKey, memory: &GroupMemory) -> Option<String> {
    let written = serde_json::to_string(memory);
    let key = key.as_str();
    written
        .inspect_err(|error| {
            tracing::error!(%error, key, "what is to be remembered of a group cannot be written");
        })
        .ok()
}

/// Reasons as rows: those of one alert at one moment share one. In order of alerts, so that those that are looked up
/// together lie together; the order within an alert stays.
fn rows(reasons: &[Reason]) -> Vec<Vec<Arg>> {
    let mut sorted: Vec<&Reason> = reasons.iter().collect();
    sorted.sort_by_key(|reason| reason.fingerprint);
    let together = sorted.chunk_by(|one, next| (one.fingerprint, one.at) == (next.fingerprint, next.at));
    let row = |together: &[&Reason]| {
        let joined = |text: fn(&Reason) -> &str| {
            let texts: Vec<String> = together.iter().map(|reason| text(reason).replace(NEXT, " ")).collect();
            texts.join(NEXT.encode_utf8(&mut [0; 4]))
        };
        let first = together.first()?;
        Some(vec![
            first.at.into(),
            first.fingerprint.map(|print| print.0 as i64).into(),
            joined(|reason| reason.step.as_str()).into(),
            joined(|reason| &reason.text).into(),
        ])
    };
    together.filter_map(row).collect()
}
