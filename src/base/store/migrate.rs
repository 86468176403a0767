//! The schema's versions: numbered files, applied once each, forwards only. A database that a later program has
//! migrated is refused rather than guessed at.

use sqlx::{Connection, PgConnection, SqliteConnection};

use super::Fault;

struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

/// In order; each room has a decade of numbers. What has been released is never edited: a change is a new file, with a
/// number above all that have been released.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        sqlite: include_str!("migrations/sqlite/0001_ledger.sql"),
        postgres: include_str!("migrations/postgres/0001_ledger.sql"),
    },
    Migration {
        version: 10,
        sqlite: include_str!("migrations/sqlite/0010_desk.sql"),
        postgres: include_str!("migrations/postgres/0010_desk.sql"),
    },
    Migration {
        version: 20,
        sqlite: include_str!("migrations/sqlite/0020_outbox.sql"),
        postgres: include_str!("migrations/postgres/0020_outbox.sql"),
    },
    Migration {
        version: 30,
        sqlite: include_str!("migrations/sqlite/0030_alert_states.sql"),
        postgres: include_str!("migrations/postgres/0030_alert_states.sql"),
    },
    Migration {
        version: 40,
        sqlite: include_str!("migrations/sqlite/0040_outbox_due.sql"),
        postgres: include_str!("migrations/postgres/0040_outbox_due.sql"),
    },
    Migration {
        version: 50,
        sqlite: include_str!("migrations/sqlite/0050_lease.sql"),
        postgres: include_str!("migrations/postgres/0050_lease.sql"),
    },
    Migration {
        version: 60,
        sqlite: include_str!("migrations/sqlite/0060_alert_log.sql"),
        postgres: include_str!("migrations/postgres/0060_alert_log.sql"),
    },
    Migration {
        version: 70,
        sqlite: include_str!("migrations/sqlite/0070_outbox_alerts.sql"),
        postgres: include_str!("migrations/postgres/0070_outbox_alerts.sql"),
    },
];

/// The newest schema this program knows.
pub const SCHEMA_VERSION: i64 = match MIGRATIONS.last() {
    Some(newest) => newest.version,
    None => 0,
};

/// Any number, as long as no other program on the same server uses it for its advisory locks: "slo" and a version.
const POSTGRES_LOCK: i64 = 0x73_6c_6f_01;

/// What there is to do for a database at `found`.
fn pending(found: i64) -> Result<impl Iterator<Item = &'static Migration>, Fault> {
    if found > SCHEMA_VERSION {
        return Err(Fault::NewerSchema { found, known: SCHEMA_VERSION });
    }
    Ok(MIGRATIONS.iter().filter(move |migration| migration.version > found))
}

/// Told of a database that is only to be read and cannot be, as it is.
fn behind(found: i64) -> Fault {
    if found == 0 {
        return Fault::Failed("nothing was ever recorded in it; `slo serve` does that".to_owned());
    }
    Fault::Failed(format!(
        "its schema is {found} and must first become {SCHEMA_VERSION}; `slo serve` does that"
    ))
}

/// Brings a `SQLite` database to [`SCHEMA_VERSION`]. A read-only one must be there already.
pub(super) async fn sqlite(connection: &mut SqliteConnection, read_only: bool) -> Result<(), Fault> {
    let found = sqlite_version(connection).await?;
    if pending(found)?.next().is_none() {
        return Ok(());
    }
    if read_only {
        return Err(behind(found));
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Again, now that nobody else can be at it.
    let found = sqlite_version(&mut transaction).await?;
    for migration in pending(found)? {
        sqlx::raw_sql(migration.sqlite).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO slo_schema (version) VALUES (?1)")
            .bind(migration.version)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

async fn sqlite_version(connection: &mut SqliteConnection) -> Result<i64, Fault> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'slo_schema'")
            .fetch_one(&mut *connection)
            .await?;
    if tables == 0 {
        return Ok(0);
    }
    Ok(sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM slo_schema").fetch_one(connection).await?)
}

/// Brings a `PostgreSQL` database to [`SCHEMA_VERSION`]. Several engines may start at once: one migrates, the others wait.
/// A read-only one must be there already.
pub(super) async fn postgres(connection: &mut PgConnection, read_only: bool) -> Result<(), Fault> {
    let found = postgres_version(connection).await?;
    if pending(found)?.next().is_none() {
        return Ok(());
    }
    if read_only {
        return Err(behind(found));
    }
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(POSTGRES_LOCK).execute(&mut *transaction).await?;
    let found = postgres_version(&mut transaction).await?;
    for migration in pending(found)? {
        sqlx::raw_sql(migration.postgres).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO slo_schema (version) VALUES ($1)")
            .bind(migration.version)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

async fn postgres_version(connection: &mut PgConnection) -> Result<i64, Fault> {
    // Not to_regclass: it answers from a cache that may not have heard yet of a table made while we waited.
    let there: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables \
         WHERE tablename = 'slo_schema' AND schemaname = ANY (current_schemas(FALSE)))",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !there {
        return Ok(0);
    }
    Ok(sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM slo_schema").fetch_one(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_only_go_up() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        assert_eq!(versions.first(), Some(&1));
        assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    }

    #[tokio::test]
    async fn notifications_of_older_programs_are_linked_to_their_alerts() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for migration in MIGRATIONS.iter().filter(|migration| migration.version < 70) {
            sqlx::raw_sql(migration.sqlite).execute(&mut connection).await.unwrap();
        }
        let fingerprints = [0, 5, i64::MAX as u64, 1 << 63, 12_345_678_901_234_567_890, u64::MAX];
        for (key, fingerprint) in fingerprints.iter().enumerate() {
            let alert = format!(r#"{{"fingerprint":{fingerprint},"labels":{{"a":"\\u0000"}}}}"#);
            sqlx::query("INSERT INTO deliver_notification (key, due_at, body) VALUES (?1, 1, ?2)")
                .bind(key.to_string())
                .bind(format!(r#"{{"alerts":[{alert},{alert}]}}"#))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        let newest = MIGRATIONS.iter().find(|migration| migration.version == 70).unwrap();
        sqlx::raw_sql(newest.sqlite).execute(&mut connection).await.unwrap();
        let linked: Vec<i64> =
            sqlx::query_scalar("SELECT fingerprint FROM deliver_alert ORDER BY notification_id")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        assert_eq!(linked, fingerprints.map(|fingerprint| fingerprint as i64));
    }

    #[test]
    fn only_what_is_missing_is_pending_and_the_future_is_refused() {
        assert_eq!(pending(0).unwrap().count(), MIGRATIONS.len());
        assert_eq!(pending(SCHEMA_VERSION).unwrap().count(), 0);
        assert_eq!(
            pending(SCHEMA_VERSION + 1).err(),
            Some(Fault::NewerSchema { found: SCHEMA_VERSION + 1, known: SCHEMA_VERSION })
        );
    }
}
