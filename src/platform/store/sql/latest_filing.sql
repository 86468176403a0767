SELECT accession, form, filed_ms
FROM filings
WHERE ticker = $1
ORDER BY filed_ms DESC, accession DESC
LIMIT 1
