//! A database's address: which driver, and how it may be shown.

use std::path::Path;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use url::Url;

use super::{Fault, StoreError};

/// Where a database is. Has no `Debug`: the options hold the password.
#[derive(Clone)]
pub struct Place {
    shown: String,
    server: Server,
}

/// The driver's own options for an address.
#[derive(Clone)]
pub enum Server {
    /// A file, or memory.
    Sqlite {
        /// As the address says; what we want of every connection is added when it is opened.
        options: SqliteConnectOptions,
        /// What may be done with it.
        mode: Mode,
    },
    /// A server.
    Postgres(PgConnectOptions),
}

/// What may be done with a `SQLite` database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `sqlite::memory:`: it lives as long as its one connection.
    Memory,
    /// `?mode=ro`: nothing is created, migrated or written.
    Read,
    /// Another mode: it has to be there.
    Write,
    /// No mode: it is made where it is missing.
    Create,
}

impl Place {
    /// Reads `sqlite://PATH`, `sqlite::memory:` (`?mode=ro` and `?mode=rw` as in `SQLite`'s own URIs) or
    /// `postgres://user:password@host:port/database`.
    pub fn parse(address: &str) -> Result<Self, StoreError> {
        let shown = without_password(address);
        let server = match address.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => sqlite(address),
            Some("postgres" | "postgresql") => PgConnectOptions::from_str(address)
                .map(Server::Postgres)
                .map_err(|error| format!("{error}; write postgres://user:password@host:5432/database")),
            _ => Err(
                "it is not a database address; write sqlite://PATH or postgres://user:password@host/database"
                    .to_owned(),
            ),
        };
        match server {
            Ok(server) => Ok(Self { shown, server }),
            Err(reason) => Err(StoreError { place: shown, fault: Fault::Unreachable(reason) }),
        }
    }

    /// For people: without password and options.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The driver's options.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

/// The address of a `SQLite` file: its path, with what an address means otherwise escaped.
pub fn sqlite_url(file: &Path) -> String {
    let path = file.display().to_string();
    format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F").replace('#', "%23"))
}

fn sqlite(address: &str) -> Result<Server, String> {
    let options = SqliteConnectOptions::from_str(address)
        .map_err(|error| format!("{error}; write sqlite://PATH, e.g. sqlite://slo.db"))?;
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mode =
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "mode").map(|(_, mode)| mode);
    let memory = path.ends_with(":memory:") || mode.as_deref() == Some("memory");
    if !memory && options.get_filename().as_os_str().is_empty() {
        return Err("it names no file; write sqlite://PATH, e.g. sqlite://slo.db".to_owned());
    }
    let mode = match mode.as_deref() {
        _ if memory => Mode::Memory,
        Some("ro") => Mode::Read,
        Some(_) => Mode::Write,
        None => Mode::Create,
    };
    Ok(Server::Sqlite { options: options.create_if_missing(mode == Mode::Create), mode })
}

/// An address that may be printed: no password, no options (a password may be among them).
fn without_password(address: &str) -> String {
    let plain = address.split_once('?').map_or(address, |(plain, _)| plain);
    if plain.starts_with("sqlite:") {
        return plain.to_owned();
    }
    // An @ in the path is a password with a slash in it that nobody encoded.
    if plain.contains("://")
        && let Ok(mut url) = Url::parse(plain)
        && !url.path().contains('@')
        && (url.password().is_none() || url.set_password(None).is_ok())
    {
        return url.to_string();
    }
    match plain.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_name_has_an_address() {
        let file = Path::new("/tmp/100%25?mode=ro#1/slo.db");
        let Server::Sqlite { options, mode } = Place::parse(&sqlite_url(file)).ok().unwrap().server().clone()
        else {
            panic!("SQLite")
        };
        assert_eq!((options.get_filename(), mode), (file, Mode::Create));
    }

    fn refused(address: &str) -> (String, String) {
        match Place::parse(address) {
            Ok(_) => panic!("{address} was taken"),
            Err(StoreError { place, fault: Fault::Unreachable(reason) }) => (place, reason),
            Err(other) => panic!("{address}: {other}"),
        }
    }

    #[test]
    fn passwords_are_never_shown() {
        for (address, shown) in [
            ("postgres://me:secret@db:5433/slo?sslmode=disable", "postgres://me@db:5433/slo"),
            ("postgresql://db/slo?password=secret", "postgresql://db/slo"),
            ("sqlite://slo.db?mode=ro", "sqlite://slo.db"),
            ("sqlite::memory:", "sqlite::memory:"),
        ] {
            let place = Place::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
            assert_eq!(place.shown(), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_right_form() {
        for address in ["slo.db", "", "mysql://me:secret@db/slo", "me:secret@db", "sqlite://", "C:\\slo.db"] {
            let (shown, reason) = refused(address);
            assert!(!format!("{shown} {reason}").contains("secret"), "{shown} {reason}");
            assert!(reason.contains("sqlite://PATH"), "{address}: {reason}");
        }
        for address in ["postgres://me:secret@db:99999/slo", "postgres://me:se/cret@db/slo"] {
            let (shown, reason) = refused(address);
            assert!(!format!("{shown} {reason}").contains("cret"), "{shown} {reason}");
            assert!(reason.contains("postgres://user:password@host"), "{reason}");
        }
        assert_eq!(without_password("postgres://me:12/cret@db/slo"), "…@db/slo");
    }

    #[test]
    fn the_mode_decides_what_may_be_made() {
        let mode = |address: &str| match Place::parse(address).map(|place| place.server().clone()) {
            Ok(Server::Sqlite { mode, .. }) => mode,
            _ => panic!("{address} is SQLite"),
        };
        assert_eq!(mode("sqlite://a.db"), Mode::Create);
        assert_eq!(mode("sqlite://a.db?mode=rw"), Mode::Write);
        assert_eq!(mode("sqlite://a.db?mode=ro"), Mode::Read);
        assert_eq!(mode("sqlite::memory:"), Mode::Memory);
    }
}
