-- Keeps the $1 newest.
DELETE FROM filings
WHERE accession IN (SELECT accession FROM filings ORDER BY filed_ms DESC, accession DESC LIMIT -1 OFFSET $1)
