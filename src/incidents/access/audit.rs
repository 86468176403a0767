//! Who did what, and when: rows that are added and never changed. The database itself refuses to change them.

use serde::Serialize;

use crate::database::{Database, DatabaseError, Writing};

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

/// A line to add.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// Unix milliseconds.
    pub at: i64,
    /// Who.
    pub actor: &'a str,
    /// What was done, e.g. `acknowledged`.
    pub action: &'a str,
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
    let line = Line { at, actor, action, subject: subject.to_owned(), detail: detail.to_owned() };
    add_all(writing, vec![line]).await
}

/// Adds lines, in order.
pub async fn add_all(writing: &mut Writing, lines: Vec<Line<'_>>) -> Result<(), DatabaseError> {
    let rows = lines.into_iter().map(|line| {
        vec![line.at.into(), line.actor.into(), line.action.into(), line.subject.into(), line.detail.into()]
    });
    let head = "INSERT INTO audit (at, actor, action, subject, detail) VALUES";
    writing.insert(head, rows.collect(), "").await
}

/// The newest lines first, of one subject or (empty) of all; at most `most`.
pub async fn read(database: &Database, subject: &str, most: i64) -> Result<Vec<Entry>, DatabaseError> {
    let args = vec![subject.into(), most.into()];
    let rows: Vec<(i64, i64, String, String, String, String)> =
        database.fetch(include_str!("../sql/audit.sql"), args).await?;
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
