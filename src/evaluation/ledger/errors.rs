//! From what a store reports to what people are told, once for both stores.

use super::LedgerError;
use super::packing::PackingError;
use slo_base::store::Fault;

impl LedgerError {
    /// A fault of the database that is shown as `url`.
    pub(super) fn of(url: &str, fault: Fault) -> Self {
        let url = url.to_owned();
        match fault {
            Fault::Unreachable(reason) => Self::Unreachable { url, reason },
            Fault::Locked => Self::Locked { url },
            Fault::ReadOnly => Self::ReadOnly { url },
            Fault::Full => Self::Full { url },
            Fault::NewerSchema { found, known } => Self::NewerSchema { url, found, known },
            Fault::Damaged(reason) => Self::Damaged { url, reason },
            Fault::Lost(reason) => {
                let reason = format!(
                    "the connection was lost ({reason}); what is missing is written by the next tick"
                );
                Self::Failed { url, reason }
            }
            Fault::Deposed => {
                let reason = "another engine on it evaluates now; this one wrote nothing".to_owned();
                Self::Failed { url, reason }
            }
            Fault::Failed(reason) => Self::Failed { url, reason },
        }
    }
}

/// What can go wrong inside of a transaction, before it is known where.
#[derive(Debug)]
pub(super) enum Trouble {
    Fault(Fault),
    Ledger(LedgerError),
}

impl Trouble {
    /// What the database did, if it was that.
    pub(super) fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::Ledger(_) => None,
        }
    }

    pub(super) fn at(self, url: &str) -> LedgerError {
        match self {
            Self::Fault(fault) => LedgerError::of(url, fault),
            Self::Ledger(error) => error,
        }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<PackingError> for Trouble {
    fn from(error: PackingError) -> Self {
        Self::Fault(Fault::Damaged(error.to_string()))
    }
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}
