//! Settings, one struct per concern, checked when they are made.

pub mod source;

/// Whether the user asked for no colours, after <https://no-color.org>.
#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
pub fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// The secret in an environment variable, without white space at its end; `None` when it is not set or empty.
#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
pub fn secret(variable: &str) -> Option<secrecy::SecretString> {
    let value = std::env::var(variable).ok()?;
    let value = value.trim_end();
    (!value.is_empty()).then(|| secrecy::SecretString::from(value.to_owned()))
}
