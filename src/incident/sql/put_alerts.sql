INSERT INTO alert (fingerprint, seq, ends_at, body) VALUES
