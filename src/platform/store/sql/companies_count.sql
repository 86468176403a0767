SELECT count(*)
FROM companies
WHERE ($1 IS NULL OR sector = $1 COLLATE NOCASE)
  AND ($2 IS NULL OR name LIKE $2 ESCAPE '\' OR ticker LIKE $2 ESCAPE '\')
