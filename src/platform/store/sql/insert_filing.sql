INSERT INTO filings (accession, ticker, form, filed_ms) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (accession) DO NOTHING
