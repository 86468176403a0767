-- What came in, what is silenced, what became of it. Bodies are JSON; what is searched has a column.

-- Numbers of commits; never given twice, although rows go.
CREATE TABLE desk_counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE alert (
    fingerprint BIGINT PRIMARY KEY,
    -- The commit that wrote it last: what an engine has not seen has a higher one than it has seen.
    seq BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX alert_seq ON alert (seq);

CREATE TABLE silence (
    id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX silence_seq ON silence (seq);

CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    resolved_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX incident_opened ON incident (opened_at);
CREATE INDEX incident_seq ON incident (seq);

-- Who did what, when. Rows are added and never changed.
CREATE TABLE audit (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, number);

CREATE TABLE group_memory (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE reason (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    fingerprint BIGINT,
    step TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX reason_fingerprint ON reason (fingerprint, number);
CREATE INDEX reason_at ON reason (at);

-- Only hashes: what is in the database opens nothing.
CREATE TABLE api_token (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE acknowledge_link (
    hash TEXT PRIMARY KEY,
    incident TEXT NOT NULL,
    person TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX acknowledge_link_expires ON acknowledge_link (expires_at);

CREATE TABLE desk_secret (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_keeps BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
