INSERT INTO acknowledge_link (hash, incident, person, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING
