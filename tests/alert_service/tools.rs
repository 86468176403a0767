//! The tools that people use: amtool 0.25 and Prometheus 2.42.

use std::process::Command;
use std::time::Duration;

use slo_base::clock::Clock;

use super::{Served, client, incoming};
use crate::servers::binary;
use crate::servers::deadline::output;
use crate::servers::prometheus::{Options, Prometheus};

/// What amtool prints; fails when it fails.
async fn amtool(served: &Served, arguments: &[&str]) -> String {
    let mut command = Command::new(binary(&["/usr/bin/amtool"], "prometheus-alertmanager"));
    command.arg(format!("--alertmanager.url={}", served.url())).args(arguments);
    let said = arguments.join(" ");
    let output = output(command).await;
    assert!(output.status.success(), "amtool {said}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn amtool_adds_lists_silences_and_expires() {
    let served = Served::start(Clock::System, "").await;
    amtool(&served, &["alert", "add", "alertname=disk", "instance=db1", "--annotation=summary=full"]).await;
    amtool(&served, &["alert", "add", "alertname=cpu", "instance=db2"]).await;
    let listed = amtool(&served, &["alert", "query", "-o", "json"]).await;
    assert!(listed.contains("\"disk\"") && listed.contains("\"cpu\"") && listed.contains("full"), "{listed}");
    let listed = amtool(&served, &["alert", "query", "instance=~db1|db9"]).await;
    assert!(listed.contains("disk") && !listed.contains("cpu"), "{listed}");

    let id = amtool(
        &served,
        &["silence", "add", "--comment=upgrade", "--author=ann", "--duration=1h", "alertname=disk"],
    )
    .await;
    let id = id.trim();
    assert!(amtool(&served, &["silence", "query"]).await.contains(id));
    let listed = amtool(&served, &["alert", "query"]).await;
    assert!(!listed.contains("disk") && listed.contains("cpu"), "{listed}");
    assert!(amtool(&served, &["alert", "query", "--silenced"]).await.contains("disk"));
    // The same matchers: it keeps its id.
    let updated = amtool(&served, &["silence", "update", "--duration=2h", id]).await;
    assert!(updated.contains(id), "{updated}");
    amtool(&served, &["silence", "expire", id]).await;
    assert!(!amtool(&served, &["silence", "query"]).await.contains(id));
    assert!(amtool(&served, &["silence", "query", "--expired"]).await.contains(id));
    assert!(amtool(&served, &["config", "show"]).await.contains("receiver"));
    let tested = amtool(&served, &["config", "routes", "test", "alertname=disk"]).await;
    assert_eq!(tested.trim(), "default");
}

#[tokio::test]
async fn prometheus_sends_its_alerts_here() {
    let served = Served::start(Clock::System, "").await;
    let rule = "groups: [{name: g, interval: 1s, rules: [{alert: Always, expr: vector(7), labels: {priority: P1}, annotations: {summary: 'is {{ $value }}'}}]}]\n";
    let prometheus = Prometheus::start(Options {
        rules: vec![rule.to_owned()],
        alertmanager: Some(served.address.to_string()),
        // What is sent before Prometheus has looked up where to is not sent again for a minute.
        flags: vec!["--rules.alert.resend-delay=1s".to_owned()],
        ..Options::default()
    })
    .await;
    tokio::time::timeout(Duration::from_mins(1), served.service.alerts.changed()).await.unwrap();
    let known = served.service.alerts.take_changed();
    let alert = &known[0].1;
    assert_eq!(alert.labels.get("alertname"), "Always");
    assert_eq!(alert.annotations.get("summary"), "is 7");
    assert!(alert.explicit_end && alert.ends_at > alert.starts_at);
    assert!(alert.generator_url.contains("/graph?"), "{}", alert.generator_url);
    let answer = client().get(format!("{}/api/v1/alertmanagers", prometheus.url())).send().await.unwrap();
    assert!(answer.text().await.unwrap().contains(&served.address.to_string()));
}

#[tokio::test]
async fn the_command_line_speaks_to_the_engine() {
    let served = Served::start(Clock::System, "").await;
    served.service.alerts.put(vec![incoming(&[("alertname", "disk")])]).await.unwrap();
    let incident = slo_incidents::incidents::NewIncident {
        id: "inc-1".to_owned(),
        priority: slo_model::alert::Priority::P1,
        title: "Disk is full".to_owned(),
        rule: "disk".to_owned(),
        labels: slo_core::labels::Labels::new(),
        at: Clock::System.now(),
    };
    served.service.incidents.begin(incident).await.unwrap();
    let run = async |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slo"));
        command.args(arguments).args(["--engine", &served.url()]);
        let output = output(command).await;
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    };
    let (status, text) = run(&["alerts", "list"]).await;
    assert!(status == Some(0) && text.contains("Disk is full") && text.contains("inc-1"), "{text}");
    let (status, text) = run(&["alerts", "ack", "inc-1", "--by", "ann"]).await;
    assert!(status == Some(0) && text.contains("acknowledged by ann"), "{text}");
    assert_eq!(run(&["alerts", "note", "inc-1", "looking", "--by", "ann"]).await.0, Some(0));
    assert_eq!(run(&["alerts", "mark", "inc-1", "noise"]).await.0, Some(0));
    assert_eq!(run(&["alerts", "resolve", "inc-1"]).await.0, Some(0));
    let incident = served.service.incidents.get("inc-1").unwrap();
    assert_eq!(incident.acknowledged_by.as_deref(), Some("ann"));
    assert_eq!(incident.notes[0].text, "looking");
    let (status, text) = run(&["alerts", "ack", "nope"]).await;
    assert!(status == Some(2) && text.contains("no incident nope"), "{status:?} {text}");
    let (status, text) =
        run(&["silence", "add", "alertname=disk", "--comment", "c", "--for", "1h30m", "--by", "ann"]).await;
    assert_eq!(status, Some(0), "{text}");
    let made = served.service.silences.active();
    // It begins when the engine takes it, and ends an hour and a half after it was asked for.
    let lengths: Vec<i64> = made.iter().map(|made| (made.body.ends_at - made.body.starts_at).ms()).collect();
    assert!(matches!(lengths[..], [5_340_000..=5_400_000]), "{lengths:?}");
    let wrong = ["silence", "add", "alertname=disk", "--comment", "c", "--for", "5m1h5m", "--by", "ann"];
    let (status, said) = run(&wrong).await;
    assert!(status == Some(2) && said.contains("\"5m1h5m\" is not a valid duration; write e.g."), "{said}");
    let id = text.split_whitespace().next().unwrap();
    assert!(run(&["silence", "list"]).await.1.contains(id));
    assert_eq!(run(&["silence", "expire", id]).await.0, Some(0));
    assert!(served.service.silences.active().is_empty());
    let again = ["--rrule", "FREQ=WEEKLY;BYDAY=SU", "--start", "02:00", "--time-zone", "Europe/Berlin"];
    let words = ["alertname=disk", "--comment", "backup", "--by", "ann"];
    let (status, text) = run(&[&["silence", "preview"], &words[..], &again[..]].concat()).await;
    assert!(status == Some(0) && text.contains("would mute 1 of"), "{text}");
    assert_eq!(text.matches(" 02:00 CE").count(), 5, "{text}");
    assert!(served.service.silences.all().iter().all(|silence| silence.body.series.is_none()));
    let (status, text) = run(&[&["silence", "add"], &words[..], &again[..]].concat()).await;
    assert_eq!(status, Some(0), "{text}");
    let series = text.split_whitespace().next().unwrap().to_owned();
    let (_, text) = run(&["silence", "list"]).await;
    assert!(text.contains("again FREQ=WEEKLY;BYDAY=SU (Europe/Berlin)"), "{text}");
    let (_, text) = run(&["silence", "list", "--format", "json"]).await;
    let listed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(listed.as_array().unwrap().iter().any(|silence| silence["id"] == series.as_str()), "{text}");
    amtool(&served, &["silence", "expire", &series]).await;
    assert!(!run(&["silence", "list"]).await.1.contains(&series));
    let (status, text) = run(&["alerts", "why", "0000000000000000"]).await;
    assert!(status == Some(2) && text.contains("nothing is known"), "{text}");
}
