-- What is to be told, once: the key decides. `lane` is what must arrive in order: receiver, thread and person.
CREATE TABLE deliver_notification (
    id       INTEGER PRIMARY KEY,
    key      TEXT NOT NULL UNIQUE,
    incident TEXT,
    due_at   INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;
CREATE INDEX deliver_notification_incident ON deliver_notification (incident) WHERE incident IS NOT NULL;

-- A notification's way through one channel of its receiver. `next_at` is when it may be taken: when it is due, when it is
-- tried again, when a lease ends. `attempts` counts leases, so it also tells whether a lease is still the newest one.
-- `outlet` is channel and receiver, which a worker has room for or not. It, lane, kind and priority follow from the
-- notification; they are here so that one index finds what may be taken.
-- AUTOINCREMENT: ids are the order of a lane, so one must not be given again after the newest rows were pruned.
CREATE TABLE deliver_outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    notification_id INTEGER NOT NULL REFERENCES deliver_notification (id) ON DELETE CASCADE,
    channel         INTEGER NOT NULL,
    outlet          TEXT NOT NULL,
    lane            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    priority        INTEGER NOT NULL,
    state           TEXT NOT NULL
        CHECK (state IN ('queued', 'leased', 'accepted', 'refused', 'expired', 'superseded')),
    next_at         INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    first_at        INTEGER,
    ended_at        INTEGER,
    holder          TEXT,
    UNIQUE (notification_id, channel)
) STRICT;
CREATE INDEX deliver_outbox_due ON deliver_outbox (outlet, priority, next_at) WHERE state IN ('queued', 'leased');
CREATE INDEX deliver_outbox_lane ON deliver_outbox (lane, channel, id) WHERE state IN ('queued', 'leased');
CREATE INDEX deliver_outbox_ended ON deliver_outbox (ended_at) WHERE ended_at IS NOT NULL;

-- Every attempt, for those who ask why a page did or did not come.
CREATE TABLE deliver_attempt (
    outbox_id  INTEGER NOT NULL REFERENCES deliver_outbox (id) ON DELETE CASCADE,
    attempt    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    worker     TEXT NOT NULL,
    channel    TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    status     INTEGER,
    latency_ms INTEGER NOT NULL,
    excerpt    TEXT NOT NULL,
    next_at    INTEGER,
    PRIMARY KEY (outbox_id, attempt)
) STRICT, WITHOUT ROWID;
