//! A generated Alertmanager configuration, judged by the real amtool.

use std::process::Command;

use super::timeline::{HOUSE, labels, routing};
use crate::servers::binary;
use slo_model::generate::alertmanager::generate;
use slo_model::route::explain::explain;

/// Whether it was content, what it answered, and what it said besides.
fn amtool(arguments: &[&str]) -> (bool, String, String) {
    let tool = binary(&["/usr/bin/amtool"], "prometheus-alertmanager");
    let output = Command::new(tool).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

/// Everything that routes can do: nested, `continue`, all operators, quoting.
const TREE: &str = r#"
receivers: [{name: hook, webhook: {url: "http://127.0.0.1:9/x"}}, {name: other, alertmanager_webhook: {url: "http://127.0.0.1:9/y"}}]
teams: [{name: team, chat: hook, mail: other}]
priorities: {P1: {send: [chat, mail]}, P2: {send: chat}, P4: {send: mail, digest: {at: "07:30"}}}
route:
  team: team
  group_by: ["..."]
  routes:
    - matchers: ['job=~"api|web.*"', 'env!="dev"']
      priority: P1
      continue: true
      routes:
        - {matchers: ['text="a \"quoted\" \\ one"'], receivers: [other]}
        - {matchers: ['region!~"eu-.+"'], priority: P2}
    - {matchers: ['env=""'], priority: P4}
    - {matchers: ['job="api"'], receivers: [hook]}
    - {matchers: ['job=~"a.i"'], priority: P4}
"#;

const LABELS: [&str; 14] = [
    "a=b",
    "priority=P1,service=api",
    "priority=P2",
    "priority=P3",
    "priority=P4",
    "severity=critical",
    "severity=info",
    "priority=P5",
    "job=api,env=prod",
    "job=api,env=prod,region=eu-west",
    "job=website,env=prod,region=us",
    "job=api,env=dev",
    "job=api",
    r#"job=api,env=prod,text="a \"quoted\" \\ one""#,
];

#[test]
fn amtool_takes_it_and_routes_as_we_do() {
    for text in [HOUSE, TREE, slo_definitions::SHIPPED_ROUTING] {
        let routing = routing(text);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("alertmanager.yml");
        let generated = generate(&routing, false).unwrap();
        std::fs::write(&file, &generated).unwrap();
        let file = file.to_str().unwrap();
        let (good, said, errors) = amtool(&["check-config", file]);
        assert!(good, "{said}{errors}\n{generated}");
        for set in LABELS {
            let labels = labels(set);
            let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
            let mut arguments = vec!["config", "routes", "test", "--config.file", file];
            arguments.extend(pairs.iter().map(String::as_str));
            let (good, said, errors) = amtool(&arguments);
            assert!(good, "{said}{errors}");
            let ours: Vec<String> = explain(&routing, &labels, slo_core::time::Timestamp::EPOCH)
                .into_iter()
                .map(|route| route.destination)
                .collect();
            assert_eq!(said.trim(), ours.join(","), "{set}\n{generated}");
        }
    }
}

#[test]
fn the_shipped_configuration_as_it_was() {
    let generated = generate(&routing(slo_definitions::SHIPPED_ROUTING), false).unwrap();
    insta::with_settings!({snapshot_path => "../golden/route", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("alertmanager", generated);
    });
}

#[test]
fn labels_that_alertmanager_cannot_name_are_refused_and_secrets_can_be_left_out() {
    let text = TREE.replace("env=\"\"", "größe=\"1\"");
    let error = generate(&routing(&text), false).unwrap_err().to_string();
    assert!(error.contains("route.routes[1]") && error.contains("größe"), "{error}");
    let redacted = generate(&routing(slo_definitions::SHIPPED_ROUTING), true).unwrap();
    assert!(!redacted.contains("/run/secrets"), "{redacted}");
}
