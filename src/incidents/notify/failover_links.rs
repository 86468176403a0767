//! Acknowledge links for those who stand in where somebody could not be reached.

use async_trait::async_trait;

use crate::notify::links::{Link, Links};
use crate::notify::notify_loop::LINK_LASTS;
use crate::notify::shared_planner::SharedPlanner;
use slo_delivery::FailoverLinks;
use slo_model::route::Notification;

/// Issues a stand-in its own link, so that what it acknowledges is recorded as its own.
pub struct LinkedStandIns {
    links: Links,
    planner: SharedPlanner,
    url: String,
}

impl LinkedStandIns {
    /// `url` is where people reach this engine, with its route prefix; `planner` knows which receivers are whose.
    pub fn new(links: Links, planner: SharedPlanner, url: &str) -> Self {
        Self { links, planner, url: url.trim_end_matches('/').to_owned() }
    }
}

#[async_trait]
impl FailoverLinks for LinkedStandIns {
    async fn acknowledge_url(&self, message: &Notification) -> Option<String> {
        let incident = message.incident.clone()?;
        // The second telephone of the same person is still that person; anybody else is named by the receiver.
        let own = message.person.as_ref().filter(|person| self.planner.reaches(person, &message.receiver));
        let link = Link {
            incident,
            person: own.unwrap_or(&message.receiver).clone(),
            expires_at: message.due_at + LINK_LASTS,
        };
        match self.links.issue(&link).await {
            Ok(token) => Some(format!("{}/ack/{token}", self.url)),
            Err(error) => {
                tracing::error!(%error, key = message.key, "a stand-in gets no acknowledge link");
                None
            }
        }
    }
}
