//! Settings, one struct per concern, checked when they are made.

pub mod source;

/// Whether the user asked for no colours, after <https://no-color.org>.
#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
pub fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
