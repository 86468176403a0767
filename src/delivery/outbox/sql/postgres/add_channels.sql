-- The first row's outlet is '0 ' and the receiver's name.
INSERT INTO deliver_outbox (notification_id, channel, outlet, lane, kind, priority, state, next_at)
SELECT notification_id, further, further || ' ' || substr(outlet, 3), lane, kind, priority, 'queued', $3
FROM deliver_outbox CROSS JOIN generate_series(1::bigint, $2::bigint - 1) AS further
WHERE id = $1
ON CONFLICT (notification_id, channel) DO NOTHING
