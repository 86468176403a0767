-- $1: keys, $2: fingerprints. Of notifications that are new: those have no row in the outbox yet.
INSERT INTO deliver_alert (notification_id, fingerprint)
SELECT n.id, given.fingerprint
FROM UNNEST($1::text[], $2::bigint[]) AS given (key, fingerprint) JOIN deliver_notification AS n ON n.key = given.key
WHERE NOT EXISTS (SELECT 1 FROM deliver_outbox AS o WHERE o.notification_id = n.id)
ON CONFLICT (notification_id, fingerprint) DO NOTHING
