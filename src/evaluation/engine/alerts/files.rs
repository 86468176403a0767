//! The alerts of files of definitions that have errors: what they define is watched as it was, or not at all.

use slo_core::labels::Labels;
use slo_core::names;
use slo_definitions::BrokenFile;
use slo_model::alert::state::{Observation, Timing};

/// The alert's name.
const ALERT: &str = "DefinitionFileInvalid";
/// The name under which these alerts are kept, among those of SLOs: no SLO's name begins with a slash.
pub(super) const RULE: &str = "slo:/definition-files";

/// An alert for each file. One of which nothing stays in force is a page: nobody watches what it defines.
pub(super) fn alerts(broken: &[BrokenFile]) -> impl Iterator<Item = (Observation, Timing)> {
    broken.iter().map(|broken| {
        let (severity, priority) = if broken.kept { ("ticket", "P3") } else { ("page", "P2") };
        let mut labels: Labels =
            [(names::ALERTNAME, ALERT), (names::SEVERITY, severity), (names::PRIORITY, priority)]
                .into_iter()
                .collect();
        labels.set(names::FILE, &broken.file);
        let mut annotations = Labels::new();
        annotations.set(names::SUMMARY, format!("{} has errors and is not taken", broken.file));
        annotations.set(names::DESCRIPTION, broken.to_string());
        annotations.set(names::RUNBOOK, "alerts/runbooks/definition-file-invalid.md");
        (Observation { labels, annotations, value: broken.errors as f64, context: None }, Timing::default())
    })
}
