//! What goes into the outbox's tables and comes out of them, the same for every store.

use serde::Serialize;

use super::body;
use slo_base::store::{Arg, Fault};
use slo_core::text::{cut_bytes, escaped};
use slo_core::time::{Span, Timestamp, as_ms};
use slo_model::route::Notification;

/// Bytes of an answer that are kept with an attempt.
pub const MAX_EXCERPT_BYTES: usize = 512;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its time.
    Queued,
    /// A worker is sending it, or died doing so.
    Leased,
    /// The channel took it.
    Accepted,
    /// The channel refused it for good.
    Refused,
    /// It was tried for as long as the limit says.
    Expired,
    /// It had failed, and a newer notification of its thread says more.
    Superseded,
}

impl State {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        }
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        [Self::Queued, Self::Leased, Self::Accepted, Self::Refused, Self::Expired, Self::Superseded]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Fault::Damaged(format!("an outbox row has the unknown state {text:?}")))
    }
}

/// One channel of one receiver: what is slow or down for itself, and has a limit of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outlet {
    /// The receiver's name.
    pub receiver: String,
    /// Which of its channels, counted from 0.
    pub channel: u32,
}

impl Outlet {
    /// As it is stored; `add_channels.sql` knows the form.
    pub(super) fn stored(&self) -> String {
        format!("{} {}", self.channel, plain(&self.receiver))
    }

    pub(super) fn parse(stored: &str) -> Result<Self, Fault> {
        stored
            .split_once(' ')
            .and_then(|(channel, receiver)| {
                Some(Self { receiver: receiver.to_owned(), channel: channel.parse().ok()? })
            })
            .ok_or_else(|| Fault::Damaged(format!("an outbox row has the unreadable outlet {stored:?}")))
    }
}

/// How many rows a worker has room for, for one outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The outlet.
    pub outlet: Outlet,
    /// At most so many.
    pub max: u32,
}

/// A row that a worker holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Leased {
    /// The row.
    pub id: i64,
    /// What is to be sent.
    pub notification: Notification,
    /// Which of the receiver's channels, counted from 0.
    pub channel: u32,
    /// Which attempt this is, counted from 1. It also distinguishes this lease from later ones.
    pub attempt: i64,
    /// When it was first handed out.
    pub first_at: Timestamp,
}

/// How an attempt ended, and so what becomes of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The channel took it.
    Accepted,
    /// To be tried again; why.
    Retry {
        /// So long after the attempt.
        after: Span,
        /// For people.
        reason: String,
    },
    /// Refused for good; why.
    Refused(String),
    /// It failed once more, and the limit is over; why.
    Expired(String),
}

impl Outcome {
    /// `accepted`, `retry`, `refused` or `expired`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Retry { .. } => "retry",
            Self::Refused(_) => "refused",
            Self::Expired(_) => "expired",
        }
    }

    /// Why, for people; empty when it was accepted.
    pub fn reason(&self) -> &str {
        match self {
            Self::Accepted => "",
            Self::Retry { reason, .. } | Self::Refused(reason) | Self::Expired(reason) => reason,
        }
    }
}

/// One attempt to send a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The row ([`Leased::id`]).
    pub row: i64,
    /// Which attempt ([`Leased::attempt`]).
    pub attempt: i64,
    /// When it ended.
    pub at: Timestamp,
    /// Who tried.
    pub worker: String,
    /// The kind of the channel: `email`, `slack`, ….
    pub channel: String,
    /// The status of the answer: HTTP's or SMTP's, if there was one.
    pub status: Option<u16>,
    /// From the first byte to the answer.
    pub latency: Span,
    /// The start of the answer, see [`excerpt`].
    pub excerpt: String,
    /// How it ended.
    pub outcome: Outcome,
}

impl Attempt {
    /// When the row is tried again.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        match self.outcome {
            Outcome::Retry { after, .. } => Some(self.at + after.max(Span::ZERO)),
            Outcome::Accepted | Outcome::Refused(_) | Outcome::Expired(_) => None,
        }
    }
}

