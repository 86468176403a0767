SELECT o.id, n.body, o.channel, o.state, o.next_at, o.attempts, o.ended_at
FROM deliver_notification AS n JOIN deliver_outbox AS o ON o.notification_id = n.id
WHERE n.key = $1
ORDER BY n.id DESC, o.channel
LIMIT $2
