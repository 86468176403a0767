//! What is sent, the same to both: alerts as Prometheus sends them for a platform of some hundred services.

use bytes::Bytes;

/// Groups the alerts fall into.
pub const GROUPS: usize = 1000;

/// The alert of this number, which starts at `starts_at`.
fn alert(number: usize, starts_at: &str, ends_at: &str) -> String {
    let (rule, service) = (number % GROUPS / 50, number % 50);
    format!(
        r#"{{"labels":{{"alertname":"PlatformRule{rule}","service":"service-{service}","instance":"10.20.{}.{}:9100","job":"platform-api","cluster":"eu-central","namespace":"production","severity":"warning","priority":"P3","pod":"service-{service}-{number:08x}"}},"annotations":{{"summary":"PlatformRule{rule} holds for service-{service} on pod {number:08x}","description":"The value has been above its threshold for ten minutes; users of service-{service} notice it.","runbook_url":"https://runbooks.platform.internal/PlatformRule{rule}"}},"startsAt":"{starts_at}","endsAt":"{ends_at}","generatorURL":"http://prometheus.platform.internal:9090/graph?g0.expr=platform_rule_{rule}+%3E+0.9&g0.tab=1"}}"#,
        number / 250 % 250,
        number % 250,
    )
}

fn times() -> (String, String) {
    let now = chrono::DateTime::from_timestamp_millis(slo_base::clock::Clock::System.now().ms()).unwrap();
    let text = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    (text(now - chrono::Duration::minutes(1)), text(now + chrono::Duration::hours(1)))
}

/// Bodies that hold alerts `0..count` between them, `size` in each.
pub fn batches(count: usize, size: usize) -> Vec<(usize, Bytes)> {
    let (starts_at, ends_at) = times();
    let numbers: Vec<usize> = (0..count).collect();
    let body = |chunk: &[usize]| {
        let alerts: Vec<String> = chunk.iter().map(|number| alert(*number, &starts_at, &ends_at)).collect();
        (chunk.len(), format!("[{}]", alerts.join(",")).into())
    };
    numbers.chunks(size).map(body).collect()
}

/// A critical alert that nobody waits with, in a group of its own; the receiver finds the mark in what it is sent.
pub fn probe(mark: &str) -> Bytes {
    let (starts_at, ends_at) = times();
    format!(
        r#"[{{"labels":{{"alertname":"ApiDown","service":"{mark}","priority":"P1"}},"annotations":{{"summary":"down"}},"startsAt":"{starts_at}","endsAt":"{ends_at}"}}]"#
    )
    .into()
}
