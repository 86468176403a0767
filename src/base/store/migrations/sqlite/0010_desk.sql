-- What came in, what is silenced, what became of it. Bodies are JSON; what is searched has a column.

-- Numbers of commits; never given twice, although rows go.
CREATE TABLE desk_counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

CREATE TABLE alert (
    fingerprint INTEGER PRIMARY KEY,
    -- The commit that wrote it last: what an engine has not seen has a higher one than it has seen.
    seq INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX alert_seq ON alert (seq);

CREATE TABLE silence (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX silence_seq ON silence (seq);

CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    resolved_at INTEGER,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX incident_opened ON incident (opened_at);
CREATE INDEX incident_seq ON incident (seq);

-- Who did what, when. Rows are added and never changed.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (subject, number);
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE group_memory (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE reason (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    fingerprint INTEGER,
    step TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX reason_fingerprint ON reason (fingerprint, number);
CREATE INDEX reason_at ON reason (at);

-- Only hashes: what is in the database opens nothing.
CREATE TABLE api_token (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE acknowledge_link (
    hash TEXT PRIMARY KEY,
    incident TEXT NOT NULL,
    person TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX acknowledge_link_expires ON acknowledge_link (expires_at);

CREATE TABLE desk_secret (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
