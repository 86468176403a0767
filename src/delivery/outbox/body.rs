//! A notification as it is stored, and the form that programs up to schema 60 stored it in.

use serde::Deserialize;
use serde::de::IgnoredAny;

use slo_base::store::Fault;
use slo_model::alert::AlertContext;
use slo_model::route::Notification;

/// Writes a notification.
pub(super) fn write(notification: &Notification) -> Result<String, Fault> {
    serde_json::to_string(notification).map_err(|error| Fault::Failed(error.to_string()))
}

/// Reads a notification.
pub(super) fn read(body: &str) -> Result<Notification, Fault> {
    let damaged =
        |error: serde_json::Error| Fault::Damaged(format!("a notification cannot be read: {error}"));
    let mut notification: Notification = serde_json::from_str(body).map_err(damaged)?;
    let form: Form = serde_json::from_str(body).map_err(damaged)?;
    if form.context.is_none() {
        move_annotations(&mut notification);
    }
    Ok(notification)
}

/// What distinguishes the two forms: today's always has a context.
#[derive(Deserialize)]
struct Form {
    context: Option<IgnoredAny>,
}

/// Up to schema 60 links and charts were annotations. Those of senders had been taken out before such a row was stored, so
/// what is there is the engine's own.
fn move_annotations(notification: &mut Notification) {
    for alert in &mut notification.alerts {
        let context = &mut notification.context;
        let links =
            [("acknowledge_url", &mut context.acknowledge_url), ("incident_url", &mut context.incident_url)];
        for (name, place) in links {
            let url = alert.annotations.remove(name);
            if place.is_none() {
                *place = url;
            }
        }
        alert.context = AlertContext::of_annotations(&mut alert.annotations);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a program of schema 60 stored it.
    fn old(annotations: &str) -> String {
        format!(
            r#"{{"key":"k","thread":"t","incident":"7","kind":"firing","priority":"P1","receiver":"sre","person":null,
                "group":{{}},"alerts":[{{"fingerprint":1,"labels":{{"alertname":"a"}},"annotations":{{{annotations}}},
                "starts_at":0,"ended_at":null,"generator_url":""}}],"due_at":5,"failover":null,"reason":"r"}}"#
        )
    }

    #[test]
    fn a_row_of_an_older_program_keeps_its_links_and_its_chart() {
        let links =
            r#""acknowledge_url":"https://a/ack/1","incident_url":"https://a/incidents/7","summary":"s""#;
        let read = read(&old(&format!(r#"{links},"burn_chart":"1,2","burn_chart_span":"6h""#))).unwrap();
        assert_eq!(read.context.acknowledge_url.as_deref(), Some("https://a/ack/1"));
        assert_eq!(read.context.incident_url.as_deref(), Some("https://a/incidents/7"));
        let alert = read.alerts.first().unwrap();
        assert_eq!(alert.annotations.iter().collect::<Vec<_>>(), [("summary", "s")]);
        let chart = alert.context.as_ref().and_then(|context| context.chart.clone()).unwrap();
        assert_eq!((chart.span, chart.rates.len()), (slo_core::time::Span::hours(6), 2));
    }

    #[test]
    fn what_was_written_is_read_and_annotations_of_senders_stay_annotations() {
        let mut notification = read(&old("")).unwrap();
        notification.alerts[0].annotations.set("acknowledge_url", "https://evil.example.com/");
        let read = read(&write(&notification).unwrap()).unwrap();
        assert_eq!(read, notification);
        assert_eq!(read.context.acknowledge_url, None);
    }
}
