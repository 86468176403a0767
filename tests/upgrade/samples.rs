//! The samples that Prometheus has: one hour of last week, a morning whose last hour has many errors, and a disk that is full
//! from ten o'clock on.

use std::fmt::Write as _;

use tokio::sync::OnceCell;

use super::TEN;
use crate::servers::prometheus::{Options, Prometheus};

const HOUR: i64 = 3600;
/// From three hours before ten o'clock until three hours after it, unix seconds.
const BEGIN: i64 = TEN / 1000 - 3 * HOUR;
const END: i64 = TEN / 1000 + 3 * HOUR;
const SCRAPE: usize = 15;
/// The hour of last week: so long ago that a window reads its hourly sums instead of its buckets.
const LAST_WEEK: i64 = BEGIN - 5 * 24 * HOUR;

/// Labels, and the value as a function of seconds since the start.
type Series = (&'static str, fn(i64) -> i64);

/// Failed requests of two a second: one in 500 until nine o'clock, then 6 %.
fn failed_in_europe(second: i64) -> i64 {
    let good_hours = second.min(2 * HOUR);
    good_hours * 2 / 500 + (second - good_hours) * 12 / 100
}

fn from_ten_on(second: i64, before: i64, after: i64) -> i64 {
    if second < 3 * HOUR { before } else { after }
}

const COUNTERS: [(&str, &[Series]); 2] = [
    (
        "checkout_requests",
        &[
            ("instance=\"c-1\",job=\"checkout\",region=\"eu\",code=\"200\"", |second| {
                second * 2 - failed_in_europe(second)
            }),
            ("instance=\"c-1\",job=\"checkout\",region=\"eu\",code=\"500\"", failed_in_europe),
            ("instance=\"c-2\",job=\"checkout\",region=\"us\",code=\"200\"", |second| second),
            ("instance=\"c-2\",job=\"checkout\",region=\"us\",code=\"500\"", |second| second / 2000),
        ],
    ),
    (
        "search_requests",
        &[
            ("instance=\"s-1\",job=\"search\",code=\"200\"", |second| second),
            ("instance=\"s-1\",job=\"search\",code=\"500\"", |second| second / 5000),
        ],
    ),
];

const GAUGES: [(&str, &[Series]); 5] = [
    (
        "up",
        &[
            ("instance=\"c-1\",job=\"checkout\"", |_| 1),
            ("instance=\"c-2\",job=\"checkout\"", |_| 1),
            ("instance=\"s-1\",job=\"search\"", |_| 1),
        ],
    ),
    ("stock_lag_seconds", &[("job=\"stock\"", |second| if second < 1200 { 600 } else { 30 })]),
    ("queue_length", &[("job=\"worker\"", |second| from_ten_on(second, 5, 500))]),
    ("certificate_days_left", &[("job=\"web\"", |_| 3)]),
    ("disk_used_ratio", &[("job=\"database\"", |second| from_ten_on(second, 0, 1))]),
];

fn text() -> String {
    let mut text = String::new();
    let families = COUNTERS.iter().map(|family| ("counter", "_total", family));
    for (kind, suffix, (name, series)) in families.chain(GAUGES.iter().map(|family| ("gauge", "", family))) {
        writeln!(text, "# TYPE {name} {kind}").unwrap();
        for (labels, value) in *series {
            for (begin, end) in [(LAST_WEEK, LAST_WEEK + HOUR), (BEGIN, END)] {
                for at in (begin..=end).step_by(SCRAPE) {
                    writeln!(text, "{name}{suffix}{{{labels}}} {} {at}", value(at - begin)).unwrap();
                }
            }
        }
    }
    text + "# EOF\n"
}

/// The URL of a Prometheus with these samples; one for all tests of the binary.
pub(super) async fn prometheus() -> String {
    static SHARED: OnceCell<&'static Prometheus> = OnceCell::const_new();
    let start = async || {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.om");
        std::fs::write(&file, text()).unwrap();
        &*Box::leak(Box::new(
            Prometheus::start(Options { openmetrics: vec![file], ..Options::default() }).await,
        ))
    };
    SHARED.get_or_init(start).await.url()
}
