//! From what is known to what is sent: the planner behind its lock, the loop that asks it and stores what it decided, links
//! that acknowledge, and what became of messages.

pub mod delivery_status;
pub mod failover_links;
pub mod links;
pub mod memory;
pub mod notify_loop;
pub mod ports;
pub mod refusals;
pub mod shared_planner;
