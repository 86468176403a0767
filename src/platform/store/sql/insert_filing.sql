INSERT INTO filings (accession, ticker, form, filed_ms) {rows}
ON CONFLICT (accession) DO NOTHING
