//! The declarations.

use super::{Counter, Gauge, Histogram, MetricDecl, counter, gauge, histogram};
use crate::names::{
    CHANNEL, FILE, HEARTBEAT, HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE, INSTANCE, JOB,
    OBJECTIVE, OUTCOME, PRIORITY, QUEUE, RULE, SERVICE, SLO, SOURCE, STATE, TEMPLATE, VERSION, WINDOW,
};

/// Declares metrics, each with its help for documentation, and the list of them.
macro_rules! declare {
    ($(#[$doc:meta])* $list:ident: $($name:ident: $kind:ident<$labels:literal> = $make:ident($($text:expr),+; $help:literal $(; $buckets:expr)?);)+) => {
        $(
            #[doc = $help]
            pub const $name: $kind<$labels> = $make($($text),+, $help $(, $buckets)?);
        )+
        $(#[$doc])*
        pub const $list: &[MetricDecl] = &[$($name.decl()),+];
    };
}

/// OpenTelemetry's advice for HTTP, and 0.2, so that each of the objectives 0.2, 0.5 and 1 is an edge and a latency SLO
/// counts exactly.
const HTTP_BUCKETS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const TICK_BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// From at once to a day of outage.
const LATENCY_BUCKETS: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0];
const ANSWER_BUCKETS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

declare! {
    /// Every metric that our programs expose.
    ALL:

    // Of every program.
    PROCESS_START: Gauge<0> = gauge("process_start_time_seconds", []; "When this process started, unix seconds");
    HTTP_DURATION: Histogram<3> = histogram("http_server_request_duration_seconds",
        [HTTP_REQUEST_METHOD, HTTP_ROUTE, HTTP_RESPONSE_STATUS_CODE];
        "Seconds from a request's arrival to the start of its answer"; HTTP_BUCKETS);
    HTTP_ACTIVE: Gauge<1> = gauge("http_server_active_requests", [HTTP_REQUEST_METHOD]; "Requests being answered now");

    // Of the platform API.
    PLATFORM_BUILD_INFO: Gauge<1> = gauge("platform_build_info", [VERSION]; "1, with the version in its label");
    INGEST_LAST_SUCCESS: Gauge<1> = gauge("ingest_last_success_timestamp_seconds", [SOURCE];
        "When a source was last ingested without an error, unix seconds");
    INGEST_RUNS: Counter<2> = counter("ingest_runs_total", [SOURCE, OUTCOME]; "Ingestion runs by how they ended");
    INGEST_RECORDS: Counter<1> = counter("ingest_records_total", [SOURCE]; "Records that ingestion stored");

    // Of the engine: objectives.
    SLO_TARGET: Gauge<3> = gauge("slo_target_ratio", [SLO, OBJECTIVE, SERVICE]; "The promised share of good events");
    SLO_SLI: Gauge<3> = gauge("slo_sli_ratio", [SLO, OBJECTIVE, SERVICE];
        "The share of good events in the SLO's window; absent without events");
    SLO_REMAINING: Gauge<3> = gauge("slo_error_budget_remaining_ratio", [SLO, OBJECTIVE, SERVICE];
        "The share of the error budget that is left; negative when overspent, absent without events");
    SLO_COVERAGE: Gauge<3> = gauge("slo_coverage_ratio", [SLO, OBJECTIVE, SERVICE];
        "The share of the SLO's window for which the source had data");
    SLO_BURN_RATE: Gauge<4> = gauge("slo_burn_rate", [SLO, OBJECTIVE, SERVICE, WINDOW];
        "Share of bad events in the window over the share that is allowed; absent without events");
    SLO_STATE: Gauge<4> = gauge("slo_state", [SLO, OBJECTIVE, SERVICE, STATE];
        "1 for the state the SLO is in, 0 for the others");
    SLO_LEFT_OUT: Gauge<3> = gauge("slo_groups_left_out", [SLO, OBJECTIVE, SERVICE];
        "Groups of an SLO that are counted together in __other__, at least; absent without any");
    SLO_LEFT_OUT_EXHAUSTED: Gauge<3> = gauge("slo_groups_left_out_exhausted", [SLO, OBJECTIVE, SERVICE];
        "Those of them that have spent their budget");
    SLO_GOOD: Counter<3> = counter("slo_good_events_total", [SLO, OBJECTIVE, SERVICE];
        "Good events counted since the engine started");
    SLO_EVENTS: Counter<3> = counter("slo_events_total", [SLO, OBJECTIVE, SERVICE];
        "Events counted since the engine started");

    // Of the engine: its work.
    ENGINE_BUILD_INFO: Gauge<1> = gauge("slo_build_info", [VERSION]; "1, with the version in its label");
    TICK_DURATION: Histogram<0> = histogram("slo_engine_tick_duration_seconds", [];
        "Time from a tick's first read to its published verdicts"; TICK_BUCKETS);
    TICKS: Counter<1> = counter("slo_engine_ticks_total", [OUTCOME]; "Ticks, by outcome");
    SOURCE_ERRORS: Counter<0> = counter("slo_engine_source_errors_total", [];
        "SLO reads that the source refused or did not answer");
    SOURCE_SAMPLES: Counter<0> = counter("slo_engine_source_samples_total", []; "Samples read from the source");
    SOURCE_UP: Gauge<1> = gauge("slo_source_up", [SOURCE];
        "Whether a data source answered the last request; absent before the first, and default is that of --prometheus");
    SOURCE_REQUESTS: Counter<2> = counter("slo_source_requests_total", [SOURCE, OUTCOME];
        "Requests to a data source, by outcome");
    SOURCE_SECONDS: Counter<1> = counter("slo_source_request_seconds_total", [SOURCE];
        "Seconds that requests to a data source took, all together");
    SOURCE_LAST_SUCCESS: Gauge<1> = gauge("slo_source_last_success_timestamp_seconds", [SOURCE];
        "When a data source answered last, unix seconds; 0 when it never did");
    SOURCE_PARTIAL: Counter<1> = counter("slo_source_partial_answers_total", [SOURCE];
        "Answers of a data source that lacked data, by its own words");
    SOURCE_SKEW: Gauge<1> = gauge("slo_source_clock_skew_seconds", [SOURCE];
        "How far a data source's clock is ahead of ours, to about a second");
    LATE_SAMPLES: Counter<0> = counter("slo_engine_late_samples_total", [];
        "Samples that came later than --settle and were filled in");
    RELOADS: Counter<1> = counter("slo_engine_reloads_total", [OUTCOME]; "Configuration reloads, by outcome");
    BROKEN_FILES: Gauge<0> = gauge("slo_engine_definition_files_invalid", [];
        "Files of definitions and rules that have errors and were not taken");
    FILE_ERRORS: Gauge<1> = gauge("slo_engine_definition_file_errors", [FILE];
        "Errors in a file of definitions or rules that was not taken");
    PARTIAL: Gauge<0> = gauge("slo_engine_partial_slos", [];
        "SLOs whose source answers in part: nothing is settled on it, and it is read again");
    LAG: Gauge<0> = gauge("slo_engine_lag_seconds", []; "Age of the newest verdicts");
    QUEUE_SIZE: Gauge<1> = gauge("slo_engine_queue_size", [QUEUE]; "Work that waits, by queue");
    COUNTERS: Gauge<0> = gauge("slo_engine_counters", []; "Counters remembered between ticks");
    LEADS: Gauge<0> = gauge("slo_engine_leads", [];
        "Whether this engine evaluates; one of those that share a database does");
    TERMS: Counter<0> = counter("slo_engine_turns_total", []; "Times that this engine became the one that evaluates");
    HTTP_PANICS: Counter<0> = counter("slo_engine_http_panics_total", []; "Handlers of the HTTP API that panicked");
    STORE_ERRORS: Counter<0> = counter("slo_store_background_errors_total", [];
        "Failures of the embedded store's background work; it is tried again");

    // Of the engine: alerts and incidents.
    ALERTS: Gauge<2> = gauge("slo_alerts", [STATE, PRIORITY]; "Alerts that are known, by state and priority");
    ALERTS_RECEIVED: Counter<1> = counter("slo_alerts_received_total", [OUTCOME];
        "Alerts that were sent to us since the start, by what became of them");
    SILENCES: Gauge<1> = gauge("slo_silences", [STATE]; "Silences, by state");
    INCIDENTS: Gauge<2> = gauge("slo_incidents", [STATE, PRIORITY];
        "Incidents of the last 90 days, by state and priority");
    TIME_TO_ACKNOWLEDGE: Gauge<1> = gauge("slo_incident_time_to_acknowledge_seconds", [PRIORITY];
        "Mean time from opening to the first acknowledgement");
    TIME_TO_RESOLVE: Gauge<1> = gauge("slo_incident_time_to_resolve_seconds", [PRIORITY];
        "Mean time from opening to the end");
    ESCALATIONS: Counter<0> = counter("slo_escalations_total", [];
        "Messages to a next level because nobody acknowledged, since the start");
    FALSE_POSITIVES: Gauge<1> = gauge("slo_incident_false_positive_ratio", [RULE];
        "Share of false positives among a rule's incidents that were judged");

    // Of the engine: notifications and heartbeats.
    NOTIFICATION_ATTEMPTS: Counter<2> = counter("slo_notification_attempts_total", [CHANNEL, OUTCOME];
        "Attempts to send a notification, by channel and outcome");
    NOTIFICATION_LATENCY: Histogram<1> = histogram("slo_notification_latency_seconds", [CHANNEL];
        "Time from when a notification was due to when its channel took it"; LATENCY_BUCKETS);
    NOTIFICATION_ANSWER: Histogram<1> = histogram("slo_notification_answer_seconds", [CHANNEL];
        "Time a channel took to answer an attempt"; ANSWER_BUCKETS);
    TEMPLATE_FAILURES: Counter<1> = counter("slo_notification_template_failures_total", [TEMPLATE];
        "Templates that failed, so that a plain message went out instead");
    OUTBOX_DEPTH: Gauge<1> = gauge("slo_outbox_notifications", [STATE];
        "Notifications in the outbox that are not done with, by state");
    OUTBOX_AGE: Gauge<0> = gauge("slo_outbox_age_seconds", [];
        "How long the oldest notification in the outbox has been due");
    HEARTBEATS_SENT: Counter<0> = counter("slo_heartbeats_sent_total", [];
        "Heartbeats of the engine's own that were put out");
    HEARTBEAT_HEARD: Gauge<1> = gauge("slo_heartbeat_last_received_timestamp_seconds", [HEARTBEAT];
        "When an expected heartbeat was heard last; 0 when it never was");
    HEARTBEAT_MISSING: Gauge<1> = gauge("slo_heartbeat_missing", [HEARTBEAT]; "Whether an expected heartbeat is missing");
}

declare! {
    /// What a scraper says of each of its targets, Prometheus or ours. We read these series and expose none of them.
    SCRAPED:

    UP: Gauge<2> = gauge("up", [JOB, INSTANCE]; "1 after a scrape that worked, 0 after one that did not");
    SCRAPE_DURATION: Gauge<2> = gauge("scrape_duration_seconds", [JOB, INSTANCE]; "Seconds the last scrape of a target took");
    SCRAPE_SAMPLES: Gauge<2> = gauge("scrape_samples_scraped", [JOB, INSTANCE]; "Samples the last scrape of a target brought");
}
