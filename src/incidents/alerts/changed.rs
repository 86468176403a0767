//! What the notify loop has yet to see.

use std::collections::{HashSet, VecDeque};

use slo_model::alert::Fingerprint;

/// Alerts in the order in which they changed first, each once: many that come in at once do not keep one waiting.
#[derive(Debug, Default)]
pub(super) struct Changed {
    order: VecDeque<Fingerprint>,
    all: HashSet<Fingerprint>,
}

impl Changed {
    pub(super) fn extend(&mut self, prints: impl IntoIterator<Item = Fingerprint>) {
        for print in prints {
            if self.all.insert(print) {
                self.order.push_back(print);
            }
        }
    }

    /// The first `most` of them.
    pub(super) fn take(&mut self, most: usize) -> Vec<Fingerprint> {
        if self.order.len() <= most {
            // Room for a flood is not kept for ever.
            self.all = HashSet::new();
            return std::mem::take(&mut self.order).into();
        }
        let taken: Vec<Fingerprint> = self.order.drain(..most).collect();
        for print in &taken {
            self.all.remove(print);
        }
        taken
    }

    pub(super) fn contains(&self, print: Fingerprint) -> bool {
        self.all.contains(&print)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_first_is_taken_first_and_once() {
        let mut changed = Changed::default();
        changed.extend([9, 1, 9, 5].map(Fingerprint));
        assert_eq!(changed.take(2), [9, 1].map(Fingerprint));
        assert!(!changed.contains(Fingerprint(9)) && changed.contains(Fingerprint(5)));
        changed.extend([9].map(Fingerprint));
        assert_eq!(changed.take(2), [5, 9].map(Fingerprint));
        assert!(changed.is_empty() && !changed.contains(Fingerprint(5)));
    }
}
