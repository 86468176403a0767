SELECT number, fingerprint, body FROM alert_log WHERE number > $1 ORDER BY number
