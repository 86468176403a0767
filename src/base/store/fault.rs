//! What a driver's error means, once for all rooms, and how it reads with the place it came from.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;

/// What went wrong with a database, in words that fit after its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be opened or reached.
    #[error("it cannot be opened: {0}")]
    Unreachable(String),
    /// Somebody else holds the lock.
    #[error("it is locked by another process")]
    Locked,
    /// It cannot be written.
    #[error("it is read-only")]
    ReadOnly,
    /// No space left.
    #[error("no space is left")]
    Full,
    /// Made by a later version of this program.
    #[error("it has schema {found}, this program knows up to {known}")]
    NewerSchema {
        /// What the database says.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// Not a database, or a damaged one.
    #[error("it is not a usable database: {0}")]
    Damaged(String),
    /// The connection broke, or another transaction was in the way: what is idempotent may be tried again.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// Another engine evaluates by now: what this one decided is not written.
    #[error("another engine on it evaluates now")]
    Deposed,
    /// Anything else the driver said.
    #[error("{0}")]
    Failed(String),
}

/// Why a database did not do what was asked; nothing was changed. Every message says what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// Where it is, without password.
    pub place: String,
    /// What went wrong.
    pub fault: Fault,
}

impl Error for StoreError {}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, fault } = self;
        match fault {
            Fault::Unreachable(reason) => write!(f, "cannot open the database {place}: {reason}"),
            Fault::Locked => write!(
                f,
                "the database {place} is locked by another process; stop it, or use PostgreSQL for several engines"
            ),
            Fault::ReadOnly => write!(
                f,
                "the database {place} is read-only; check the file's and the folder's permissions, or that it is no \
                 standby"
            ),
            Fault::Full => {
                write!(f, "no space left for the database {place}; free some, nothing was written")
            }
            Fault::NewerSchema { found, known } => write!(
                f,
                "the database {place} has schema {found}, this program knows up to {known}; use the newer program, or \
                 another database"
            ),
            Fault::Damaged(reason) => write!(
                f,
                "{place} is not a usable database: {reason}; restore it from a backup, or point --database elsewhere"
            ),
            Fault::Deposed => {
                write!(f, "the database {place} failed: {fault}; this one wrote nothing")
            }
            Fault::Lost(_) | Fault::Failed(_) => write!(f, "the database {place} failed: {fault}"),
        }
    }
}

/// An error that may be the database's.
pub trait StoreFailure: From<StoreError> {
    /// What the database did, if it was that.
    fn store_error(&self) -> Option<&StoreError>;
}

impl StoreFailure for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl Fault {
    /// What an error means that came while connecting: there a broken connection is a server that is not there.
    pub fn connecting(error: sqlx::Error) -> Self {
        match Self::from(error) {
            Self::Lost(reason) => {
                Self::Unreachable(format!("{reason}; check the address and that the server runs"))
            }
            other => other,
        }
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                // Five characters are an SQLSTATE; SQLite's codes are decimal, and its longest has four digits.
                if code.len() == 5 {
                    of_sqlstate(&code, database.message())
                } else {
                    of_sqlite(code.parse().unwrap_or_default(), database.message())
                }
            }
            sqlx::Error::Io(io) if io.kind() == ErrorKind::StorageFull => Self::Full,
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => Self::Lost(chain(&error)),
            sqlx::Error::Configuration(_) | sqlx::Error::Tls(_) => Self::Unreachable(chain(&error)),
            sqlx::Error::PoolTimedOut => {
                Self::Unreachable("no connection came about in time; check that the server runs".to_owned())
            }
            sqlx::Error::PoolClosed => Self::Failed("it has been closed".to_owned()),
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::Decode(_) => Self::Damaged(chain(&error)),
            _ => Self::Failed(chain(&error)),
        }
    }
}

/// `SQLite`'s result codes (<https://www.sqlite.org/rescode.html>); the low byte is the primary one.
fn of_sqlite(code: i64, message: &str) -> Fault {
    match code & 0xff {
        5 | 6 => Fault::Locked,
        8 => Fault::ReadOnly,
        13 => Fault::Full,
        11 | 26 => Fault::Damaged(message.to_owned()),
        14 => Fault::Unreachable(format!("{message}; check that the folder exists and may be written")),
        _ => Fault::Failed(format!("{message} (SQLite code {code})")),
    }
}

/// `PostgreSQL`'s error codes (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
fn of_sqlstate(code: &str, message: &str) -> Fault {
    match code {
        "28P01" | "28000" => {
            Fault::Unreachable(format!("{message}; check the user and the password in the address"))
        }
        "3D000" => Fault::Unreachable(format!("{message}; create it with createdb, or name another one")),
        "53300" => Fault::Unreachable(format!("{message}; raise max_connections there")),
        "53100" => Fault::Full,
        "25006" => Fault::ReadOnly,
        "55P03" => Fault::Locked,
        "42501" => Fault::Failed(format!("{message}; grant the user CREATE and USAGE on the schema")),
        // 40001 and 40P01: another transaction was in the way. 57P01 to 57P03: the server stops or starts. 25P03: we
        // slept in the middle of a transaction, and the server ended it.
        "40001" | "40P01" | "57P01" | "57P02" | "57P03" | "25P03" => Fault::Lost(message.to_owned()),
        "XX001" | "XX002" => Fault::Damaged(message.to_owned()),
        _ if code.starts_with("08") => Fault::Lost(message.to_owned()),
        _ => Fault::Failed(format!("{message} (SQLSTATE {code})")),
    }
}

/// An error with its causes, each said once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_codes_count_as_their_primary_one() {
        assert_eq!(of_sqlite(5, ""), Fault::Locked);
        assert_eq!(of_sqlite(5 | (2 << 8), ""), Fault::Locked);
        assert_eq!(of_sqlite(8 | (1 << 8), ""), Fault::ReadOnly);
        assert_eq!(of_sqlite(13, ""), Fault::Full);
        assert_eq!(of_sqlite(26, "file is not a database"), Fault::Damaged("file is not a database".into()));
        assert!(matches!(of_sqlite(1, "no such table: x"), Fault::Failed(_)));
    }

    #[test]
    fn a_lost_connection_is_an_unreachable_server_while_connecting() {
        let refused = || sqlx::Error::Io(std::io::Error::from(ErrorKind::ConnectionRefused));
        assert!(matches!(Fault::from(refused()), Fault::Lost(_)));
        let Fault::Unreachable(reason) = Fault::connecting(refused()) else { panic!("unreachable") };
        assert!(reason.ends_with("check the address and that the server runs"), "{reason}");
    }

    #[test]
    fn what_may_be_tried_again_is_told_apart() {
        assert!(matches!(of_sqlstate("40P01", "deadlock"), Fault::Lost(_)));
        assert!(matches!(of_sqlstate("57P01", "terminating"), Fault::Lost(_)));
        assert!(matches!(of_sqlstate("23505", "duplicate"), Fault::Failed(_)));
        assert_eq!(of_sqlstate("53100", "could not extend file"), Fault::Full);
    }
}
