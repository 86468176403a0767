SELECT body FROM deliver_notification
WHERE incident = ANY ($1) AND due_at > $2 AND due_at <= $3
