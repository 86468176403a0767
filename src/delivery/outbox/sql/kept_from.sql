SELECT min(due_at) FROM deliver_notification
