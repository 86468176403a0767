//! Who did what, and when: rows that are added and never changed. The database itself refuses to change them.

use serde::Serialize;

use super::database::{Database, DatabaseError, Writing};

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number; higher ones came later.
    pub number: i64,
    /// Unix milliseconds.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done, e.g. `acknowledged`.
    pub action: String,
    /// To what: an incident's or a silence's id.
    pub subject: String,
    /// In words.
    pub detail: String,
}

/// Adds a line in the transaction that does what it says.
pub async fn add(
    writing: &mut Writing,
    at: i64,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<(), DatabaseError> {
    let args = vec![at.into(), actor.into(), action.into(), subject.into(), detail.into()];
    writing.execute(include_str!("sql/add_audit.sql"), args).await.map(drop)
}

/// The newest lines first, of one subject or (empty) of all; at most `most`.
pub async fn read(database: &Database, subject: &str, most: i64) -> Result<Vec<Entry>, DatabaseError> {
    let args = vec![subject.into(), most.into()];
    let rows: Vec<(i64, i64, String, String, String, String)> =
        database.fetch(include_str!("sql/audit.sql"), args).await?;
    Ok(rows
        .into_iter()
        .map(|(number, at, actor, action, subject, detail)| Entry {
            number,
            at,
            actor,
            action,
            subject,
            detail,
        })
        .collect())
}