/// What a recorded attempt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// The row is where the outcome says.
    Applied,
    /// The lease had ended, and the row is somebody else's or done; only the attempt was noted.
    LeaseLost,
}

/// What waits in the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Rows that wait for their time, or for another try.
    pub queued: u64,
    /// Rows that are being sent.
    pub leased: u64,
    /// When the oldest of all was due.
    pub oldest_due_at: Option<Timestamp>,
}

/// An attempt as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptRecord {
    /// Counted from 1.
    pub attempt: i64,
    /// When it ended.
    #[serde(with = "as_ms")]
    pub at: Timestamp,
    /// Who tried.
    pub worker: String,
    /// The kind of the channel.
    pub channel: String,
    /// `accepted`, `retry`, `refused` or `expired`.
    pub outcome: String,
    /// Why, for people.
    pub reason: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Until the answer.
    #[serde(rename = "latency_ms", with = "as_ms")]
    pub latency: Span,
    /// The start of the answer.
    pub excerpt: String,
    /// When it is tried again.
    #[serde(with = "as_ms")]
    pub next_at: Option<Timestamp>,
}

/// How a notification stands with one channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutboxEntry {
    /// The notification.
    pub notification: Notification,
    /// Which of the receiver's channels, counted from 0.
    pub channel: u32,
    /// Where it stands.
    pub state: State,
    /// While it waits: when it may be taken, or when its lease ends.
    #[serde(with = "as_ms")]
    pub next_at: Timestamp,
    /// How often it was handed out.
    pub handed_out: i64,
    /// When it was done with.
    #[serde(with = "as_ms")]
    pub ended_at: Option<Timestamp>,
    /// Every attempt, oldest first.
    pub tried: Vec<AttemptRecord>,
}

/// The start of an answer as it may be kept and shown: bounded, and nothing in it moves a cursor or ends a line.
pub fn excerpt(answer: &str) -> String {
    cut_bytes(&escaped(answer.trim()), MAX_EXCERPT_BYTES + '…'.len_utf8())
}

/// A notification as the tables have it.
#[derive(Debug)]
pub(super) struct NewRow {
    pub key: String,
    pub outlet: String,
    pub lane: String,
    pub kind: &'static str,
    pub priority: i64,
    pub incident: Option<String>,
    pub due_at: Timestamp,
    pub body: String,
    /// Fingerprints of its alerts, as they are stored.
    pub alerts: Vec<i64>,
}

impl NewRow {
    pub fn of(notification: &Notification) -> Result<Self, Fault> {
        let body = body::write(notification)?;
        // A unit separator keeps ("a", "bc") and ("ab", "c") apart.
        let person = notification.person.as_deref().unwrap_or_default();
        let lane = format!("{}\u{1f}{}\u{1f}{person}", notification.receiver, notification.thread);
        Ok(Self {
            key: plain(&notification.key),
            outlet: Outlet { receiver: notification.receiver.clone(), channel: 0 }.stored(),
            lane: plain(&lane),
            kind: notification.kind.as_str(),
            priority: notification.priority.number(),
            incident: notification.incident.as_deref().map(plain),
            due_at: notification.due_at,
            body,
            alerts: notification.alerts.iter().map(|alert| alert.fingerprint.0 as i64).collect(),
        })
    }

    /// `key, incident, due_at, body`
    pub fn notification(&self) -> Vec<Arg> {
        let Self { key, incident, due_at, body, .. } = self;
        vec![key.as_str().into(), incident.clone().into(), (*due_at).into(), body.as_str().into()]
    }

    /// `key, fingerprint` of each alert
    pub fn alerts(&self) -> impl Iterator<Item = Vec<Arg>> {
        self.alerts.iter().map(|alert| vec![self.key.as_str().into(), (*alert).into()])
    }

