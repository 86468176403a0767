//! Who did what, and when: rows that are added and never changed. The database itself refuses to change them.

use serde::Serialize;

use slo_base::store::{Arg, Store, StoreError, WriteTransaction};
use slo_core::time::{Timestamp, as_ms};

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number; higher ones came later.
    pub number: i64,
    /// When.
    #[serde(with = "as_ms")]
    pub at: Timestamp,
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
    /// When.
    pub at: Timestamp,
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
    writing: &mut WriteTransaction,
    at: Timestamp,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let line = Line { at, actor, action, subject: subject.to_owned(), detail: detail.to_owned() };
    add_all(writing, vec![line]).await
}

/// Adds lines, in order.
pub async fn add_all(writing: &mut WriteTransaction, lines: Vec<Line<'_>>) -> Result<(), StoreError> {
    let (add, rows) = insertion(lines);
    writing.insert(add, rows).await.map(drop)
}

/// The statement that adds lines, with its rows, for a transaction that somebody else begins and ends.
pub fn insertion(lines: Vec<Line<'_>>) -> (&'static str, Vec<Vec<Arg>>) {
    let rows = lines.into_iter().map(|line| {
        vec![line.at.into(), line.actor.into(), line.action.into(), line.subject.into(), line.detail.into()]
    });
    ("INSERT INTO audit (at, actor, action, subject, detail) {rows}", rows.collect())
}

/// The newest lines first, of one subject or (empty) of all; at most `most`.
pub async fn read(store: &Store, subject: &str, most: i64) -> Result<Vec<Entry>, StoreError> {
    let args = vec![subject.into(), most.into()];
    let rows: Vec<(i64, i64, String, String, String, String)> =
        store.fetch(include_str!("../sql/audit.sql"), args).await?;
    Ok(rows
        .into_iter()
        .map(|(number, at, actor, action, subject, detail)| Entry {
            number,
            at: Timestamp::from_ms(at),
            actor,
            action,
            subject,
            detail,
        })
        .collect())
}
