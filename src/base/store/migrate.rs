//! The schema's versions: numbered files, applied once each, forwards only. A database that a later program has
//! migrated is refused rather than guessed at.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::Fault;

/// One step of a schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Higher than those of all steps before it.
    pub version: i64,
    /// The statements for `SQLite`.
    pub sqlite: &'static str,
    /// The statements for `PostgreSQL`; empty for a program that keeps everything in files.
    pub postgres: &'static str,
}

/// What a program keeps in its database.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// In order of their versions.
    pub migrations: &'static [Migration],
    /// Where a database says how far it is.
    pub versions: Versions,
    /// The command that makes and migrates such a database, for people.
    pub made_by: &'static str,
}

/// Where a database says which migrations it has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// In rows of the table `slo_schema`, which the first migration makes.
    Table,
    /// In the `user_version` of a `SQLite` file.
    UserVersion,
}

/// Any number, as long as no other program on the same server uses it for its advisory locks: "slo" and a version.
const POSTGRES_LOCK: i64 = 0x73_6c_6f_01;

impl Schema {
    /// The newest version this program knows.
    pub fn newest(&self) -> i64 {
        self.migrations.last().map_or(0, |newest| newest.version)
    }

    /// What there is to do for a database at `found`.
    fn pending(&self, found: i64) -> Result<impl Iterator<Item = &'static Migration> + use<>, Fault> {
        if found > self.newest() {
            return Err(Fault::NewerSchema { found, known: self.newest() });
        }
        Ok(self.migrations.iter().filter(move |migration| migration.version > found))
    }

    /// Told of a database that is only to be read and cannot be, as it is.
    fn behind(&self, found: i64) -> Fault {
        let made_by = self.made_by;
        if found == 0 {
            return Fault::Failed(format!("nothing was ever recorded in it; `{made_by}` does that"));
        }
        let newest = self.newest();
        Fault::Failed(format!("its schema is {found} and must first become {newest}; `{made_by}` does that"))
    }

    /// Brings a `SQLite` database to the newest version. A read-only one must be there already.
    pub(super) async fn migrate_sqlite(
        &self,
        connection: &mut SqliteConnection,
        read_only: bool,
    ) -> Result<(), Fault> {
        let found = self.sqlite_version(connection).await?;
        if self.pending(found)?.next().is_none() {
            return Ok(());
        }
        if read_only {
            return Err(self.behind(found));
        }
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        // Again, now that nobody else can be at it.
        let found = self.sqlite_version(&mut transaction).await?;
        for Migration { version, sqlite, .. } in self.pending(found)? {
            sqlx::raw_sql(*sqlite).execute(&mut *transaction).await?;
            let done = match self.versions {
                Versions::Table => format!("INSERT INTO slo_schema (version) VALUES ({version})"),
                Versions::UserVersion => format!("PRAGMA user_version = {version}"),
            };
            sqlx::raw_sql(AssertSqlSafe(done)).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn sqlite_version(&self, connection: &mut SqliteConnection) -> Result<i64, Fault> {
        let table = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'slo_schema'";
        let version = match self.versions {
            Versions::UserVersion => "PRAGMA user_version",
            Versions::Table
                if sqlx::query_scalar::<_, i64>(table).fetch_one(&mut *connection).await? == 0 =>
            {
                return Ok(0);
            }
            Versions::Table => "SELECT coalesce(max(version), 0) FROM slo_schema",
        };
        Ok(sqlx::query_scalar(version).fetch_one(connection).await?)
    }

    /// Brings a `PostgreSQL` database to the newest version. Several engines may start at once: one migrates, the others
    /// wait. A read-only one must be there already.
    pub(super) async fn migrate_postgres(
        &self,
        connection: &mut PgConnection,
        read_only: bool,
    ) -> Result<(), Fault> {
        let found = postgres_version(connection).await?;
        if self.pending(found)?.next().is_none() {
            return Ok(());
        }
        if read_only {
            return Err(self.behind(found));
        }
        let mut transaction = connection.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(POSTGRES_LOCK)
            .execute(&mut *transaction)
            .await?;
        let found = postgres_version(&mut transaction).await?;
        for migration in self.pending(found)? {
            sqlx::raw_sql(migration.postgres).execute(&mut *transaction).await?;
            sqlx::query("INSERT INTO slo_schema (version) VALUES ($1)")
                .bind(migration.version)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
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
    use super::super::ENGINE;
    use super::*;

    #[test]
    fn only_what_is_missing_is_pending_and_the_future_is_refused() {
        let newest = ENGINE.newest();
        assert_eq!(ENGINE.pending(0).unwrap().count(), ENGINE.migrations.len());
        assert_eq!(ENGINE.pending(newest).unwrap().count(), 0);
        assert_eq!(
            ENGINE.pending(newest + 1).err(),
            Some(Fault::NewerSchema { found: newest + 1, known: newest })
        );
    }
}
