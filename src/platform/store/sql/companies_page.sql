-- $1 sector, $2 LIKE pattern, $3 ticker of the last one seen, $4 how many; NULL is "any".
SELECT ticker, cik, name, sector, industry, exchange, country, founded, employees, market_cap_usd, financials_ms
FROM companies
WHERE ($1 IS NULL OR sector = $1 COLLATE NOCASE)
  AND ($2 IS NULL OR name LIKE $2 ESCAPE '\' OR ticker LIKE $2 ESCAPE '\')
  AND ($3 IS NULL OR ticker > $3)
ORDER BY ticker
LIMIT $4
