INSERT OR IGNORE INTO deliver_outbox (notification_id, channel, outlet, lane, kind, priority, state, next_at)
SELECT n.id, 0, value ->> 'outlet', value ->> 'lane', value ->> 'kind', value ->> 'priority', 'queued', n.due_at
FROM json_each(?1) AS given JOIN deliver_notification AS n ON n.key = given.value ->> 'key'
ORDER BY given.key
