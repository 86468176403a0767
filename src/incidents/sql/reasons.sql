SELECT at, step, text FROM reason WHERE fingerprint = $1 ORDER BY number DESC LIMIT $2
