SELECT body FROM incident
WHERE opened_at < $2 AND (resolved_at IS NULL OR resolved_at > $1)
ORDER BY opened_at, id
