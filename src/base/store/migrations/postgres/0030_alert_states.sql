-- What is known of the alerts of each rule, so that a restart goes on where it was. `state` is JSON; see
-- src/alert/state.rs (Instance).
CREATE TABLE alert_states (
    rule TEXT NOT NULL,
    fingerprint BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (rule, fingerprint)
);
