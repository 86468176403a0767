//! Rule files: promtool and our engine run the same cases, and agree on what is pending, firing and resolved, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_core::time::short::at_ms;
use slo_definitions::{load_rule_files, rule_files_str};
use slo_embedded::{EmbeddedSource, StoreSettings};
use slo_evaluation::engine::alerts::{States, StoredStates};
use slo_evaluation::engine::rules::Rules;
use slo_model::alert::state::Phase;
use slo_model::source::SeriesWriter;
use slo_model::source::Source;

use super::unit_test_file::{Case, File, ms};
use super::{RecordingSink, alerting};
use crate::servers::binary;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/fire")
}

fn promtool() -> PathBuf {
    binary(&["/usr/bin/promtool", "/usr/local/bin/promtool"], "prometheus")
}

/// A store that takes samples of any age.
async fn source(folder: &Path, clock: Clock) -> Arc<EmbeddedSource> {
    let settings = StoreSettings::new(folder).retention(Duration::from_hours(24 * 365 * 200));
    Arc::new(EmbeddedSource::open(settings, clock).await.unwrap())
}

#[test]
fn promtool_accepts_what_ships_and_its_cases_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for arguments in [
        ["check", "rules", "rules/alerts/platform.yaml"],
        ["test", "rules", "tests/golden/fire/platform.test.yaml"],
    ] {
        let output = Command::new(promtool()).args(arguments).current_dir(root).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}");
    }
}

#[tokio::test]
async fn our_engine_agrees_with_promtool() {
    let text = std::fs::read_to_string(folder().join("platform.test.yaml")).unwrap();
    let file: File = serde_yaml::from_str(&text).unwrap();
    let paths: Vec<PathBuf> = file.rule_files.iter().map(|path| folder().join(path)).collect();
    let looks: usize =
        file.tests.iter().map(|case| case.alert_rule_test.len() + case.promql_expr_test.len()).sum();
    assert!(looks > 20, "the file says less than it should: {looks}");
    for (place, case) in file.tests.iter().enumerate() {
        run(case, &paths, ms(&file.evaluation_interval), place).await;
    }
}

async fn run(case: &Case, paths: &[PathBuf], interval: i64, place: usize) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(0);
    let source = source(dir.path(), clock).await;
    source.load_openmetrics(case.open_metrics(0)).await.unwrap();
    let sink = Arc::new(RecordingSink::default());
    let read = load_rule_files(paths);
    assert_eq!(read.errors(), 0);
    let writer: Arc<dyn SeriesWriter> = source.clone();
    let mut rules = Rules::open(&alerting(&sink, None, Some(writer)), source.clone(), read.groups, at_ms(0))
        .await
        .unwrap();
    let mut now = 0;
    while now <= case.end() {
        let report = rules.evaluate_due(at_ms(now)).await;
        assert_eq!(report.problems, Vec::<String>::new());
        for test in case.alert_rule_test.iter().filter(|test| ms(&test.eval_time) == now) {
            let firing: BTreeSet<(Labels, Labels)> = rules
                .instances()
                .filter(|one| one.phase == Phase::Firing && one.labels.get("alertname") == test.alertname)
                .map(|one| (one.labels.clone(), one.annotations.clone()))
                .collect();
            let with_name = |labels: &BTreeMap<String, String>| {
                let mut labels: Labels = labels.clone().into_iter().collect();
                labels.set("alertname", test.alertname.clone());
                labels
            };
            let expected: BTreeSet<(Labels, Labels)> = test
                .exp_alerts
                .iter()
                .map(|one| (with_name(&one.exp_labels), one.exp_annotations.clone().into_iter().collect()))
                .collect();
            assert_eq!(firing, expected, "case {place}, {} at {}", test.alertname, test.eval_time);
        }
        for test in case.promql_expr_test.iter().filter(|test| ms(&test.eval_time) == now) {
            let found: Vec<(String, f64)> = source
                .instant(&test.expr, at_ms(now))
                .await
                .unwrap()
                .data
                .into_iter()
                .map(|point| (point.labels.to_string(), point.value))
                .collect();
            let expected: Vec<(String, f64)> =
                test.exp_samples.iter().map(|one| (one.labels.clone(), one.value)).collect();
            assert_eq!(found, expected, "case {place}, {} at {}", test.expr, test.eval_time);
        }
        now += interval;
    }
    source.close().await.unwrap();
}

const WAITS: &str = "groups: [{name: g, interval: 1m, rules: [{alert: Down, expr: up == 0, for: 5m}]}]";

