SELECT count(*)
FROM news
WHERE ($1 IS NULL OR ticker = $1)
  AND ($2 IS NULL OR published_ms >= $2)
