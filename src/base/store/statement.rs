//! Statements that both drivers run: their parameters, their rows, and the little that is worded differently.
//!
//! Statements are in `PostgreSQL`'s words, which `SQLite` understands but for lists: `= ANY ($1)` becomes a search in a
//! JSON text there, since `SQLite` has no arrays. What differs in more than that has two wordings ([`Sql`]).

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, SqliteConnection};

use super::Fault;
use slo_core::time::{Span, Timestamp};

/// Rows of one `INSERT` on `SQLite`, far below its 32,766 parameters.
pub(super) const ROWS: usize = 500;
/// `INSERT`s of so few rows are kept ready, as full ones are; the others differ each time and would push those out.
const FEW: usize = 8;
/// Stands for the rows in a statement that inserts them.
const ROWS_PLACE: &str = "{rows}";

/// A statement: one text for both databases, or a wording for each.
#[derive(Debug, Clone, Copy)]
pub struct Sql<'a> {
    /// What `SQLite` runs.
    pub sqlite: &'a str,
    /// What `PostgreSQL` runs.
    pub postgres: &'a str,
}

impl<'a> From<&'a str> for Sql<'a> {
    fn from(text: &'a str) -> Self {
        Self { sqlite: text, postgres: text }
    }
}

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// A number, or NULL.
    Int(Option<i64>),
    /// A text, or NULL.
    Text(Option<String>),
    /// A floating-point number.
    Real(f64),
    /// Yes or no.
    Bool(bool),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list of numbers, for `= ANY ($1)`.
    Ints(Vec<Option<i64>>),
    /// A list of texts, for `= ANY ($1)`.
    Texts(Vec<Option<String>>),
    /// A column of floating-point numbers; `PostgreSQL` only.
    Reals(Vec<f64>),
    /// A column of yes and no; `PostgreSQL` only.
    Bools(Vec<bool>),
    /// A column of bytes; `PostgreSQL` only.
    Blobs(Vec<Vec<u8>>),
    /// Rows, of which there is at least one and all are alike: to `PostgreSQL` one array a column, each a parameter of
    /// its own; to `SQLite` one JSON text of arrays, without floating-point numbers, which would not come back exactly.
    Rows(Vec<Vec<Arg>>),
}

macro_rules! args_from {
    ($($from:ty => $into:expr),+ $(,)?) => {
        $(impl From<$from> for Arg {
            fn from(value: $from) -> Self {
                $into(value)
            }
        })+
    };
}

args_from! {
    i64 => |value| Self::Int(Some(value)),
    u32 => |value| Self::Int(Some(i64::from(value))),
    Option<i64> => Self::Int,
    Timestamp => |value: Timestamp| Self::Int(Some(value.ms())),
    Option<Timestamp> => |value: Option<Timestamp>| Self::Int(value.map(Timestamp::ms)),
    Span => |value: Span| Self::Int(Some(value.ms())),
    &str => |value: &str| Self::Text(Some(value.to_owned())),
    String => |value| Self::Text(Some(value)),
    Option<String> => Self::Text,
    f64 => Self::Real,
    bool => Self::Bool,
    Vec<u8> => Self::Bytes,
    Vec<i64> => |values: Vec<i64>| Self::Ints(values.into_iter().map(Some).collect()),
    Vec<String> => |values: Vec<String>| Self::Texts(values.into_iter().map(Some).collect()),
    Vec<Vec<Arg>> => Self::Rows,
}

/// What rows can be read into: tuples of numbers, texts, bytes and options of them.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A connection to either database, in or outside of a transaction.
pub(super) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// Binds parameters to a query for `SQLite`.
macro_rules! bound_sqlite {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for arg in $args {
            query = match arg {
                Arg::Int(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::Real(value) => query.bind(value),
                Arg::Bool(value) => query.bind(value),
                Arg::Bytes(value) => query.bind(value),
                list => query.bind(json(&list)?.to_string()),
            };
        }
        query
    }};
}

/// Binds parameters to a query for `PostgreSQL`.
macro_rules! bound_postgres {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for arg in flattened($args)? {
            query = match arg {
                Arg::Int(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::Real(value) => query.bind(value),
                Arg::Bool(value) => query.bind(value),
                Arg::Bytes(value) => query.bind(value),
                Arg::Ints(values) => query.bind(values),
                Arg::Texts(values) => query.bind(values),
                Arg::Reals(values) => query.bind(values),
                Arg::Bools(values) => query.bind(values),
                Arg::Blobs(values) => query.bind(values),
                Arg::Rows(_) => return Err(unlike()),
            };
        }
        query
    }};
}

