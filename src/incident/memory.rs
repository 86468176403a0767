//! What the planner remembers of groups, and why it decided what it did.

use super::database::{Database, DatabaseError, Writing};
use super::ports::Plan;
use crate::alert::Fingerprint;
use crate::clock::Clock;
use crate::route::Reason;

/// Reasons are kept this long.
const KEEP_REASONS_MS: i64 = 30 * 86_400_000;
/// The newest reasons of one alert that are told.
const MOST_REASONS: i64 = 500;

/// Groups' memory and reasons in the database.
#[derive(Clone)]
pub struct Memory {
    database: Database,
    clock: Clock,
}

impl Memory {
    /// In this database.
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock }
    }

    /// What is remembered of all groups: key and JSON.
    pub async fn groups(&self) -> Result<Vec<(String, String)>, DatabaseError> {
        self.database.fetch("SELECT key, body FROM group_memory ORDER BY key", Vec::new()).await
    }

    /// Writes what a plan changed, in the plan's transaction.
    pub async fn write(&self, writing: &mut Writing, plan: &Plan) -> Result<(), DatabaseError> {
        let mut kept = Vec::new();
        for (key, body) in &plan.groups {
            match body {
                Some(body) => kept.push(vec![key.as_str().into(), body.as_str().into()]),
                None => {
                    writing
                        .execute("DELETE FROM group_memory WHERE key = $1", vec![key.as_str().into()])
                        .await?;
                }
            }
        }
        let tail = "ON CONFLICT (key) DO UPDATE SET body = excluded.body";
        writing.insert("INSERT INTO group_memory (key, body) VALUES", kept, tail).await?;
        let reasons = plan.reasons.iter().map(|reason| {
            vec![
                reason.at.into(),
                reason.fingerprint.map(|print| print.0 as i64).into(),
                reason.step.as_str().into(),
                reason.text.as_str().into(),
            ]
        });
        let head = "INSERT INTO reason (at, fingerprint, step, text) VALUES";
        writing.insert(head, reasons.collect(), "").await
    }

    /// The way an alert took, in order.
    pub async fn reasons(&self, alert: Fingerprint) -> Result<Vec<Reason>, DatabaseError> {
        let args = vec![(alert.0 as i64).into(), MOST_REASONS.into()];
        let rows: Vec<(i64, String, String)> =
            self.database.fetch(include_str!("sql/reasons.sql"), args).await?;
        let reasons = rows.into_iter().rev();
        Ok(reasons.map(|(at, step, text)| Reason { at, fingerprint: Some(alert), step, text }).collect())
    }

    /// Forgets old reasons.
    pub async fn collect_garbage(&self) -> Result<(), DatabaseError> {
        let before = self.clock.now_ms().saturating_sub(KEEP_REASONS_MS);
        self.database.execute("DELETE FROM reason WHERE at < $1", vec![before.into()]).await.map(drop)
    }
}
