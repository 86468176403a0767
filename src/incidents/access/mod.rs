//! Who may ask, and who did what: API tokens, and the audit log.

pub mod audit;
pub mod tokens;
