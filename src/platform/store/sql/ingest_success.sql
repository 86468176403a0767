INSERT INTO ingest_sources (source, runs, last_success_ms) VALUES (?1, ?2, ?3)
ON CONFLICT (source) DO UPDATE SET runs = excluded.runs, last_success_ms = excluded.last_success_ms
