-- $1: keys, $2: outlets, $3: lanes, $4: kinds, $5: priorities. A key that is given twice in one batch is queued for its
-- first.
INSERT INTO deliver_outbox (notification_id, channel, outlet, lane, kind, priority, state, next_at)
SELECT n.id, 0, given.outlet, given.lane, given.kind, given.priority, 'queued', n.due_at
FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
    WITH ORDINALITY AS given (key, outlet, lane, kind, priority, place)
JOIN deliver_notification AS n ON n.key = given.key
ORDER BY given.place
ON CONFLICT (notification_id, channel) DO NOTHING
