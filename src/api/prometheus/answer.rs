//! Prometheus' envelope, byte for byte: numbers as strings, timestamps as seconds with three decimals at most.

use std::fmt::Write;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_embedded::{Failure, QueryValue};
use slo_model::source::{Sample, Series};

/// `{"status":"success","data":…}` around JSON that is written already.
#[derive(Debug)]
pub(super) struct Success(pub String);

impl Success {
    /// Of anything that serializes.
    pub fn of(data: &impl Serialize) -> Self {
        // Maps with string keys, lists and strings: nothing that can fail to serialize.
        Self(serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned()))
    }
}

impl IntoResponse for Success {
    fn into_response(self) -> Response {
        json(StatusCode::OK, format!("{{\"status\":\"success\",\"data\":{}}}", self.0))
    }
}

/// An error as the API names it.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl ApiError {
    /// 400: the request is at fault.
    pub fn bad_data(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind: "bad_data", message: message.into() }
    }

    /// 404: there is no such endpoint.
    pub fn not_found(path: &str) -> Self {
        let message = format!("{path} is not an endpoint of this API");
        Self { status: StatusCode::NOT_FOUND, kind: "not_found", message }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let message = failure.to_string();
        let (status, kind) = match failure {
            Failure::BadData(_) => (StatusCode::BAD_REQUEST, "bad_data"),
            Failure::Execution(_) => (StatusCode::UNPROCESSABLE_ENTITY, "execution"),
            Failure::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
            Failure::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Failure::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        Self { status, kind, message }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (kind, message) = (quoted(self.kind), quoted(&self.message));
        json(self.status, format!("{{\"status\":\"error\",\"errorType\":{kind},\"error\":{message}}}"))
    }
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

/// A query's result with its type.
pub(super) fn value(value: &QueryValue) -> Success {
    let mut out = String::new();
    let _ = write!(out, "{{\"resultType\":\"{}\",\"result\":", value.kind());
    match value {
        QueryValue::Scalar(sample) => point(&mut out, sample),
        QueryValue::Text(at, text) => {
            let _ = write!(out, "[{},{}]", seconds(*at), quoted(text));
        }
        QueryValue::Vector(vector) => list(&mut out, vector, |out, one| {
            metric(out, &one.labels);
            out.push_str(",\"value\":");
            for sample in one.samples.iter().take(1) {
                point(out, sample);
            }
            out.push('}');
        }),
        QueryValue::Matrix(matrix) => list(&mut out, matrix, series),
    }
    out.push('}');
    Success(out)
}

fn list<T>(out: &mut String, items: &[T], mut one: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        one(out, item);
    }
    out.push(']');
}

fn series(out: &mut String, series: &Series) {
    metric(out, &series.labels);
    out.push_str(",\"values\":");
    list(out, &series.samples, point);
    out.push('}');
}

fn metric(out: &mut String, labels: &Labels) {
    out.push_str("{\"metric\":");
    out.push_str(&serde_json::to_string(labels).unwrap_or_else(|_| "{}".to_owned()));
}

fn point(out: &mut String, sample: &Sample) {
    let _ = write!(out, "[{},\"{}\"]", seconds(sample.at), number(sample.value));
}

/// Milliseconds as seconds: `1`, `1.005`, `-0.500`.
fn seconds(at: Timestamp) -> String {
    let (sign, ms) = (if at < Timestamp::EPOCH { "-" } else { "" }, at.ms().unsigned_abs());
    match (ms / 1000, ms % 1000) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction:03}"),
    }
}

/// A float as Go writes it: the shortest digits that read back, an exponent only for the very small and large.
fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "NaN".to_owned()
    } else if size.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        format!("{digits}e{sign}{exponent:0>2}")
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        for (value, want) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (1_788_220_800.25, "1788220800.25"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (1e-6, "0.000001"),
            (9.9e-7, "9.9e-07"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(number(value), want);
        }
    }

    #[test]
    fn timestamps_have_three_decimals_or_none() {
        for (ms, want) in [(0, "0"), (1000, "1"), (1005, "1.005"), (1500, "1.500"), (-500, "-0.500")] {
            assert_eq!(seconds(Timestamp::from_ms(ms)), want);
        }
    }
}
