//! How urgent an alert is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How urgent an alert is; the more urgent, the smaller. Written `P1` to `P4`, in JSON too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Critical: page at once.
    P1,
    /// High: page in business hours.
    P2,
    /// Medium: mail and chat.
    P3,
    /// Low: a daily digest.
    P4,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::P1, Self::P2, Self::P3, Self::P4];

    /// Its name in labels, files and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
        }
    }

    /// The priority of that name, as it is written.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == name)
    }

    /// 1, the most urgent, to 4; what databases order by.
    pub const fn number(self) -> i64 {
        match self {
            Self::P1 => 1,
            Self::P2 => 2,
            Self::P3 => 3,
            Self::P4 => 4,
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_everywhere() {
        for (number, priority) in (1..).zip(Priority::ALL) {
            assert_eq!(Priority::parse(priority.as_str()), Some(priority));
            assert_eq!(serde_json::to_value(priority).unwrap(), priority.to_string());
            assert_eq!((priority.number(), priority.to_string()), (number, format!("P{number}")));
        }
        assert_eq!(Priority::parse("p1"), None);
        assert!(Priority::P1 < Priority::P4);
    }
}
