//! Who acts: whose token it is, and who is said to act with it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use slo_incidents::access::tokens::{Holder, Scope};

/// The longest name of somebody who acts, in characters.
const LONGEST_NAME: usize = 100;

/// Who asks; handlers take it as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// Whoever is on this machine: there are no tokens.
    Anybody,
    /// Who has a token.
    Holder(Holder),
}

impl Caller {
    /// The token's name, or `local` without one.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Anybody => "local",
            Self::Holder(holder) => &holder.name,
        }
    }

    /// Whether it is allowed.
    pub(super) fn may(&self, scope: Scope) -> bool {
        match self {
            Self::Anybody => true,
            Self::Holder(holder) => holder.may(scope),
        }
    }

    /// Who acts, for the log: both who it is said to be, and whose token said so. An error for what is no name.
    pub(super) fn acting(&self, by: Option<&str>) -> Result<String, &'static str> {
        match by.map(str::trim).filter(|by| !by.is_empty()) {
            Some(by) if by.chars().count() > LONGEST_NAME || by.chars().any(char::is_control) => {
                Err("`by` is a name of at most 100 characters")
            }
            by => Ok(self.signed(by)),
        }
    }

    /// The same where any text has to be taken for a name, as Alertmanager takes it: what is too much of it is left out.
    pub(super) fn acting_as_any(&self, by: &str) -> String {
        let plain = by.trim().chars().take(LONGEST_NAME).map(|c| if c.is_control() { ' ' } else { c });
        let by: String = plain.collect();
        self.signed(Some(by.as_str()).filter(|by| !by.is_empty()))
    }

    fn signed(&self, by: Option<&str>) -> String {
        match (self, by) {
            (_, None) => self.name().to_owned(),
            (Self::Anybody, Some(by)) => by.to_owned(),
            (Self::Holder(holder), Some(by)) if by == holder.name => by.to_owned(),
            (Self::Holder(holder), Some(by)) => format!("{by} (by {})", holder.name),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    /// Without a guard in front there are no tokens either.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or(Self::Anybody))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_says_whose_token_said_so() {
        let holder = |name: &str| Caller::Holder(Holder { name: name.to_owned(), scopes: [].into() });
        assert_eq!(Caller::Anybody.acting(Some(" ann ")).as_deref(), Ok("ann"));
        assert_eq!(Caller::Anybody.acting(None).as_deref(), Ok("local"));
        assert_eq!(holder("karma").acting(Some("ann")).as_deref(), Ok("ann (by karma)"));
        assert_eq!(holder("ann").acting(Some("ann")).as_deref(), Ok("ann"));
        // A token of that name is not nobody's.
        assert_eq!(holder("local").acting(Some("ann")).as_deref(), Ok("ann (by local)"));
        assert!(Caller::Anybody.acting(Some("a\r\nb")).is_err());
        assert!(Caller::Anybody.acting(Some(&"x".repeat(101))).is_err());
        assert_eq!(holder("karma").acting_as_any("a\r\nb"), "a  b (by karma)");
        assert_eq!(holder("karma").acting_as_any(" "), "karma");
    }
}
