//! `promtool test rules` files, as far as ours use them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct File {
    pub rule_files: Vec<String>,
    pub evaluation_interval: String,
    pub tests: Vec<Case>,
}

#[derive(Debug, Deserialize)]
pub struct Case {
    pub interval: String,
    pub input_series: Vec<Input>,
    #[serde(default)]
    pub alert_rule_test: Vec<AlertTest>,
    #[serde(default)]
    pub promql_expr_test: Vec<ExprTest>,
}

#[derive(Debug, Deserialize)]
pub struct Input {
    pub series: String,
    pub values: String,
}

#[derive(Debug, Deserialize)]
pub struct AlertTest {
    pub alertname: String,
    pub eval_time: String,
    pub exp_alerts: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
pub struct Expected {
    pub exp_labels: BTreeMap<String, String>,
    pub exp_annotations: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub struct ExprTest {
    pub expr: String,
    pub eval_time: String,
    pub exp_samples: Vec<Sample>,
}

#[derive(Debug, Deserialize)]
pub struct Sample {
    pub labels: String,
    pub value: f64,
}

/// Milliseconds of a duration.
pub fn ms(text: &str) -> i64 {
    slo_core::duration::parse(text).unwrap().ms()
}

/// `1x3`, `0+10x5` and plain numbers, as promtool expands them.
fn expand(values: &str) -> Vec<f64> {
    let mut out = Vec::new();
    for word in values.split_whitespace() {
        let Some((numbers, times)) = word.split_once('x') else {
            out.push(word.parse().unwrap());
            continue;
        };
        let (start, step): (f64, f64) = match numbers.split_once('+') {
            Some((start, step)) => (start.parse().unwrap(), step.parse().unwrap()),
            None => (numbers.parse().unwrap(), 0.0),
        };
        let times: usize = times.parse().unwrap();
        out.extend((0..=times).map(|time| start + step * time as f64));
    }
    out
}

impl Case {
    /// The input as OpenMetrics text that begins at `start` (unix seconds).
    pub fn open_metrics(&self, start: i64) -> String {
        let mut text = String::new();
        for Input { series, values } in &self.input_series {
            for (place, value) in expand(values).into_iter().enumerate() {
                let at = start + place as i64 * ms(&self.interval) / 1000;
                writeln!(text, "{series} {value} {at}").unwrap();
            }
        }
        text + "# EOF\n"
    }

    /// When the last look is, in milliseconds.
    pub fn end(&self) -> i64 {
        let alerts = self.alert_rule_test.iter().map(|test| ms(&test.eval_time));
        alerts.chain(self.promql_expr_test.iter().map(|test| ms(&test.eval_time))).max().unwrap_or(0)
    }
}

#[test]
fn values_expand_as_in_promtool() {
    assert_eq!(expand("1x2 0+10x2 5"), [1.0, 1.0, 1.0, 0.0, 10.0, 20.0, 5.0]);
}