    /// `key, outlet, lane, kind, priority`
    pub fn queued(&self) -> Vec<Arg> {
        let Self { key, outlet, lane, kind, priority, .. } = self;
        let texts = [key.as_str(), outlet, lane, *kind];
        texts.into_iter().map(Arg::from).chain([(*priority).into()]).collect()
    }
}

/// `PostgreSQL`'s text has no NUL. Inside of the body, JSON escapes it.
pub(super) fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// `id, channel, attempts, first_at, body`
pub(super) type LeasedRow = (i64, i64, i64, i64, String);
/// `outbox_id, attempt, at, worker, channel, outcome, reason, status, latency_ms, excerpt, next_at`
pub(super) type TriedRow =
    (i64, i64, i64, String, String, String, String, Option<i64>, i64, String, Option<i64>);
/// `id, body, channel, state, next_at, attempts, ended_at`
pub(super) type StandingRow = (i64, String, i64, String, i64, i64, Option<i64>);

/// Most urgent first, as they were asked for; `RETURNING` has no order.
pub(super) fn leased(mut rows: Vec<LeasedRow>) -> Result<Vec<Leased>, Fault> {
    rows.sort_by_key(|row| row.0);
    let mut leased = Vec::with_capacity(rows.len());
    for (id, channel, attempt, first_at, body) in rows {
        let channel = u32::try_from(channel).unwrap_or(u32::MAX);
        leased.push(Leased {
            id,
            notification: body::read(&body)?,
            channel,
            attempt,
            first_at: Timestamp::from_ms(first_at),
        });
    }
    leased.sort_by_key(|row| row.notification.priority);
    Ok(leased)
}

pub(super) fn depth((all, leased, oldest_due_at): (i64, i64, Option<i64>)) -> Depth {
    let count = |rows: i64| u64::try_from(rows).unwrap_or(0);
    Depth {
        queued: count(all - leased),
        leased: count(leased),
        oldest_due_at: oldest_due_at.map(Timestamp::from_ms),
    }
}

pub(super) fn standings(rows: Vec<StandingRow>, tried: Vec<TriedRow>) -> Result<Vec<OutboxEntry>, Fault> {
    let mut of_row: std::collections::BTreeMap<i64, Vec<AttemptRecord>> = std::collections::BTreeMap::new();
    for (row, attempt, at, worker, channel, outcome, reason, status, latency_ms, excerpt, next_at) in tried {
        let status = status.and_then(|status| u16::try_from(status).ok());
        of_row.entry(row).or_default().push(AttemptRecord {
            attempt,
            at: Timestamp::from_ms(at),
            worker,
            channel,
            outcome,
            reason,
            status,
            latency: Span::from_ms(latency_ms),
            excerpt,
            next_at: next_at.map(Timestamp::from_ms),
        });
    }
    rows.into_iter()
        .map(|(id, body, channel, state, next_at, handed_out, ended_at)| {
            Ok(OutboxEntry {
                notification: body::read(&body)?,
                channel: u32::try_from(channel).unwrap_or(u32::MAX),
                state: State::parse(&state)?,
                next_at: Timestamp::from_ms(next_at),
                handed_out,
                ended_at: ended_at.map(Timestamp::from_ms),
                tried: of_row.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_bounded_and_hold_no_control_characters() {
        assert_eq!(excerpt(" ok\n"), "ok");
        assert_eq!(excerpt("a\r\nb\u{1b}[2J"), "a\\r\\nb\\u{1b}[2J");
        let long = excerpt(&"ü".repeat(10_000));
        assert!(long.len() <= MAX_EXCERPT_BYTES + '…'.len_utf8(), "{}", long.len());
        assert!(long.ends_with('…'));
    }

    #[test]
    fn states_are_read_as_they_are_written() {
        for state in [State::Queued, State::Leased, State::Accepted, State::Superseded] {
            assert_eq!(State::parse(state.as_str()), Ok(state));
        }
        assert!(matches!(State::parse("lost"), Err(Fault::Damaged(_))));
    }
}
