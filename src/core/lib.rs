//! What every crate here speaks in: declared metrics, names of labels, label sets, small plain data. Pure, and light enough for
//! whatever stands on it.

pub mod duration;
pub mod labels;
pub mod metrics;
pub mod names;
pub mod sorted;
pub mod suggest;
pub mod text;
pub mod time;
