-- Keeps the $1 newest.
DELETE FROM news
WHERE id IN (SELECT id FROM news ORDER BY published_ms DESC, id DESC LIMIT -1 OFFSET $1)
