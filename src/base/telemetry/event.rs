//! What happens in operation and people want to know: an event says it to the log and counts it, both or neither.
//!
//! A room's events stand in its crate's `events.rs`, each a type whose fields are what is known of it.

/// Something that happened.
pub trait Event {
    /// Where it is counted; `()` for what only the log is told.
    type Metrics: ?Sized;

    /// Tells the log, and counts.
    fn emit(self, metrics: &Self::Metrics);
}
