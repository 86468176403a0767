-- Which alerts a notification is about, so that an alert's notifications are found without reading others. A fingerprint's
-- 64 bits are stored as a signed number, as everywhere.
CREATE TABLE deliver_alert (
    notification_id BIGINT NOT NULL REFERENCES deliver_notification (id) ON DELETE CASCADE,
    fingerprint     BIGINT NOT NULL,
    PRIMARY KEY (notification_id, fingerprint)
);
CREATE INDEX deliver_alert_fingerprint ON deliver_alert (fingerprint, notification_id);
-- They were found by the moment at which they were decided.
DROP INDEX deliver_notification_due;

-- Those that are there. PostgreSQL reads no JSON in which a NUL is escaped; such a message stays without.
INSERT INTO deliver_alert (notification_id, fingerprint)
SELECT id, (CASE WHEN bits > 9223372036854775807 THEN bits - 18446744073709551616 ELSE bits END)::bigint
FROM (
    SELECT n.id AS id, (alert ->> 'fingerprint')::numeric AS bits
    FROM (SELECT id, body FROM deliver_notification WHERE position('\u0000' IN body) = 0) AS n,
        json_array_elements(n.body::json -> 'alerts') AS alert
) AS told
WHERE bits IS NOT NULL
ON CONFLICT DO NOTHING;
