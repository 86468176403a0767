//! To come.

mod diagnostic;
mod findings;
mod node;
mod render;
mod scalar;
mod source;
mod yaml;
pub use diagnostic::{Diagnostic, Place, Related, Severity};
pub use render::render;
