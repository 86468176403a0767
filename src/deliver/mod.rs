//! Gets notifications out: an outbox that survives everything, workers, and one folder per channel.
