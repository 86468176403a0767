DELETE FROM alert WHERE fingerprint = $1 AND ends_at <= $2
