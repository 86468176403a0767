-- Of notifications that are new: those have no row in the outbox yet.
INSERT OR IGNORE INTO deliver_alert (notification_id, fingerprint)
SELECT n.id, alert.value
FROM json_each(?1) AS given
JOIN json_each(given.value -> 'alerts') AS alert
JOIN deliver_notification AS n ON n.key = given.value ->> 'key'
WHERE NOT EXISTS (SELECT 1 FROM deliver_outbox AS o WHERE o.notification_id = n.id)
