//! The engine's schema: what ledger, alert service, outbox, alert states and lease keep in one database.

use super::migrate::{Migration, Schema, Versions};

/// What `slo serve` and `slo up` keep.
pub const ENGINE: Schema = Schema { migrations: MIGRATIONS, versions: Versions::Table, made_by: "slo serve" };

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
    Migration {
        version: 80,
        sqlite: include_str!("migrations/sqlite/0080_corrections.sql"),
        postgres: include_str!("migrations/postgres/0080_corrections.sql"),
    },
];

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;

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
        let linking = MIGRATIONS.iter().find(|migration| migration.version == 70).unwrap();
        sqlx::raw_sql(linking.sqlite).execute(&mut connection).await.unwrap();
        let linked: Vec<i64> =
            sqlx::query_scalar("SELECT fingerprint FROM deliver_alert ORDER BY notification_id")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        assert_eq!(linked, fingerprints.map(|fingerprint| fingerprint as i64));
    }

    #[test]
    fn versions_only_go_up() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        assert_eq!(versions.first(), Some(&1));
        assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    }
}
