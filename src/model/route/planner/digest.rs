//! What is sent once a day: everything that fired since the last time, once, however often the engine starts.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};

use super::evaluation::{MAX_NOTIFIED, branch_recipients, policy_recipients};
use super::group::{GroupEvaluation, Next};
use crate::alert::Fingerprint;
use crate::route::local::{instant, show, to_local};
use crate::route::memory::DigestMemory;
use crate::route::policy::Digest;
use crate::route::routing::Branch;
use crate::route::{Kind, Notification, NotificationContext, Step};
use slo_core::time::{Span, Timestamp};

impl Digest {
    /// The first time after `time`, and its local date. On a day when clocks skip it, the first moment after the gap; on
    /// one when it comes twice, the first.
    pub fn next_after(&self, time: Timestamp) -> (Timestamp, NaiveDate) {
        let today = to_local(self.zone, time).date();
        let on = |date: NaiveDate| (instant(self.zone, self.at.on(date)), date);
        let days = (-1..=3).filter_map(|days| today.checked_add_signed(Duration::days(days)));
        days.map(on).find(|(at, _)| *at > time).unwrap_or((time + Span::days(1), today))
    }

    /// The last time at or before `time`, and its local date.
    pub fn last_before(&self, time: Timestamp) -> (Timestamp, NaiveDate) {
        let today = to_local(self.zone, time).date();
        let on = |date: NaiveDate| (instant(self.zone, self.at.on(date)), date);
        let days = (-3..=1).rev().filter_map(|days| today.checked_add_signed(Duration::days(days)));
        days.map(on).find(|(at, _)| *at <= time).unwrap_or((time, today))
    }
}

impl GroupEvaluation<'_> {
    /// Collects, and sends when the time has come. [`Next::Forget`]: nothing is collected.
    pub(super) fn digest(&mut self, branch: &Branch, digest: Digest) -> Next {
        let now = self.context.now;
        self.memory.incident = None;
        if self.active.is_empty() && self.memory.digest.is_none() {
            return if self.firing.is_empty() { Next::Forget } else { Next::Rest };
        }
        let mut kept = self.memory.digest.take().unwrap_or_else(|| DigestMemory {
            last_at: now,
            seen: std::collections::BTreeMap::new(),
            more: 0,
        });
        // What is due is sent first, and then the next day's collection begins.
        if digest.next_after(kept.last_at).0 <= now {
            self.collect(&mut kept);
            // What is muted by now is not sent.
            kept.seen.retain(|alert, _| self.active.contains(alert) || !self.firing.contains(alert));
            let (at, date) = digest.last_before(now);
            self.notify_digest(branch, &kept, date);
            kept = DigestMemory { last_at: at, seen: std::collections::BTreeMap::new(), more: 0 };
        }
        let new = self.collect(&mut kept);
        let next = digest.next_after(kept.last_at).0;
        let text = format!("it is sent in the digest of {}", show(digest.zone, next));
        self.give_reason(new, now, Step::Deduplicated, &text);
        if kept.seen.is_empty() {
            return if self.firing.is_empty() { Next::Forget } else { Next::Rest };
        }
        self.memory.digest = Some(kept);
        Next::At(next)
    }

    /// Adds what fires, and notes what ended; returns what is new.
    fn collect(&self, kept: &mut DigestMemory) -> BTreeSet<Fingerprint> {
        let mut new = BTreeSet::new();
        for (fingerprint, seen) in &mut kept.seen {
            if let Some(notified) = self.context.notified(*fingerprint) {
                *seen = notified;
            } else if seen.ended_at.is_none() {
                seen.ended_at = Some(self.context.now);
            }
        }
        for alert in &self.active {
            if kept.seen.contains_key(alert) {
                continue;
            }
            if kept.seen.len() >= MAX_NOTIFIED {
                kept.more = kept.more.max(self.active.len().saturating_sub(kept.seen.len()) as u64);
                break;
            }
            if let Some(notified) = self.context.notified(*alert) {
                kept.seen.insert(*alert, notified);
                new.insert(*alert);
            }
        }
        new
    }

    fn notify_digest(&mut self, branch: &Branch, kept: &DigestMemory, date: NaiveDate) {
        if kept.seen.is_empty() {
            return;
        }
        let (now, routing) = (self.context.now, self.context.routing);
        let mut people = branch_recipients(routing, branch);
        people.extend(branch.page.iter().flat_map(|policy| policy_recipients(routing, policy, 0, now)));
        let id = self.context.key.hash("");
        let firing = kept.seen.values().filter(|alert| alert.ended_at.is_none()).count();
        let more = if kept.more > 0 { format!(", {} more are not shown", kept.more) } else { String::new() };
        let over = kept.seen.len() - firing;
        let reason = format!("the digest of {date}: {firing} firing, {over} over{more}");
        let mut names = Vec::new();
        for person in people {
            names.push(person.receiver.clone());
            self.plan.notifications.push(Notification {
                key: format!(
                    "{id:016x}/{}/{date}/{}/{}",
                    Kind::Digest.as_str(),
                    person.receiver,
                    person.person.as_deref().unwrap_or_default()
                ),
                thread: format!("{id:016x}/{}", person.receiver),
                incident: None,
                kind: Kind::Digest,
                priority: branch.priority,
                receiver: person.receiver,
                person: person.person,
                group: self.memory.labels.clone(),
                alerts: kept.seen.values().cloned().collect(),
                due_at: now,
                failover: person.failover,
                reason: reason.clone(),
                context: NotificationContext::default(),
            });
        }
        let text = format!("digest to {}: {reason}", names.join(", "));
        self.give_reason(kept.seen.keys().copied().collect::<Vec<_>>(), now, Step::Queued, &text);
    }
}
