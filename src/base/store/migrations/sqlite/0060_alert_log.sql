-- Alerts are written at the end of a log, not each at its place: a batch of fifty touched fifty pages. The last row of a
-- fingerprint counts; rows that a later one replaced are dropped now and then. Numbers come from `desk_counter`, in the
-- order of commits.
CREATE TABLE alert_log (
    number INTEGER PRIMARY KEY,
    fingerprint INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO alert_log (number, fingerprint, body)
SELECT row_number() OVER (ORDER BY seq, fingerprint), fingerprint, body FROM alert;
UPDATE desk_counter SET value = max(value, (SELECT count(*) FROM alert_log)) WHERE name = 'alert';
DROP TABLE alert;
