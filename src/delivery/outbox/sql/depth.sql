SELECT count(*), CAST(coalesce(sum(CASE WHEN state = 'leased' THEN 1 ELSE 0 END), 0) AS BIGINT),
    min(n.due_at)
FROM deliver_outbox AS o JOIN deliver_notification AS n ON n.id = o.notification_id
WHERE o.state IN ('queued', 'leased')
