//! Which incident a moment belongs to, for one objective. Every moment belongs to one, or to none.

use std::collections::BTreeSet;

use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::slo::Slo;

use crate::facts::{IncidentFacts, Piece};

/// An incident is found some time after it began: it reaches back over what burned without a break before it was opened,
/// but not further than this.
pub const LONGEST_LEAD: Span = Span::hours(6);

/// How well an incident names an objective; the better one gets a moment that two could claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Objective,
    Document,
    Service,
}

/// An incident's claim to a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    range: TimeRange,
    rank: Rank,
    incident: usize,
}

/// A stretch of time and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owned {
    pub(super) range: TimeRange,
    pub(super) incident: usize,
    /// Where the incident is taken to have begun, which may be in another's time.
    pub(super) began: Timestamp,
}

/// How an incident's labels name the objective: itself, its document, or its service alone.
fn rank(incident: &IncidentFacts, slo: &Slo) -> Option<Rank> {
    if !incident.slo.is_empty() {
        if incident.slo != slo.key.name {
            return None;
        }
        return match (&slo.key.objective, incident.objective.as_str()) {
            (_, "") => Some(Rank::Document),
            (Some(own), named) if own == named => Some(Rank::Objective),
            (None, _) => Some(Rank::Objective),
            (Some(_), _) => None,
        };
    }
    (!incident.service.is_empty() && incident.service == slo.service).then_some(Rank::Service)
}

/// Whether an incident can have spent an objective's budget.
pub fn names(incident: &IncidentFacts, slo: &Slo) -> bool {
    rank(incident, slo).is_some()
}

/// Whose each moment of `within` is, in order of time; moments of nobody are left out.
pub(super) fn owned(
    slo: &Slo,
    whole: &[Piece],
    incidents: &[IncidentFacts],
    within: TimeRange,
) -> Vec<Owned> {
    let claims: Vec<Claim> = incidents
        .iter()
        .enumerate()
        .filter_map(|(place, incident)| {
            let rank = rank(incident, slo)?;
            let range = incident.range(within.until);
            let after = began(slo, whole, range.after).max(within.after);
            let until = range.until.min(within.until);
            (after < until).then_some(Claim { range: TimeRange::new(after, until), rank, incident: place })
        })
        .collect();
    sweep(&claims)
}

/// Where what burned before `opened` began.
fn began(slo: &Slo, whole: &[Piece], opened: Timestamp) -> Timestamp {
    let earliest = opened - LONGEST_LEAD;
    let mut began = opened;
    let before = whole.partition_point(|piece| piece.range.after < opened);
    for piece in whole.get(..before).unwrap_or_default().iter().rev() {
        let burns = piece.sums.total > 0.0 && piece.bad() / piece.sums.total > slo.target.budget();
        if !burns || piece.range.until < began || piece.range.after < earliest {
            break;
        }
        began = piece.range.after;
    }
    began
}

/// From one edge to the next, the best claim: the one that names the objective best, then the earliest.
fn sweep(claims: &[Claim]) -> Vec<Owned> {
    let mut edges: Vec<(Timestamp, bool, usize)> = Vec::with_capacity(claims.len() * 2);
    for (place, claim) in claims.iter().enumerate() {
        edges.push((claim.range.after, true, place));
        edges.push((claim.range.until, false, place));
    }
    edges.sort_unstable();
    let mut open: BTreeSet<(Rank, Timestamp, usize)> = BTreeSet::new();
    let mut owned: Vec<Owned> = Vec::new();
    let mut last = Timestamp::MIN;
    for (at, opens, place) in edges {
        if let Some((_, began, owner)) = open.first().filter(|_| last < at) {
            match owned.last_mut() {
                Some(before) if before.incident == *owner && before.range.until == last => {
                    before.range.until = at;
                }
                _ => owned.push(Owned { range: TimeRange::new(last, at), incident: *owner, began: *began }),
            }
        }
        last = at;
        if let Some(claim) = claims.get(place) {
            let key = (claim.rank, claim.range.after, claim.incident);
            if opens {
                open.insert(key);
            } else {
                open.remove(&key);
            }
        }
    }
    owned
}

/// The shares of `range` that belong to incidents, from the stretches that are left; stretches that end before it are
/// passed by. Ranges must be asked for in order of time.
pub(super) fn shares(owned: &[Owned], next: &mut usize, range: TimeRange) -> Vec<(usize, f64)> {
    while owned.get(*next).is_some_and(|one| one.range.until <= range.after) {
        *next += 1;
    }
    let length = range.length().as_seconds_f64();
    let mut shares = Vec::new();
    for one in owned.get(*next..).unwrap_or_default() {
        if one.range.after >= range.until || length <= 0.0 {
            break;
        }
        let (after, until) = (one.range.after.max(range.after), one.range.until.min(range.until));
        shares.push((one.incident, (until - after).as_seconds_f64() / length));
    }
    shares
}
