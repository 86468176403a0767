//! The routing file: what is wrong in it, told at once and at its place.

use std::collections::BTreeSet;
use std::path::Path;

use slo_definitions::{load_routing_str, shipped_routing};

#[test]
fn the_shipped_file_is_right() {
    let loaded = shipped_routing();
    assert!(loaded.routing.is_some() && loaded.diagnostics.is_empty(), "{}", loaded.render());
}

/// The names that a matcher can match, where it is one of names or a choice of them.
fn named(matcher: &slo_model::route::matcher::Matcher) -> Vec<&str> {
    if matcher.name() == "alertname" { matcher.value().split('|').collect() } else { Vec::new() }
}

#[test]
fn the_shipped_inhibitions_name_alerts_that_ship() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/alerts");
    let groups = slo_definitions::load_rule_files(&[rules]).groups;
    let mut shipped: BTreeSet<&str> =
        groups.iter().flat_map(|group| &group.rules).map(slo_model::alert::rule::Rule::name).collect();
    shipped.extend([slo_model::alert::burn::BURN_ALERT, slo_model::alert::burn::EXHAUSTED_ALERT]);
    let routing = shipped_routing().routing.unwrap();
    let inhibitions = &routing.parts().inhibitions;
    let matchers = inhibitions.iter().flat_map(|rule| rule.source.iter().chain(&rule.target));
    let names: Vec<&str> = matchers.flat_map(named).collect();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        assert!(shipped.contains(name), "{name} is not an alert that ships: {shipped:?}");
    }
}

#[test]
fn every_finding_at_once() {
    let text = include_str!("../golden/route/wrong.yaml");
    let loaded = load_routing_str("wrong.yaml", text);
    assert!(loaded.routing.is_none());
    insta::with_settings!({snapshot_path => "../golden/route", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("wrong", loaded.render());
    });
}

#[test]
fn nothing_breaks_the_reader() {
    for text in [
        "",
        "---\n",
        "[]",
        "a",
        "route: {}",
        "receivers: 5\nroute: x\n",
        "route: {routes: [[[]]]}",
        "{",
        "\u{0}",
    ] {
        let loaded = load_routing_str("x.yaml", text);
        assert!(loaded.routing.is_none() && loaded.errors() > 0, "{text:?}");
    }
    let deep = "{routes: [".repeat(40) + &"]}".repeat(40);
    assert!(load_routing_str("x.yaml", &format!("receivers: []\nroute: {deep}")).errors() > 0);
}

#[test]
fn every_line_left_out_or_doubled_is_survived() {
    let lines: Vec<&str> = slo_definitions::SHIPPED_ROUTING.lines().collect();
    for at in 0..lines.len() {
        let without: Vec<&str> = [&lines[..at], &lines[at + 1..]].concat();
        load_routing_str("x.yaml", &without.join("\n")).render();
        let cut: Vec<&str> = lines[..at].to_vec();
        load_routing_str("x.yaml", &cut.join("\n")).render();
    }
}
