//! One sentence a service, and what the error-budget policy asks for.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::incidents::IncidentReview;
use super::objective::{ObjectiveReview, Outcome};
use super::policy::{self, Ask, Asked};
use crate::facts::Facts;
use crate::words;

/// A verdict on less than this share of the time says so.
const THIN: f64 = 0.9;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its words.
    pub text: String,
    /// It says that something is past a bound.
    pub is_hot: bool,
}

impl Said {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_hot: false }
    }

    fn hot(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_hot: true }
    }
}

/// How a service fared.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceReview {
    /// Its name.
    pub service: String,
    /// Who owns it; `None` when its objectives name nobody, or several.
    pub owner: Option<String>,
    /// Its objectives' places in the review, the worst first.
    pub objectives: Vec<usize>,
    /// What happened.
    pub said: Vec<Said>,
    /// What the policy asks for.
    pub ask: Ask,
    /// Why, in a sentence.
    pub why: String,
    /// Incidents to be written up, by their places.
    pub postmortems: Vec<usize>,
}

impl ServiceReview {
    /// What happened, as plain text.
    pub fn sentence(&self) -> String {
        self.said.iter().map(|said| said.text.as_str()).collect()
    }
}

/// A service and its objectives' places.
pub(super) type Sorted = Vec<(String, Vec<usize>)>;

/// Sorts objectives by service and brings the worst to the top: what was missed by most, then what spent most, then what
/// is not known.
pub(super) fn sorted(objectives: &mut [ObjectiveReview]) -> Sorted {
    let weight = |one: &ObjectiveReview| match one.outcome {
        Outcome::Missed | Outcome::Met => one.spent_ratio.unwrap_or_default(),
        Outcome::NoEvents => -1.0,
        Outcome::NoData => -2.0,
    };
    let mut worst: BTreeMap<String, f64> = BTreeMap::new();
    for one in objectives.iter() {
        let known = worst.entry(one.slo.service.clone()).or_insert(f64::MIN);
        *known = known.max(weight(one));
    }
    let of = |one: &ObjectiveReview| worst.get(&one.slo.service).copied().unwrap_or(f64::MIN);
    let order = |a: &ObjectiveReview, b: &ObjectiveReview| -> Ordering {
        of(b)
            .total_cmp(&of(a))
            .then_with(|| a.slo.service.cmp(&b.slo.service))
            .then(weight(b).total_cmp(&weight(a)))
            .then_with(|| a.slo.key.cmp(&b.slo.key))
    };
    objectives.sort_by(order);
    let mut services: Sorted = Vec::new();
    for (place, one) in objectives.iter().enumerate() {
        match services.last_mut().filter(|(service, _)| *service == one.slo.service) {
            Some((_, places)) => places.push(place),
            None => services.push((one.slo.service.clone(), vec![place])),
        }
    }
    services
}

/// The verdicts.
pub(super) fn all(
    facts: &Facts,
    services: Sorted,
    objectives: &[ObjectiveReview],
    incidents: &[IncidentReview],
) -> Vec<ServiceReview> {
    let judge = Judge { facts, objectives, incidents };
    services.into_iter().map(|(service, places)| judge.service(&service, places)).collect()
}

struct Judge<'a> {
    facts: &'a Facts,
    objectives: &'a [ObjectiveReview],
    incidents: &'a [IncidentReview],
}

