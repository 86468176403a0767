INSERT OR IGNORE INTO deliver_notification (key, incident, due_at, body)
SELECT value ->> 'key', value ->> 'incident', value ->> 'due_at', value ->> 'body'
FROM json_each(?1)
ORDER BY json_each.key
