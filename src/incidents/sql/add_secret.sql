INSERT INTO desk_secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING
