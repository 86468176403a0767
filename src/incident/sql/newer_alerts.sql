SELECT fingerprint, seq, body FROM alert WHERE seq > $1 ORDER BY seq
