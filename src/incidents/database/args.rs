//! What goes into the statements of the alert service's database and what comes out.

use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// A parameter of a statement.
#[derive(Debug, Clone)]
pub enum Arg {
    /// A number, or NULL.
    Int(Option<i64>),
    /// A text.
    Text(String),
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Arg {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// What rows can be read into: tuples of `i64`, `String` and options of them.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// Binds `args` to a query of either driver.
macro_rules! bound {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for arg in $args {
            query = match arg {
                Arg::Int(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
            };
        }
        query
    }};
}
pub(super) use bound;

/// The places of `count` parameters from the `first` one on; named `$1` where the server wants that.
///
/// `SQLite` looks a named parameter up among all of the statement's, so thousands of them would cost millions of
/// comparisons; a plain question mark costs none.
pub(super) fn places(first: usize, count: usize, named: bool) -> String {
    let mut places = String::from("(");
    for place in first..first + count {
        places.push_str(if place == first { "" } else { ", " });
        if named {
            places.push('$');
            places.push_str(&place.to_string());
        } else {
            places.push('?');
        }
    }
    places.push(')');
    places
}

/// The places of rows, and their parameters.
pub(super) fn values(rows: impl Iterator<Item = Vec<Arg>>, named: bool) -> (String, Vec<Arg>) {
    let (mut values, mut args) = (String::new(), Vec::new());
    for row in rows {
        values.push_str(if values.is_empty() { "" } else { ", " });
        values.push_str(&places(args.len() + 1, row.len(), named));
        args.extend(row);
    }
    (values, args)
}
