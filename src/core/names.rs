//! Every name of a label or an annotation that the product reads or writes, once. Metrics are in [`crate::metrics`].

/// The label that holds an alert's name.
pub const ALERTNAME: &str = "alertname";
/// The label with how a person is notified: `page` or `ticket`.
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
/// The label with the file of definitions that has errors.
pub const FILE: &str = "file";

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
/// The label that names a scrape job.
pub const JOB: &str = "job";
/// The label that names a scrape target.
pub const INSTANCE: &str = "instance";
/// The label with a classic histogram bucket's upper bound.
pub const LE: &str = "le";
/// The prefix of `metadata.annotations` keys for what OpenSLO cannot say.
pub const ANNOTATION_PREFIX: &str = "slo-engine/";

/// The label with a request's method; `_OTHER` for one that HTTP does not define.
pub const HTTP_REQUEST_METHOD: &str = "http_request_method";
/// The label with the matched route's template, e.g. `/api/v1/companies/{ticker}`.
pub const HTTP_ROUTE: &str = "http_route";
/// The label with an answer's status, three digits.
pub const HTTP_RESPONSE_STATUS_CODE: &str = "http_response_status_code";
/// The label with what became of something, e.g. `success` or `failure`.
pub const OUTCOME: &str = "outcome";
/// The label with what state something is in.
pub const STATE: &str = "state";
/// The label with a burn rate's window, e.g. `1h`.
pub const WINDOW: &str = "window";
/// The label with a queue's name.
pub const QUEUE: &str = "queue";
/// The label with an alert's rule.
pub const RULE: &str = "rule";
/// The label with a message template's name.
pub const TEMPLATE: &str = "template";
/// The label with a program's version.
pub const VERSION: &str = "version";
/// The label with a data source: of the engine by its name, `default` without one; of the platform API `sec`, `financial` or
/// `news`.
pub const SOURCE: &str = "source";
