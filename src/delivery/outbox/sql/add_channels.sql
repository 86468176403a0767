-- The first row's outlet is '0 ' and the receiver's name.
WITH RECURSIVE further (channel) AS (
    SELECT CAST(1 AS BIGINT) WHERE $2 > 1
    UNION ALL
    SELECT channel + 1 FROM further WHERE channel + 1 < $2
)
INSERT INTO deliver_outbox (notification_id, channel, outlet, lane, kind, priority, state, next_at)
SELECT o.notification_id, further.channel, further.channel || ' ' || substr(o.outlet, 3), o.lane, o.kind, o.priority,
    'queued', $3
FROM deliver_outbox AS o CROSS JOIN further
WHERE o.id = $1
ON CONFLICT (notification_id, channel) DO NOTHING
