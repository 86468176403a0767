-- Which alerts a notification is about, so that an alert's notifications are found without reading others. A fingerprint's
-- 64 bits are stored as a signed number, as everywhere.
CREATE TABLE deliver_alert (
    notification_id INTEGER NOT NULL REFERENCES deliver_notification (id) ON DELETE CASCADE,
    fingerprint     INTEGER NOT NULL,
    PRIMARY KEY (notification_id, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliver_alert_fingerprint ON deliver_alert (fingerprint, notification_id);
-- They were found by the moment at which they were decided.
DROP INDEX deliver_notification_due;

-- Those that are there. What is beyond 63 bits is no integer to SQLite: 2^64 is taken off in two halves of its digits, so
-- that nothing in between overflows.
INSERT OR IGNORE INTO deliver_alert (notification_id, fingerprint)
SELECT id, CASE
    WHEN length(digits) < 19 OR (length(digits) = 19 AND digits <= '9223372036854775807') THEN CAST(digits AS INTEGER)
    ELSE (CAST(substr(digits, 1, length(digits) - 9) AS INTEGER) - 18446744072) * 1000000000
        + (CAST(substr(digits, -9) AS INTEGER) - 1709551616)
    END
FROM (
    SELECT n.id AS id, alert.value -> '$.fingerprint' AS digits
    FROM deliver_notification AS n, json_each(n.body, '$.alerts') AS alert
    WHERE json_valid(n.body)
)
WHERE digits IS NOT NULL;
