WITH wanted AS (
    SELECT * FROM UNNEST($1::text[], $2::bigint[]) AS w (outlet, room)
),
picked AS (
    SELECT p.id FROM wanted CROSS JOIN LATERAL (
        SELECT o.id FROM deliver_outbox AS o
        WHERE o.outlet = wanted.outlet AND o.state IN ('queued', 'leased') AND o.next_at <= $3
          -- In its lane the oldest goes first: a resolve never overtakes its page.
          AND NOT EXISTS (
            SELECT 1 FROM deliver_outbox AS earlier
            WHERE earlier.lane = o.lane AND earlier.channel = o.channel AND earlier.id < o.id
              AND earlier.state IN ('queued', 'leased')
          )
        ORDER BY o.priority, o.next_at, o.id
        LIMIT wanted.room
        FOR UPDATE OF o SKIP LOCKED
    ) AS p
)
UPDATE deliver_outbox AS o
SET state = 'leased', holder = $5, attempts = o.attempts + 1, next_at = $4, first_at = coalesce(o.first_at, $3)
FROM picked, deliver_notification AS n
WHERE o.id = picked.id AND n.id = o.notification_id
RETURNING o.id, o.channel, o.attempts, o.first_at, n.body