impl Judge<'_> {
    fn service(&self, service: &str, places: Vec<usize>) -> ServiceReview {
        let own: Vec<&ObjectiveReview> =
            places.iter().filter_map(|place| self.objectives.get(*place)).collect();
        let mut owners: Vec<&String> = own.iter().filter_map(|one| one.slo.about.owner.as_ref()).collect();
        owners.sort();
        owners.dedup();
        let Asked { ask, why, postmortems } = policy::asked(self.facts, self.incidents, &places, &own);
        ServiceReview {
            owner: if let [one] = owners.as_slice() { Some(words::name(one)) } else { None },
            said: self.said(&own),
            service: words::name(service),
            objectives: places,
            ask,
            why,
            postmortems,
        }
    }

    fn said(&self, own: &[&ObjectiveReview]) -> Vec<Said> {
        let count = |outcome: Outcome| own.iter().filter(|one| one.outcome == outcome).count();
        let (missed, met) = (count(Outcome::Missed), count(Outcome::Met));
        let known = missed + met;
        let unknown = own.len() - known;
        let so_far = if self.facts.until < self.facts.period.range().until { " so far" } else { "" };
        let mut said = Vec::new();
        if known == 0 {
            let what = if count(Outcome::NoEvents) > 0 { "had no events" } else { "was not measured" };
            said.push(Said::plain(format!(
                "{what}{so_far}: nothing is known of {}.",
                if own.len() == 1 {
                    "its objective".to_owned()
                } else {
                    format!("its {} objectives", own.len())
                }
            )));
            return said;
        }
        let kept = match (met, known) {
            (1, 1) => "kept its objective".to_owned(),
            (0, 1) => "missed its objective".to_owned(),
            (2, 2) => "kept both of its objectives".to_owned(),
            (met, known) if met == known => format!("kept all {known} objectives"),
            (0, known) => format!("kept none of its {known} objectives"),
            (met, known) => format!("kept {met} of {known} objectives"),
        };
        said.push(Said::plain(format!("{kept}{so_far}; ")));
        let worst = own.iter().find(|one| one.spent_ratio.is_some());
        if let Some(worst) = worst {
            self.say_worst(worst, missed, &mut said);
        }
        let thin = own.iter().filter(|one| one.spent_ratio.is_some()).map(|one| one.coverage);
        let thin = thin.fold(1.0, f64::min);
        if thin < THIN {
            said.push(Said::plain(format!(" Measured for only {} % of the time.", words::coverage(thin))));
        }
        if unknown > 0 {
            let are = if unknown == 1 { "is" } else { "are" };
            said.push(Said::plain(format!(" Of {} nothing {are} known.", words::small(unknown))));
        }
        said
    }

    fn say_worst(&self, worst: &ObjectiveReview, missed: usize, said: &mut Vec<Said>) {
        let percent = |ratio: f64| format!("{} %", words::number(ratio * 100.0, 0));
        let ratio = worst.spent_ratio.unwrap_or_default();
        if missed == 0 {
            if ratio <= 0.0 {
                said.push(Said::plain("no budget was touched."));
            } else {
                said.push(Said::plain(format!(
                    "the most spent was {} of a budget, on {}.",
                    percent(ratio).replace("0 %", if ratio < 0.005 { "less than 1 %" } else { "0 %" }),
                    worst.name
                )));
            }
            return;
        }
        said.push(Said::plain(format!("{} spent ", worst.name)));
        said.push(Said::hot(percent(ratio)));
        said.push(Said::plain(format!(" of its budget{}.", self.blame(worst))));
    }

    /// Which incident spent a good part of it, if one did.
    fn blame(&self, worst: &ObjectiveReview) -> String {
        let Some(spend) = worst.spend.as_ref().filter(|spend| spend.bad > 0.0) else { return String::new() };
        let most = spend.by_incident.iter().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0)));
        let share = |bad: f64| bad / spend.bad;
        let zone = self.facts.period.zone;
        let blamed = most.and_then(|(place, bad)| Some((self.incidents.get(*place)?, share(*bad))));
        match blamed.filter(|(_, share)| *share >= 0.2) {
            Some((incident, share)) => {
                let part = words::portion(share)
                    .map_or_else(|| format!("{} %", words::number(share * 100.0, 0)), str::to_owned);
                format!(", {part} of it in one incident on {}", words::day_of(zone, incident.began))
            }
            None if share(spend.outside) > 0.8 && !self.facts.origin.without_incidents => {
                ", nearly all of it outside of incidents".to_owned()
            }
            None => String::new(),
        }
    }
}