impl Connection<'_> {
    /// Runs a statement; how many rows it changed.
    pub(super) async fn execute(self, sql: Sql<'_>, args: Vec<Arg>) -> Result<u64, Fault> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = sqlx::query(AssertSqlSafe(searched(sql.sqlite)));
                bound_sqlite!(query, args).execute(connection).await?.rows_affected()
            }
            Self::Postgres(connection) => {
                let query = sqlx::query(AssertSqlSafe(sql.postgres.to_owned()));
                bound_postgres!(query, args).execute(connection).await?.rows_affected()
            }
        })
    }

    /// The rows that a statement answers with.
    pub(super) async fn fetch<T: Row>(self, sql: Sql<'_>, args: Vec<Arg>) -> Result<Vec<T>, Fault> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = sqlx::query_as::<_, T>(AssertSqlSafe(searched(sql.sqlite)));
                bound_sqlite!(query, args).fetch_all(connection).await?
            }
            Self::Postgres(connection) => {
                let query = sqlx::query_as::<_, T>(AssertSqlSafe(sql.postgres.to_owned()));
                bound_postgres!(query, args).fetch_all(connection).await?
            }
        })
    }

    /// Inserts rows that are alike where `sql` says `{rows}`; how many it inserted or changed.
    pub(super) async fn insert(self, sql: &str, rows: Vec<Vec<Arg>>) -> Result<u64, Fault> {
        if rows.is_empty() {
            return Ok(0);
        }
        match self {
            Self::Postgres(connection) => {
                let columns = columns(rows)?;
                let sql = sql.replace(ROWS_PLACE, &unnested(&columns)?);
                Connection::Postgres(connection).execute(sql.as_str().into(), columns).await
            }
            Self::Sqlite(connection) => {
                let (mut rows, mut inserted) = (rows.into_iter().peekable(), 0);
                while let Some(width) = rows.peek().map(Vec::len) {
                    let args: Vec<Arg> = rows.by_ref().take(ROWS).flatten().collect();
                    let count = args.len() / width.max(1);
                    let query = sqlx::query(AssertSqlSafe(sql.replace(ROWS_PLACE, &values(width, count))));
                    let query = query.persistent(count == ROWS || count <= FEW);
                    inserted += bound_sqlite!(query, args).execute(&mut *connection).await?.rows_affected();
                }
                Ok(inserted)
            }
        }
    }
}

/// `VALUES (?, ?), …`. Plain question marks: `SQLite` looks a named parameter up among all of the statement's, so
/// thousands of them would cost millions of comparisons.
fn values(width: usize, count: usize) -> String {
    let row = format!("({})", vec!["?"; width].join(", "));
    format!("VALUES {}", vec![row.as_str(); count].join(", "))
}

/// `SELECT * FROM UNNEST($1::bigint[], …)`.
fn unnested(columns: &[Arg]) -> Result<String, Fault> {
    let mut places = Vec::with_capacity(columns.len());
    for (at, column) in (1..).zip(columns) {
        let kind = match column {
            Arg::Ints(_) => "bigint",
            Arg::Texts(_) => "text",
            Arg::Reals(_) => "float8",
            Arg::Bools(_) => "boolean",
            Arg::Blobs(_) => "bytea",
            Arg::Int(_) | Arg::Text(_) | Arg::Real(_) | Arg::Bool(_) | Arg::Bytes(_) | Arg::Rows(_) => {
                return Err(unlike());
            }
        };
        places.push(format!("${at}::{kind}[]"));
    }
    Ok(format!("SELECT * FROM UNNEST({})", places.join(", ")))
}

/// The statement with every `= ANY ($1)` as `SQLite` says it.
fn searched(sql: &str) -> String {
    let mut pieces = sql.split("= ANY (");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (place, rest) = piece.split_once(')').unwrap_or((piece, ""));
        out.push_str("IN (SELECT value FROM json_each(");
        out.push_str(place);
        out.push_str("))");
        out.push_str(rest);
    }
    out
}

