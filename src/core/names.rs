//! Every metric, label and annotation name the product reads or writes, once.

/// The label that holds an alert's name.
pub const ALERTNAME: &str = "alertname";
/// The label with how a person is told: `page` or `ticket`.
pub const SEVERITY: &str = "severity";
/// The label with how urgent an alert is: `P1` to `P4`.
pub const PRIORITY: &str = "priority";
/// The label with the service that an alert or an SLO is about.
pub const SERVICE: &str = "service";
/// The label with an SLO's name.
pub const SLO: &str = "slo";
/// The label with an objective's name, where its SLO has several.
pub const OBJECTIVE: &str = "objective";
/// The label with the name of the burn-rate tier that fires.
pub const TIER: &str = "tier";
/// The label with how much the service matters, as its definition says.
pub const SLO_TIER: &str = "slo_tier";
/// The label and annotation with who owns the service.
pub const OWNER: &str = "owner";
/// The label with the heartbeat that is missing.
pub const HEARTBEAT: &str = "heartbeat";
/// The label with the receiver of a notification.
pub const RECEIVER: &str = "receiver";
/// The label with the channel of a notification: `email`, `slack` and so on.
pub const CHANNEL: &str = "channel";
/// The label with the rule group that cannot be evaluated.
pub const RULE_GROUP: &str = "rule_group";

/// The annotation that says in a line what is wrong.
pub const SUMMARY: &str = "summary";
/// The annotation that says what users notice.
pub const IMPACT: &str = "impact";
/// The annotation that says it at length.
pub const DESCRIPTION: &str = "description";
/// The annotation with the runbook: a link, or where it stands.
pub const RUNBOOK: &str = "runbook";
/// The annotation with the runbook's link, as Prometheus' mixins name it.
pub const RUNBOOK_URL: &str = "runbook_url";
/// The annotation with the dashboard: a link, or where it stands.
pub const DASHBOARD: &str = "dashboard";
/// The annotation with the dashboard's link.
pub const DASHBOARD_URL: &str = "dashboard_url";
/// The annotation of an alert for which a faster tier speaks: that tier's name.
pub const INHIBITED_BY: &str = "inhibited_by";

/// The label that holds a series' metric name.
pub const METRIC_NAME: &str = "__name__";
/// 1 after a scrape that worked, 0 after one that did not; Prometheus and the embedded scraper write it.
pub const UP: &str = "up";
/// Seconds the last scrape of a target took.
pub const SCRAPE_DURATION: &str = "scrape_duration_seconds";
/// Samples the last scrape of a target brought.
pub const SCRAPE_SAMPLES: &str = "scrape_samples_scraped";
/// When the process behind a target started, unix seconds.
pub const PROCESS_START: &str = "process_start_time_seconds";
/// The label that names a scrape job.
pub const JOB: &str = "job";
/// The label that names a scrape target.
pub const INSTANCE: &str = "instance";
/// The label with a classic histogram bucket's upper bound.
pub const LE: &str = "le";
/// The prefix of `metadata.annotations` keys for what OpenSLO cannot say.
pub const ANNOTATION_PREFIX: &str = "slo-engine/";

/// Seconds to answer an HTTP request, a classic histogram; OpenTelemetry's `http.server.request.duration`.
pub const HTTP_SERVER_REQUEST_DURATION: &str = "http_server_request_duration_seconds";
/// Requests being answered now, a gauge; OpenTelemetry's `http.server.active_requests`.
pub const HTTP_SERVER_ACTIVE_REQUESTS: &str = "http_server_active_requests";
/// The label with a request's method; `_OTHER` for one that HTTP does not define.
pub const HTTP_REQUEST_METHOD: &str = "http_request_method";
/// The label with the matched route's template, e.g. `/api/v1/companies/{ticker}`.
pub const HTTP_ROUTE: &str = "http_route";
/// The label with an answer's status, three digits.
pub const HTTP_RESPONSE_STATUS_CODE: &str = "http_response_status_code";
/// When a data source was last ingested without an error, unix seconds, a gauge by [`INGEST_SOURCE`].
pub const INGEST_LAST_SUCCESS: &str = "ingest_last_success_timestamp_seconds";
/// Ingestion runs, a counter by [`INGEST_SOURCE`] and [`INGEST_OUTCOME`].
pub const INGEST_RUNS: &str = "ingest_runs_total";
/// Records stored by ingestion, a counter by [`INGEST_SOURCE`].
pub const INGEST_RECORDS: &str = "ingest_records_total";
/// The label with a data source: `sec`, `financial` or `news`.
pub const INGEST_SOURCE: &str = "source";
/// The label with how an ingestion run ended: `success` or `failure`.
pub const INGEST_OUTCOME: &str = "outcome";
/// 1, with the platform API's version in its label `version`.
pub const PLATFORM_BUILD_INFO: &str = "platform_build_info";

