UPDATE deliver_outbox
SET state = 'leased', holder = $5, attempts = attempts + 1, next_at = $4, first_at = coalesce(first_at, $3)
WHERE id IN (
    SELECT o.id FROM deliver_outbox AS o
    WHERE o.outlet = $1 AND o.state IN ('queued', 'leased') AND o.next_at <= $3
      -- In its lane the oldest goes first: a resolve never overtakes its page.
      AND NOT EXISTS (
        SELECT 1 FROM deliver_outbox AS earlier
        WHERE earlier.lane = o.lane AND earlier.channel = o.channel AND earlier.id < o.id
          AND earlier.state IN ('queued', 'leased')
      )
    ORDER BY o.priority, o.next_at, o.id
    LIMIT $2
)
RETURNING id, channel, attempts, first_at,
    (SELECT n.body FROM deliver_notification AS n WHERE n.id = notification_id)
