-- $1: JSON [[key, outlet, lane, kind, priority], …]. A key that is given twice in one batch is queued for its first.
INSERT INTO deliver_outbox (notification_id, channel, outlet, lane, kind, priority, state, next_at)
SELECT n.id, 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'queued', n.due_at
FROM json_each($1) AS given JOIN deliver_notification AS n ON n.key = given.value ->> 0
WHERE TRUE
ORDER BY given.key
ON CONFLICT (notification_id, channel) DO NOTHING
