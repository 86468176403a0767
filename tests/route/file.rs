//! The routing file: what is wrong in it, told at once and at its place.

use slo::spec::{load_routing_str, shipped_routing};

#[test]
fn the_shipped_file_is_right() {
    let loaded = shipped_routing();
    assert!(loaded.routing.is_some() && loaded.diagnostics.is_empty(), "{}", loaded.render());
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
    let lines: Vec<&str> = slo::spec::SHIPPED_ROUTING.lines().collect();
    for at in 0..lines.len() {
        let without: Vec<&str> = [&lines[..at], &lines[at + 1..]].concat();
        load_routing_str("x.yaml", &without.join("\n")).render();
        let cut: Vec<&str> = lines[..at].to_vec();
        load_routing_str("x.yaml", &cut.join("\n")).render();
    }
}
