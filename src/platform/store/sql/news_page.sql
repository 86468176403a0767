-- Newest first. $1 ticker, $2 published at or after, $3 and $4 time and id of the last one seen, $5 how many.
SELECT id, ticker, headline, summary, publisher, url, published_ms
FROM news
WHERE ($1 IS NULL OR ticker = $1)
  AND ($2 IS NULL OR published_ms >= $2)
  AND ($3 IS NULL OR (published_ms, id) < ($3, $4))
ORDER BY published_ms DESC, id DESC
LIMIT $5
