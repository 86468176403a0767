-- Who asks why an alert was told finds its messages by the moment they were decided.
CREATE INDEX deliver_notification_due ON deliver_notification (due_at);
