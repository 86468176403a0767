-- What is to be told, once: the key decides. `lane` is what must arrive in order: receiver, thread and person.
CREATE TABLE deliver_notification (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key      TEXT NOT NULL UNIQUE,
    incident TEXT,
    due_at   BIGINT NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX deliver_notification_incident ON deliver_notification (incident) WHERE incident IS NOT NULL;

-- A notification's way through one channel of its receiver. `next_at` is when it may be taken: when it is due, when it is
-- tried again, when a lease ends. `attempts` counts leases, so it also tells whether a lease is still the newest one.
-- `outlet` is channel and receiver, which a worker has room for or not. It, lane, kind and priority follow from the
-- notification; they are here so that one index finds what may be taken.
CREATE TABLE deliver_outbox (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notification_id BIGINT NOT NULL REFERENCES deliver_notification (id) ON DELETE CASCADE,
    channel         BIGINT NOT NULL,
    outlet          TEXT NOT NULL,
    lane            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    priority        BIGINT NOT NULL,
    state           TEXT NOT NULL
        CHECK (state IN ('queued', 'leased', 'accepted', 'refused', 'expired', 'superseded')),
    next_at         BIGINT NOT NULL,
    attempts        BIGINT NOT NULL DEFAULT 0,
    first_at        BIGINT,
    ended_at        BIGINT,
    holder          TEXT,
    UNIQUE (notification_id, channel)
) WITH (fillfactor = 70);
CREATE INDEX deliver_outbox_due ON deliver_outbox (outlet, priority, next_at) WHERE state IN ('queued', 'leased');
CREATE INDEX deliver_outbox_lane ON deliver_outbox (lane, channel, id) WHERE state IN ('queued', 'leased');
CREATE INDEX deliver_outbox_ended ON deliver_outbox (ended_at) WHERE ended_at IS NOT NULL;

-- Every attempt, for those who ask why a page did or did not come.
CREATE TABLE deliver_attempt (
    outbox_id  BIGINT NOT NULL REFERENCES deliver_outbox (id) ON DELETE CASCADE,
    attempt    BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    worker     TEXT NOT NULL,
    channel    TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    status     BIGINT,
    latency_ms BIGINT NOT NULL,
    excerpt    TEXT NOT NULL,
    next_at    BIGINT,
    PRIMARY KEY (outbox_id, attempt)
);
