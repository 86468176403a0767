INSERT INTO ingest_sources (source, runs, last_success_ms) {rows}
ON CONFLICT (source) DO UPDATE SET runs = excluded.runs, last_success_ms = excluded.last_success_ms
