-- $1: JSON [[key, fingerprint], …]. Of notifications that are new: those have no row in the outbox yet.
INSERT INTO deliver_alert (notification_id, fingerprint)
SELECT n.id, given.value ->> 1
FROM json_each($1) AS given JOIN deliver_notification AS n ON n.key = given.value ->> 0
WHERE NOT EXISTS (SELECT 1 FROM deliver_outbox AS o WHERE o.notification_id = n.id)
ON CONFLICT (notification_id, fingerprint) DO NOTHING