fn down_for(minutes: usize) -> String {
    let mut text = String::new();
    for minute in 0..=minutes {
        writeln!(text, "up{{job=\"a\"}} 0 {}", minute * 60).unwrap();
    }
    for minute in minutes + 1..=minutes + 20 {
        writeln!(text, "up{{job=\"a\"}} 1 {}", minute * 60).unwrap();
    }
    text + "# EOF\n"
}

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn a_restart_neither_forgets_nor_repeats() {
    let dir = tempfile::tempdir().unwrap();
    let source = source(&dir.path().join("metrics"), Clock::manual(0)).await;
    source.load_openmetrics(down_for(10)).await.unwrap();
    let url = format!("sqlite://{}", dir.path().join("slo.db").display());
    let sink = Arc::new(RecordingSink::default());
    let mut phases = Vec::new();
    // A new engine every minute: each goes on where the one before was killed.
    for minute in 0..=12 {
        let states: Arc<dyn States> = Arc::new(StoredStates::new(crate::stores::store(&url).await.unwrap()));
        let groups = rule_files_str("r.yaml", WAITS).groups;
        let mut rules =
            Rules::open(&alerting(&sink, Some(states), None), source.clone(), groups, at_ms(minute * MINUTE))
                .await
                .unwrap();
        let report = rules.evaluate_due(at_ms(minute * MINUTE)).await;
        assert_eq!(report.problems, Vec::<String>::new());
        phases.push(rules.instances().next().map(|one| one.phase));
    }
    let (pending, firing, resolved) = (Some(Phase::Pending), Some(Phase::Firing), Some(Phase::Resolved));
    let expected: Vec<Option<Phase>> = [vec![pending; 5], vec![firing; 6], vec![resolved; 2]].concat();
    assert_eq!(phases, expected);
    let told = sink.take();
    // The same alert all the time, since when it fired; the end is told, and told again after each restart.
    assert!(told.iter().all(|alert| alert.starts_at == Some(at_ms(5 * MINUTE))), "{told:?}");
    let ends: BTreeSet<Timestamp> = told.iter().filter_map(|alert| alert.ends_at).collect();
    assert_eq!(ends, BTreeSet::from([at_ms(11 * MINUTE)]));
    source.close().await.unwrap();
}

#[tokio::test]
async fn what_is_told_is_told_at_once_and_again_until_it_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let source = source(dir.path(), Clock::manual(0)).await;
    source.load_openmetrics(down_for(3)).await.unwrap();
    let rule = "groups: [{name: g, interval: 20s, rules: [{alert: Down, expr: up == 0}]}]";
    let sink = Arc::new(RecordingSink::default());
    let groups = rule_files_str("r.yaml", rule).groups;
    let mut rules =
        Rules::open(&alerting(&sink, None, None), source.clone(), groups, at_ms(0)).await.unwrap();
    sink.refuse(true);
    let report = rules.evaluate_due(at_ms(0)).await;
    assert_eq!(report.problems, ["the alerts were not taken: no"]);
    sink.refuse(false);
    let mut counts = Vec::new();
    for seconds in [20, 40, 60, 80, 100] {
        rules.evaluate_due(at_ms(seconds * 1000)).await;
        counts.push(sink.take().len());
    }
    // Taken at 20 s, and told again a minute later.
    assert_eq!(counts, [1, 0, 0, 1, 0]);
    // The same moment again is not evaluated twice.
    assert_eq!(
        rules.evaluate_due(at_ms(100_000)).await,
        slo_evaluation::engine::alerts::FireReport::default()
    );
    source.close().await.unwrap();
}

#[tokio::test]
async fn a_rule_that_fails_leaves_its_alerts_and_is_told_itself() {
    let dir = tempfile::tempdir().unwrap();
    let source = source(dir.path(), Clock::manual(0)).await;
    let mut text = String::new();
    for minute in 0..20 {
        writeln!(text, "up{{job=\"a\",x=\"1\"}} 0 {}", minute * 60).unwrap();
    }
    for minute in 5..20 {
        writeln!(text, "up{{job=\"a\",x=\"2\"}} 0 {}", minute * 60).unwrap();
    }
    source.load_openmetrics(text + "# EOF\n").await.unwrap();
    let rule = "groups: [{name: g, interval: 1m, rules: [{alert: Down, expr: up == 0, labels: {x: ''}}, {record: a:b, expr: up}]}]";
    let sink = Arc::new(RecordingSink::default());
    let groups = rule_files_str("r.yaml", rule).groups;
    let mut rules =
        Rules::open(&alerting(&sink, None, None), source.clone(), groups, at_ms(0)).await.unwrap();
    assert!(rules.remarks().concat().contains("a:b, which is not written"), "{:?}", rules.remarks());
    for minute in 0..=15 {
        let report = rules.evaluate_due(at_ms(minute * MINUTE)).await;
        assert_eq!(report.problems.len(), usize::from(minute >= 5), "{minute}: {report:?}");
        let phases: BTreeMap<&str, Phase> =
            rules.instances().map(|one| (one.labels.get("alertname"), one.phase)).collect();
        assert_eq!(phases.get("Down"), Some(&Phase::Firing), "{minute}");
        let failing = phases.get("RuleEvaluationFailing").copied();
        let expected = match minute {
            0..5 => None,
            5..15 => Some(Phase::Pending),
            _ => Some(Phase::Firing),
        };
        assert_eq!(failing, expected, "{minute}");
    }
    // A rule that is gone takes its alerts along.
    rules.replace(Vec::new());
    rules.evaluate_due(at_ms(16 * MINUTE)).await;
    rules.replace(
        rule_files_str("r.yaml", "groups: [{name: h, interval: 1m, rules: [{alert: Other, expr: up > 5}]}]")
            .groups,
    );
    rules.evaluate_due(at_ms(17 * MINUTE)).await;
    assert!(rules.instances().all(|one| one.phase == Phase::Resolved));
    source.close().await.unwrap();
}