/// The promised share of good events, per SLO and group.
pub const SLO_TARGET: &str = "slo_target_ratio";
/// The share of good events in the SLO's window.
pub const SLO_SLI: &str = "slo_sli_ratio";
/// The share of the error budget that is left.
pub const SLO_REMAINING: &str = "slo_error_budget_remaining_ratio";
/// The burn rate per window.
pub const SLO_BURN_RATE: &str = "slo_burn_rate";
/// The share of the window for which the source had data.
pub const SLO_COVERAGE: &str = "slo_coverage_ratio";
/// 1 for the state the SLO is in.
pub const SLO_STATE: &str = "slo_state";
/// Good events since the engine started; exposed with `_total`.
pub const SLO_GOOD: &str = "slo_good_events";
/// Events since the engine started; exposed with `_total`.
pub const SLO_EVENTS: &str = "slo_events";
/// Duration of ticks.
pub const TICK_DURATION: &str = "slo_engine_tick_duration_seconds";
/// Ticks by outcome; exposed with `_total`.
pub const TICKS: &str = "slo_engine_ticks";
/// Reads that failed; exposed with `_total`.
pub const SOURCE_ERRORS: &str = "slo_engine_source_errors";
/// Samples read; exposed with `_total`.
pub const SOURCE_SAMPLES: &str = "slo_engine_source_samples";
/// Reloads by outcome; exposed with `_total`.
pub const RELOADS: &str = "slo_engine_reloads";
/// Age of the newest verdicts.
pub const LAG: &str = "slo_engine_lag_seconds";
/// Work that waits, by queue.
pub const QUEUE: &str = "slo_engine_queue_size";
/// Counters remembered between ticks.
pub const COUNTERS: &str = "slo_engine_counters";
/// 1 while this engine evaluates, 0 while another one on its database does.
pub const LEADS: &str = "slo_engine_leads";
/// Turns to evaluate that this engine took; exposed with `_total`.
pub const TURNS: &str = "slo_engine_turns";
/// Failures of the embedded store's work in the background; exposed with `_total`.
pub const STORE_ERRORS: &str = "slo_store_background_errors";
/// The engine's version.
pub const ENGINE_BUILD_INFO: &str = "slo_build_info";

/// Alerts that are known, by `state` and `priority`.
pub const ALERTS: &str = "slo_alerts";
/// Alerts that were sent to us, by `outcome`; exposed with `_total`.
pub const ALERTS_RECEIVED: &str = "slo_alerts_received";
/// Silences, by `state`.
pub const SILENCES: &str = "slo_silences";
/// Incidents, by `state` and `priority`.
pub const INCIDENTS: &str = "slo_incidents";
/// Mean time to acknowledge, by `priority`.
pub const TIME_TO_ACKNOWLEDGE: &str = "slo_incident_time_to_acknowledge_seconds";
/// Mean time to resolve, by `priority`.
pub const TIME_TO_RESOLVE: &str = "slo_incident_time_to_resolve_seconds";
/// Messages to a next level because nobody acknowledged; exposed with `_total`.
pub const ESCALATIONS: &str = "slo_escalations";
/// Share of false positives, by `rule`.
pub const FALSE_POSITIVES: &str = "slo_incident_false_positive_ratio";
/// Attempts to send a notification, by channel and outcome; exposed with `_total`.
pub const NOTIFICATION_ATTEMPTS: &str = "slo_notification_attempts";
/// From when a notification was due to when its channel took it, a histogram by channel.
pub const NOTIFICATION_LATENCY: &str = "slo_notification_latency_seconds";
/// What a channel took to answer an attempt, a histogram by channel.
pub const NOTIFICATION_ANSWER: &str = "slo_notification_answer_seconds";
/// Templates that failed, by template; exposed with `_total`.
pub const TEMPLATE_FAILURES: &str = "slo_notification_template_failures";
/// Notifications in the outbox that are not done with, by state.
pub const OUTBOX_DEPTH: &str = "slo_outbox_notifications";
/// Heartbeats of the engine's own that were put out; exposed with `_total`.
pub const HEARTBEATS_SENT: &str = "slo_heartbeats_sent";
/// When an expected `heartbeat` was heard last, unix seconds.
pub const HEARTBEAT_HEARD: &str = "slo_heartbeat_last_received_timestamp_seconds";
/// Whether an expected `heartbeat` is missing.
pub const HEARTBEAT_MISSING: &str = "slo_heartbeat_missing";
/// How long the oldest notification in the outbox has been due.
pub const OUTBOX_AGE: &str = "slo_outbox_age_seconds";
