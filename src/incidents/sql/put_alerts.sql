INSERT INTO alert_log (number, fingerprint, body) {rows}
