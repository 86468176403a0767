//! Many rows in one `INSERT`. A statement a row would spend most of its time on the way to the driver's thread.

use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, SqliteConnection};

use slo_base::store::Fault;

/// Rows in a full statement; 5 columns of them are far below `SQLite`'s 32,766 parameters.
const ROWS: usize = 500;

/// Runs `sql`, whose `VALUES (?, …)` stands for one row, for all `rows`; `bind` adds one row's parameters.
pub(super) async fn insert<T>(
    transaction: &mut SqliteConnection,
    sql: &'static str,
    rows: &[T],
    bind: impl Fn(&mut SqliteArguments, &T) -> Result<(), sqlx::error::BoxDynError>,
) -> Result<(), Fault> {
    for chunk in rows.chunks(ROWS) {
        let mut arguments = SqliteArguments::default();
        for row in chunk {
            bind(&mut arguments, row).map_err(|error| Fault::Failed(error.to_string()))?;
        }
        // Our own text with its own placeholders repeated; values are bound.
        sqlx::query_with(AssertSqlSafe(repeated(sql, chunk.len())), arguments)
            // Full ones are kept ready; the odd rest differs each time and would push others out.
            .persistent(chunk.len() == ROWS)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(())
}

/// The statement with its row of placeholders `times` times.
fn repeated(sql: &str, times: usize) -> String {
    let found = sql.find("(?").and_then(|start| {
        let end = start + sql.get(start..)?.find(')')? + 1;
        Some((sql.get(..start)?, sql.get(start..end)?, sql.get(end..)?))
    });
    match found {
        Some((head, row, tail)) => format!("{head}{}{tail}", vec![row; times].join(", ")),
        None => sql.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_row_is_repeated() {
        let sql = "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT (a) DO NOTHING";
        assert_eq!(repeated(sql, 1), sql);
        assert_eq!(
            repeated(sql, 3),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?), (?, ?) ON CONFLICT (a) DO NOTHING"
        );
    }
}