/// A list or rows as one JSON text.
fn json(arg: &Arg) -> Result<serde_json::Value, Fault> {
    Ok(match arg {
        Arg::Int(value) => (*value).into(),
        Arg::Text(value) => value.as_deref().into(),
        Arg::Bool(value) => i64::from(*value).into(),
        Arg::Ints(values) => values.as_slice().into(),
        Arg::Texts(values) => values.iter().map(|value| value.as_deref()).collect(),
        Arg::Rows(rows) => {
            let row = |row: &Vec<Arg>| row.iter().map(json).collect::<Result<serde_json::Value, _>>();
            rows.iter().map(row).collect::<Result<_, _>>()?
        }
        Arg::Real(_) | Arg::Bytes(_) | Arg::Reals(_) | Arg::Bools(_) | Arg::Blobs(_) => {
            return Err(Fault::Failed("a parameter cannot be written as JSON".to_owned()));
        }
    })
}

/// Rows as their columns, in the place of what held them.
fn flattened(args: Vec<Arg>) -> Result<Vec<Arg>, Fault> {
    let mut flat = Vec::with_capacity(args.len());
    for arg in args {
        match arg {
            Arg::Rows(rows) => flat.extend(columns(rows)?),
            plain => flat.push(plain),
        }
    }
    Ok(flat)
}

fn columns(rows: Vec<Vec<Arg>>) -> Result<Vec<Arg>, Fault> {
    let count = rows.len();
    let first = rows.first().ok_or_else(unlike)?;
    let mut columns: Vec<Arg> = first.iter().map(|arg| arg.column(count)).collect::<Result<_, _>>()?;
    for row in rows {
        for (column, arg) in columns.iter_mut().zip(row) {
            match (column, arg) {
                (Arg::Ints(column), Arg::Int(value)) => column.push(value),
                (Arg::Texts(column), Arg::Text(value)) => column.push(value),
                (Arg::Reals(column), Arg::Real(value)) => column.push(value),
                (Arg::Bools(column), Arg::Bool(value)) => column.push(value),
                (Arg::Blobs(column), Arg::Bytes(value)) => column.push(value),
                _ => return Err(unlike()),
            }
        }
    }
    Ok(columns)
}

impl Arg {
    /// An empty column for values like this one.
    fn column(&self, capacity: usize) -> Result<Self, Fault> {
        Ok(match self {
            Self::Int(_) => Self::Ints(Vec::with_capacity(capacity)),
            Self::Text(_) => Self::Texts(Vec::with_capacity(capacity)),
            Self::Real(_) => Self::Reals(Vec::with_capacity(capacity)),
            Self::Bool(_) => Self::Bools(Vec::with_capacity(capacity)),
            Self::Bytes(_) => Self::Blobs(Vec::with_capacity(capacity)),
            Self::Ints(_)
            | Self::Texts(_)
            | Self::Reals(_)
            | Self::Bools(_)
            | Self::Blobs(_)
            | Self::Rows(_) => {
                return Err(unlike());
            }
        })
    }
}

/// A mistake of the program: rows are of one kind, and hold no rows.
fn unlike() -> Fault {
    Fault::Failed("the rows of a statement are not alike".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_searched_in_json_where_there_are_no_arrays() {
        assert_eq!(
            searched("DELETE FROM t WHERE a = ANY ($1) AND b = $2"),
            "DELETE FROM t WHERE a IN (SELECT value FROM json_each($1)) AND b = $2"
        );
        assert_eq!(searched("SELECT 1"), "SELECT 1");
        let texts = Arg::from(vec!["a\"".to_owned(), "b".to_owned()]);
        assert_eq!(json(&texts).unwrap().to_string(), r#"["a\"","b"]"#);
    }

    #[test]
    fn rows_are_values_or_columns() {
        assert_eq!(values(2, 3), "VALUES (?, ?), (?, ?), (?, ?)");
        let rows = vec![vec![1_i64.into(), "a".into()], vec![Arg::Int(None), "b".into()]];
        assert_eq!(json(&Arg::Rows(rows.clone())).unwrap().to_string(), r#"[[1,"a"],[null,"b"]]"#);
        let columns = columns(rows).unwrap();
        assert_eq!(columns.first(), Some(&Arg::Ints(vec![Some(1), None])));
        assert_eq!(unnested(&columns).unwrap(), "SELECT * FROM UNNEST($1::bigint[], $2::text[])");
        assert!(super::columns(vec![vec![1_i64.into()], vec!["a".into()]]).is_err());
        assert!(super::columns(Vec::new()).is_err());
    }
}
