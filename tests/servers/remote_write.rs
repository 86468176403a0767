//! Writes series with numbers and native histograms into a Prometheus that takes remote writes, as all of the tests' do.

use std::collections::BTreeMap;

use super::deadline::PATIENCE;
use super::protobuf::{double, message, number, varint, zigzag};

/// What Prometheus is started with to take native histograms.
pub const NATIVE: &str = "--enable-feature=native-histograms";

/// A value of a series.
#[derive(Debug, Clone)]
pub enum Value {
    Number(f64),
    Histogram(Exponential),
}

/// Counts by bucket index: at schema `s`, bucket `i` holds `(2^((i-1)/2^s), 2^(i/2^s)]`.
#[derive(Debug, Clone, Default)]
pub struct Exponential {
    pub schema: i32,
    pub buckets: BTreeMap<i32, u64>,
}

/// A series: its labels, and its values with their milliseconds.
pub type Written = (Vec<(String, String)>, Vec<(i64, Value)>);

impl Exponential {
    /// Nothing observed yet.
    pub fn new(schema: i32) -> Self {
        Self { schema, buckets: BTreeMap::new() }
    }

    /// Observes a positive value so many times.
    pub fn observe(&mut self, value: f64, times: u64) {
        if times > 0 {
            let index = (value.log2() * f64::from(1 << self.schema)).ceil() as i32;
            *self.buckets.entry(index).or_default() += times;
        }
    }

    /// Half the resolution: two buckets become one.
    pub fn halve(&mut self) {
        let halved = std::mem::take(&mut self.buckets);
        self.schema -= 1;
        for (index, count) in halved {
            *self.buckets.entry((index + 1).div_euclid(2)).or_default() += count;
        }
    }

    /// `Histogram { count_int = 1, sum = 3, schema = 4, zero_threshold = 5, zero_count_int = 6, positive_spans = 11,
    /// positive_deltas = 12, timestamp = 15 }` of Prometheus' types.proto.
    fn encoded(&self, at: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        number(&mut bytes, 1, self.buckets.values().sum());
        double(&mut bytes, 3, 0.0);
        number(&mut bytes, 4, zigzag(i64::from(self.schema)));
        double(&mut bytes, 5, 1e-128);
        number(&mut bytes, 6, 0);
        let (mut next, mut before, mut deltas) = (0, 0_i64, Vec::new());
        for (index, count) in &self.buckets {
            let mut span = Vec::new();
            number(&mut span, 1, zigzag(i64::from(index - next)));
            number(&mut span, 2, 1);
            message(&mut bytes, 11, &span);
            next = index + 1;
            let count = *count as i64;
            varint(&mut deltas, zigzag(count - before));
            before = count;
        }
        message(&mut bytes, 12, &deltas);
        number(&mut bytes, 15, at as u64);
        bytes
    }
}

/// Writes all of it, an hour of every series at a time.
pub async fn write(url: &str, series: &[Written]) {
    const HOUR: i64 = 3_600_000;
    let times = || series.iter().flat_map(|(_, values)| values.iter().map(|(at, _)| *at));
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    for hour in first.div_euclid(HOUR)..=last.div_euclid(HOUR) {
        let mut request = Vec::new();
        for (labels, values) in series {
            let of_hour = values.iter().filter(|(at, _)| at.div_euclid(HOUR) == hour);
            message(&mut request, 1, &encoded(labels, of_hour));
        }
        let reply = client
            .post(format!("{url}/api/v1/write"))
            .header("Content-Encoding", "snappy")
            .header("Content-Type", "application/x-protobuf")
            .body(snappy(&request))
            .send()
            .await
            .unwrap();
        let status = reply.status();
        assert!(status.is_success(), "{status}: {}", reply.text().await.unwrap());
    }
}

/// `TimeSeries { labels = 1, samples = 2, histograms = 4 }`
fn encoded<'v>(labels: &[(String, String)], values: impl Iterator<Item = &'v (i64, Value)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut labels = labels.to_vec();
    labels.sort();
    for (name, value) in labels {
        let mut label = Vec::new();
        message(&mut label, 1, name.as_bytes());
        message(&mut label, 2, value.as_bytes());
        message(&mut bytes, 1, &label);
    }
    for (at, value) in values {
        match value {
            Value::Number(value) => {
                let mut sample = Vec::new();
                double(&mut sample, 1, *value);
                number(&mut sample, 2, *at as u64);
                message(&mut bytes, 2, &sample);
            }
            Value::Histogram(histogram) => message(&mut bytes, 4, &histogram.encoded(*at)),
        }
    }
    bytes
}

/// A block of snappy's format that is not compressed: its length, and literals of at most 64 KiB.
fn snappy(bytes: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 16);
    varint(&mut block, bytes.len() as u64);
    for chunk in bytes.chunks(1 << 16) {
        block.push(61 << 2);
        block.extend(((chunk.len() - 1) as u16).to_le_bytes());
        block.extend(chunk);
    }
    block
}
