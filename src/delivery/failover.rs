//! The message for the receiver that stands in where another could not be reached.

use async_trait::async_trait;

use super::receivers::Receivers;
use slo_core::time::Timestamp;
use slo_model::route::{Kind, Notification};

/// Lets those who stand in acknowledge as themselves.
#[async_trait]
pub trait FailoverLinks: Send + Sync {
    /// Where whoever gets `message` acknowledges its incident, in their own name; `None` when no link can be had.
    async fn acknowledge_url(&self, message: &Notification) -> Option<String>;
}

/// The message for the receiver that stands in. Its key follows from the first one's, so that it is enqueued once; a
/// receiver that was notified already is not notified again.
pub(super) fn of(
    given_up: &Notification,
    channel: &str,
    reason: &str,
    now: Timestamp,
    receivers: &Receivers,
) -> Option<Notification> {
    let next = given_up.failover.clone().or_else(|| receivers.failover(&given_up.receiver))?;
    let step = format!("/failover/{next}");
    let key = format!("{}{step}", given_up.key);
    if next == given_up.receiver || given_up.key.contains(&step) {
        return None;
    }
    let reason = format!(
        "{} (receiver {:?} could not be notified by {channel}: {reason})",
        given_up.reason, given_up.receiver
    );
    Some(Notification {
        key,
        kind: kind(given_up.kind),
        failover: receivers.failover(&next),
        receiver: next,
        due_at: now,
        reason,
        ..given_up.clone()
    })
}

/// What needs an answer says that it comes to a stand-in. What is over stays over: sent as a failover, it would page.
fn kind(given_up: Kind) -> Kind {
    match given_up {
        Kind::Firing | Kind::Escalation | Kind::Flapping | Kind::Failover => Kind::Failover,
        Kind::Resolved | Kind::Acknowledged | Kind::Digest | Kind::Heartbeat => given_up,
    }
}

/// Takes the link of whoever could not be reached out of `message`: it would record the stand-in's acknowledgement as
/// theirs. The stand-in gets a link of its own, if there was one and one can be had; none is better than a wrong one.
pub(super) async fn link(message: &mut Notification, failover_links: Option<&dyn FailoverLinks>) {
    let linked = message.context.acknowledge_url.take().is_some();
    if let Some(failover_links) = failover_links.filter(|_| linked) {
        message.context.acknowledge_url = failover_links.acknowledge_url(message).await;
    }
}
