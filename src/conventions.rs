//! Every metric, label and annotation name the product reads or writes, once.

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
