//! Configurations for others, from ours. Pure: the same input gives the same bytes.

pub mod alertmanager;
