//! Tells when a source answers for somebody else: another tenant, or another server behind the same address. What it had
//! said of a time that is read again is gone then, and targets that nobody knew have taken its place.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use slo_core::names::{INSTANCE, JOB};
use slo_core::time::{Span, Timestamp};
use slo_model::samples::Series;

/// Fewer targets may all be replaced at once.
const FEWEST: usize = 3;
/// After so long the new targets are those that are meant: the server was moved, say. Less than an engine may lag behind.
const BELIEVED_AFTER: Span = Span::minutes(30);

/// The targets of each source, by its name.
#[derive(Debug, Default)]
pub(super) struct Identities(Mutex<BTreeMap<String, Identity>>);

/// The targets that a source was seen to have.
#[derive(Debug, Default)]
struct Identity {
    targets: HashSet<u64>,
    /// None of them has been among its answers since then.
    doubted_since: Option<Timestamp>,
}

impl Identities {
    /// Takes note of all series of `up` that `source` answered with at `at`.
    pub(super) fn saw(&self, source: &str, up: &[Series], at: Timestamp) {
        let target = |series: &Series| {
            let mut hasher = DefaultHasher::new();
            (series.labels.get(JOB), series.labels.get(INSTANCE)).hash(&mut hasher);
            hasher.finish()
        };
        let seen: HashSet<u64> = up.iter().map(target).collect();
        if seen.is_empty() {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(source.to_owned()).or_default();
        let is_other = known.targets.len() >= FEWEST && known.targets.is_disjoint(&seen);
        let since = known.doubted_since.unwrap_or(at);
        known.doubted_since = (is_other && at - since < BELIEVED_AFTER).then_some(since);
        if known.doubted_since.is_none() {
            known.targets = seen;
        }
    }

    /// Since when `source` has answered for other targets, as it stands at `at`.
    pub(super) fn doubted_since(&self, source: &str, at: Timestamp) -> Option<Timestamp> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(source)?.doubted_since.filter(|since| at - *since < BELIEVED_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::at;

    fn up(instances: &[&str]) -> Vec<Series> {
        let series = |instance: &&str| Series {
            labels: [(JOB, "api"), (INSTANCE, *instance)].into_iter().collect(),
            samples: Vec::new(),
        };
        instances.iter().map(series).collect()
    }

    #[test]
    fn other_targets_are_doubted_and_believed_after_a_while() {
        let identities = Identities::default();
        identities.saw("", &up(&["a", "b", "c"]), at(0));
        // A rollout: some of the old are still in what is read.
        identities.saw("", &up(&["c", "d", "e", "f"]), at(30));
        assert_eq!(identities.doubted_since("", at(30)), None);
        // Nothing is no answer for somebody else.
        identities.saw("", &[], at(60));
        identities.saw("", &up(&["x", "y"]), at(90));
        assert_eq!(identities.doubted_since("", at(90)), Some(at(90)));
        assert_eq!(identities.doubted_since("other", at(90)), None);
        identities.saw("", &up(&["d"]), at(120));
        assert_eq!(identities.doubted_since("", at(120)), None);
        identities.saw("", &up(&["e", "f", "d"]), at(150));
        for second in [180, 180 + 1799] {
            identities.saw("", &up(&["x", "y"]), at(second));
            assert_eq!(identities.doubted_since("", at(second)), Some(at(180)));
        }
        assert_eq!(identities.doubted_since("", at(180 + 1800)), None);
        identities.saw("", &up(&["x", "y"]), at(180 + 1800));
        assert_eq!(identities.doubted_since("", at(180 + 1800)), None);
    }

    #[test]
    fn the_only_pod_of_a_service_may_be_replaced() {
        let identities = Identities::default();
        identities.saw("", &up(&["a", "b"]), at(0));
        identities.saw("", &up(&["c"]), at(30));
        assert_eq!(identities.doubted_since("", at(30)), None);
    }
}
