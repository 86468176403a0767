INSERT INTO deliver_notification (key, incident, due_at, body)
{rows}
ON CONFLICT (key) DO NOTHING
