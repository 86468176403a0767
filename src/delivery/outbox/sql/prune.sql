DELETE FROM deliver_notification WHERE id IN (
    SELECT o.notification_id FROM deliver_outbox AS o
    WHERE o.ended_at < $1 AND NOT EXISTS (
        SELECT 1 FROM deliver_outbox AS open
        WHERE open.notification_id = o.notification_id AND (open.ended_at IS NULL OR open.ended_at >= $1)
    )
    LIMIT $2
)
