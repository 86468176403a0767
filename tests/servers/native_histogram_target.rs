//! A scrape target with one native histogram, in Prometheus' protobuf exposition, whose observations the test decides.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::protobuf::{double, message, number, varint, zigzag};

const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
/// Eight buckets to a doubling: bounds are `2^(index/8)`.
const SCHEMA: i32 = 3;

/// A running target. Dropping it stops it.
pub struct NativeHistogramTarget {
    port: u16,
    histogram: Arc<Mutex<Histogram>>,
    _server: AbortOnDropHandle<()>,
}

/// Counts by bucket index; bucket `i` holds `(2^((i-1)/8), 2^(i/8)]`.
#[derive(Default)]
struct Histogram {
    buckets: BTreeMap<i32, u64>,
    sum: f64,
}

impl NativeHistogramTarget {
    /// Serves `metric` without observations.
    pub async fn start(metric: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let histogram = Arc::new(Mutex::new(Histogram::default()));
        let (served, name) = (histogram.clone(), metric.to_owned());
        let page = move || async move { ([(CONTENT_TYPE, PROTOBUF)], locked(&served).family(&name)) };
        let router = Router::new().route("/metrics", get(page));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, histogram, _server: AbortOnDropHandle::new(task) }
    }

    /// `127.0.0.1:port`, as scrape configurations want it.
    pub fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Observes a positive value so many times.
    pub fn observe(&self, value: f64, times: u64) {
        let mut histogram = locked(&self.histogram);
        let index = (value.log2() * f64::from(1 << SCHEMA)).ceil() as i32;
        *histogram.buckets.entry(index).or_default() += times;
        histogram.sum += value * times as f64;
    }
}

fn locked(histogram: &Mutex<Histogram>) -> MutexGuard<'_, Histogram> {
    histogram.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Histogram {
    /// `MetricFamily { name = 1, type = 3, metric = 4 }` of Prometheus' metrics.proto, after its length.
    fn family(&self, name: &str) -> Vec<u8> {
        let mut metric = Vec::new();
        message(&mut metric, 7, &self.histogram());
        let mut family = Vec::new();
        message(&mut family, 1, name.as_bytes());
        number(&mut family, 3, 4);
        message(&mut family, 4, &metric);
        let mut delimited = Vec::new();
        varint(&mut delimited, family.len() as u64);
        delimited.extend(family);
        delimited
    }

    /// `Histogram { sample_count = 1, sample_sum = 2, schema = 5, zero_threshold = 6, zero_count = 7,
    /// positive_span = 12, positive_delta = 13 }`
    fn histogram(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        number(&mut bytes, 1, self.buckets.values().sum());
        double(&mut bytes, 2, self.sum);
        number(&mut bytes, 5, zigzag(i64::from(SCHEMA)));
        double(&mut bytes, 6, 1e-128);
        number(&mut bytes, 7, 0);
        let (mut next, mut before) = (0, 0_i64);
        for index in self.buckets.keys() {
            // A span of one bucket, at its distance from the end of the span before.
            let mut span = Vec::new();
            number(&mut span, 1, zigzag(i64::from(index - next)));
            number(&mut span, 2, 1);
            message(&mut bytes, 12, &span);
            next = index + 1;
        }
        if self.buckets.is_empty() {
            // An empty span marks a native histogram without observations.
            message(&mut bytes, 12, &[]);
        }
        for count in self.buckets.values() {
            let count = *count as i64;
            number(&mut bytes, 13, zigzag(count - before));
            before = count;
        }
        bytes
    }
}
