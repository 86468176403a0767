//! Settings, one struct per concern, checked when they are made.

pub mod source;
