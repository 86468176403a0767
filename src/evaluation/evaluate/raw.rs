//! Reads the raw samples that one stretch of time needs: the counters, their targets, and, where a counter's age is in
//! doubt, when its process or the counter itself was created.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use slo_core::duration;
use slo_core::labels::Labels;
use slo_core::metrics::{PROCESS_START, UP};
use slo_core::names::{INSTANCE, JOB, LE, METRIC_NAME};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::counting::{Histograms, MEMORY, Observed, REACH, Role, Tally};
use slo_model::promql::{Matcher, Selector};
use slo_model::samples::{Point, Series};
use slo_model::source::{Source, SourceError};

use super::plan::{RawPlan, Read};
use super::read_warnings::ReadWarnings;
use super::{EvaluateError, Limits, edges, native};

/// How far back a counter's last value is looked for when counting begins: as long as one that is not seen
/// is remembered, so that an engine that starts again counts as if it had never stopped. A server that finds that too
/// much is asked for less.
pub(super) const BASELINES: [Span; 3] = [MEMORY, Span::days(1), Span::hours(1)];
/// A replica without a sample for so long is not the one that was being read.
const SILENCE: Span = Span::from_seconds(75);
/// Of so many new instances it is asked whether samples of them came late.
const MOST_NEW_INSTANCES: usize = 200;
/// Of so many process starts it is asked whether counters were seen since.
const MOST_STARTS: usize = 50;
/// How far before the counted range `up` is read, so that the interval between scrapes is known from the first bucket.
const UP_LEAD: Span = Span::minutes(15);

/// Tells `tally` what was before `at`: the counters' last values, and which targets were scraped.
pub(super) async fn prime(
    plan: &RawPlan,
    source: &dyn Source,
    tally: &mut Tally,
    replica_label: Option<&str>,
    at: Timestamp,
    warnings: &mut ReadWarnings,
) -> Result<(), EvaluateError> {
    for (place, Read { selector, .. }) in plan.reads.iter().enumerate() {
        let with_roles = last_values(plan, place, None, source, at, warnings).await?;
        let silent = silent(&with_roles, selector, source, replica_label, at, warnings).await?;
        tally.remember(&with_roles, &silent, at);
    }
    let up = match plan.targets(UP.name) {
        Some(named) => Some(named),
        None => of_jobs(UP.name, tally.jobs())?,
    };
    if let Some(up) = up {
        tally.remember_targets(&recent("max_over_time", &up, source, at, warnings).await?, at);
    }
    Ok(())
}

/// The places of those points of which there was no sample for a while; only asked where there are replicas that may
/// stand in for them.
async fn silent(
    points: &[(Point, Role)],
    selector: &Selector,
    source: &dyn Source,
    replica_label: Option<&str>,
    at: Timestamp,
    warnings: &mut ReadWarnings,
) -> Result<HashSet<usize>, EvaluateError> {
    let has_replicas = |label| points.iter().any(|(point, _)| !point.labels.get(label).is_empty());
    if !replica_label.is_some_and(has_replicas) {
        return Ok(HashSet::new());
    }
    // Of histograms, the bound that is counted is no label of theirs.
    let nameless = |labels: &Labels| labels.without(&[METRIC_NAME, LE]);
    let spoke: HashSet<Labels> = warnings
        .take(source.instant(&format!("timestamp({selector})"), at).await?)
        .iter()
        .filter(|point| point.value >= (at - SILENCE).as_seconds_f64())
        .map(|point| nameless(&point.labels))
        .collect();
    let is_silent = |(place, (point, _)): (usize, &(Point, Role))| {
        (!spoke.contains(&nameless(&point.labels))).then_some(place)
    };
    Ok(points.iter().enumerate().filter_map(is_silent).collect())
}

/// `function` over the time before `at`, as far back as the server is willing to look.
async fn recent(
    function: &str,
    selector: &Selector,
    source: &dyn Source,
    at: Timestamp,
    warnings: &mut ReadWarnings,
) -> Result<Vec<Point>, EvaluateError> {
    for length in BASELINES {
        let query = format!("{function}({selector}[{}])", duration::format(length));
        match source.instant(&query, at).await {
            Ok(answer) => return Ok(warnings.take(answer)),
            Err(
                SourceError::TooLarge { .. } | SourceError::BadQuery { .. } | SourceError::Timeout { .. },
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(warnings.take(source.instant(&selector.to_string(), at).await?))
}

/// Everything `tally` needs for `range`; what came with the answers is noted in `warnings`.
pub(super) async fn observe(
    plan: &RawPlan,
    source: &dyn Source,
    limits: &Limits,
    (tally, histograms): (&mut Tally, &mut Histograms),
    (range, settle): (TimeRange, Timestamp),
    first: bool,
    warnings: &mut ReadWarnings,
) -> Result<Observation, EvaluateError> {
    let mut observed = Observed::default();
    let mut weight = 0;
    let before = TimeRange { after: range.after - REACH, until: range.after };
    let read_range = if first { TimeRange { after: before.after, ..range } } else { range };
    for (place, Read { selector, cut_at }) in plan.reads.iter().enumerate() {
        if let Some(cut_at) = cut_at {
            let read = native::read(selector, cut_at, source, read_range, limits.max_series).await?;
            let answered = warnings.take(read.0);
            weight += answered.iter().map(|series| series.samples.len()).sum::<usize>() * read.1;
            for series in answered {
                let (earlier, now) = native::divide(series, range.after);
                if let Some(last) = earlier.samples.last() {
                    histograms.remember(&earlier.labels, last);
                }
                observed.before.extend(with_roles(plan, place, histograms.before(&earlier, cut_at)));
                observed.series.extend(with_roles(plan, place, histograms.counted(&now, cut_at, settle)));
            }
            continue;
        }
        let mut series = warnings.take(source.samples(selector, read_range, limits.max_series).await?);
        series.iter_mut().for_each(without_stale_markers);
        weight += series.iter().map(|series| series.samples.len()).sum::<usize>();
        let answered = with_roles(plan, place, series);
        if first {
            divide(answered, range.after, &mut observed);
        } else {
            observed.series.extend(answered);
        }
    }
    histograms.forget_before(settle);
    if first {
        tally.recall(&observed.before);
    }
    let new_jobs = new_jobs(plan, tally, &observed);
    let targets = |metric: &str| match plan.targets(metric) {
        Some(named) => Ok(Some(named)),
        None => of_jobs(metric, tally.jobs().chain(new_jobs.iter().map(String::as_str))),
    };
    let (up, process_starts) = (targets(UP.name)?, targets(PROCESS_START.name)?);
    let lead = if first { UP_LEAD } else { Span::ZERO };
    let with_lead = TimeRange { after: range.after - lead, ..range };
    if let Some(up) = up {
        observed.up = warnings.take(source.samples(&up, with_lead, limits.max_series).await?);
    }
    if tally.has_doubts(&observed) {
        if let Some(up) = of_jobs(UP.name, new_jobs.iter().map(String::as_str))? {
            // Until now nobody asked whether these targets were scraped.
            let before = recent("max_over_time", &up, source, range.after, warnings).await?;
            tally.remember_targets(&before, range.after);
        }
        if let Some(starts) = process_starts {
            let range = TimeRange { after: before.after, ..range };
            let starts = source.samples(&starts, range, limits.max_series).await?;
            observed.process_starts = warnings.take(starts);
        }
        for (place, read) in plan.reads.iter().enumerate() {
            if let Some(created) = created(read) {
                let created = source.samples(&created, range, limits.max_series).await?;
                observed.created.extend(warnings.take(created));
            }
            if first {
                continue;
            }
            let selector = &read.selector;
            let earlier = if let Some(cut_at) = &read.cut_at {
                let earlier = source.histograms(selector, cut_at, before, limits.max_series).await?;
                let earlier = warnings.take(earlier);
                earlier.iter().flat_map(|series| histograms.before(series, cut_at)).collect()
            } else {
                warnings.take(source.samples(selector, before, limits.max_series).await?)
            };
            observed.before.extend(with_roles(plan, place, earlier));
        }
        date(plan, source, tally, &observed, warnings).await?;
        if !first {
            remember_late(plan, source, tally, &observed, range.after, warnings).await?;
        }
    }
    Ok(Observation { observed, weight })
}

/// What was read of one stretch of time.
pub(super) struct Observation {
    pub(super) observed: Observed,
    /// As many samples of numbers as what was read weighs.
    pub(super) weight: usize,
}

/// Tells samples up to `at` from those after it.
fn divide(series: impl Iterator<Item = (Series, Role)>, at: Timestamp, observed: &mut Observed) {
    for (mut series, role) in series {
        let begins = series.samples.partition_point(|sample| sample.at <= at);
        let now = series.samples.split_off(begins);
        if !now.is_empty() {
            observed.series.push((Series { labels: series.labels.clone(), samples: now }, role));
        }
        if !series.samples.is_empty() {
            observed.before.push((series, role));
        }
    }
}

fn with_roles(plan: &RawPlan, read: usize, series: Vec<Series>) -> impl Iterator<Item = (Series, Role)> {
    series.into_iter().map(move |series| {
        let role = plan.role(read, &series.labels);
        (series, role)
    })
}

/// What came too late to be counted can still tell what it is: a counter that is first seen now and had a sample before
/// `at` (a zero at the time it was created, above all) is known from that one on.
async fn remember_late(
    plan: &RawPlan,
    source: &dyn Source,
    tally: &mut Tally,
    observed: &Observed,
    at: Timestamp,
    warnings: &mut ReadWarnings,
) -> Result<(), EvaluateError> {
    let new: BTreeSet<&str> = tally.unknown(observed).map(|labels| labels.get(INSTANCE)).collect();
    let new: Vec<&str> = new.into_iter().take(MOST_NEW_INSTANCES).collect();
    if new.is_empty() {
        return Ok(());
    }
    let is_new = edges::one_of(INSTANCE, &new).map_err(|error| SourceError::Settings(error.to_string()))?;
    for place in 0..plan.reads.len() {
        let points = last_values(plan, place, Some(&is_new), source, at, warnings).await?;
        tally.remember_late(&points, observed, at);
    }
    Ok(())
}

/// Finds out of counters that are remembered, and missing for a while, whether they were seen since their process started.
async fn date(
    plan: &RawPlan,
    source: &dyn Source,
    tally: &mut Tally,
    observed: &Observed,
    warnings: &mut ReadWarnings,
) -> Result<(), EvaluateError> {
    let mut undated: BTreeMap<(Timestamp, Timestamp), Vec<&(Series, Role)>> = BTreeMap::new();
    for (place, since) in tally.undated(observed) {
        undated.entry((since.after, since.until)).or_default().extend(observed.series.get(place));
    }
    for ((start, known), series) in undated.into_iter().take(MOST_STARTS) {
        let instances: BTreeSet<&str> =
            series.iter().map(|(series, _)| series.labels.get(INSTANCE)).collect();
        let instances: Vec<&str> = instances.into_iter().collect();
        let is_one =
            edges::one_of(INSTANCE, &instances).map_err(|error| SourceError::Settings(error.to_string()))?;
        let mut seen: HashSet<(Labels, Role)> = HashSet::new();
        for (place, read) in plan.reads.iter().enumerate() {
            let selector = read.selector.with(is_one.clone());
            let function = if read.cut_at.is_some() { "present_over_time" } else { "last_over_time" };
            let query = format!("{function}({selector}[{}])", duration::format(known - start));
            match source.instant(&query, known).await {
                Ok(answer) => {
                    let points = warnings.take(answer).into_iter();
                    let points = points.flat_map(|point| native::points_of(read, point));
                    let named = points.map(|point| with_name_and_role(plan, place, &selector, point));
                    seen.extend(named.map(|(point, role)| (point.labels, role)));
                }
                // The last values of all were not too much.
                Err(error) if error.is_outage() => return Err(error.into()),
                Err(_) => return Ok(()),
            }
        }
        for one in series.into_iter().filter(|(series, role)| !seen.contains(&(series.labels.clone(), *role)))
        {
            tally.ended_before(one, start);
        }
    }
    Ok(())
}

/// The last values of the counters of a read before `at`, or of some of them.
async fn last_values(
    plan: &RawPlan,
    place: usize,
    some: Option<&Matcher>,
    source: &dyn Source,
    at: Timestamp,
    warnings: &mut ReadWarnings,
) -> Result<Vec<(Point, Role)>, EvaluateError> {
    let Some(read) = plan.reads.get(place) else { return Ok(Vec::new()) };
    let selector = some.map_or_else(|| read.selector.clone(), |some| read.selector.with(some.clone()));
    let points = match &read.cut_at {
        Some(cut_at) => native::last_values(&selector, cut_at, source, at, warnings).await?,
        None => recent("last_over_time", &selector, source, at, warnings).await?,
    };
    Ok(points.into_iter().map(|point| with_name_and_role(plan, place, &selector, point)).collect())
}

/// `last_over_time` keeps the name on some servers and drops it on others.
fn with_name_and_role(plan: &RawPlan, read: usize, selector: &Selector, mut point: Point) -> (Point, Role) {
    point.labels.set(METRIC_NAME, selector.metric());
    let role = plan.role(read, &point.labels);
    (point, role)
}

/// When a series of the total had its newest sample.
pub(super) fn newest_of_total(observed: &Observed) -> Option<Timestamp> {
    let of_total = observed.series.iter().filter(|(_, role)| role.total != 0);
    of_total.filter_map(|(series, _)| Some(series.samples.last()?.at)).max()
}

/// When a target was scraped last.
pub(super) fn newest_scrape(observed: &Observed) -> Option<Timestamp> {
    let scraped = |series: &Series| {
        series.samples.iter().rev().find(|sample| sample.value > 0.0).map(|sample| sample.at)
    };
    observed.up.iter().filter_map(scraped).max()
}

/// VictoriaMetrics shows the stale markers that say that a series ended, as NaN. They are no broken data: nothing follows
/// them, or only after a while, when the series is there again.
fn without_stale_markers(series: &mut Series) {
    if !series.samples.iter().any(|sample| sample.value.is_nan()) {
        return;
    }
    let mut followed_at: Option<Timestamp> = None;
    let mut is_marker = Vec::with_capacity(series.samples.len());
    for sample in series.samples.iter().rev() {
        let ends = followed_at.is_none_or(|next| next - sample.at > SILENCE);
        is_marker.push(sample.value.is_nan() && ends);
        if !sample.value.is_nan() {
            followed_at = Some(sample.at);
        }
    }
    let mut is_marker = is_marker.into_iter().rev();
    series.samples.retain(|_| !is_marker.next().unwrap_or_default());
}

/// Jobs that are seen for the first time, when the query does not name its targets.
fn new_jobs(plan: &RawPlan, tally: &Tally, observed: &Observed) -> BTreeSet<String> {
    if plan.targets(UP.name).is_some() {
        return BTreeSet::new();
    }
    let known: BTreeSet<&str> = tally.jobs().collect();
    let jobs = observed.series.iter().map(|(series, _)| series.labels.get(JOB));
    jobs.filter(|job| !job.is_empty() && !known.contains(job)).map(str::to_owned).collect()
}

/// The targets' own series `metric` of some jobs; `None` without any.
fn of_jobs<'a>(metric: &str, jobs: impl Iterator<Item = &'a str>) -> Result<Option<Selector>, EvaluateError> {
    let jobs: Vec<&str> = jobs.collect::<BTreeSet<_>>().into_iter().collect();
    if jobs.is_empty() {
        return Ok(None);
    }
    let matcher = edges::one_of(JOB, &jobs).map_err(|error| SourceError::Settings(error.to_string()))?;
    Ok(Some(Selector::new(metric, vec![matcher])))
}

/// The OpenMetrics `_created` series that go with a counter or a histogram.
fn created(Read { selector, cut_at }: &Read) -> Option<Selector> {
    let metric = selector.metric();
    let suffixed = ["_total", "_bucket", "_count"].iter().find_map(|suffix| metric.strip_suffix(suffix));
    let stem = suffixed.or(cut_at.is_some().then_some(metric))?;
    Some(selector.on_metric(format!("{stem}_created")).without(slo_core::names::LE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_model::samples::Sample;

    #[test]
    fn stale_markers_are_no_broken_data() {
        let left = |values: &[(i64, f64)]| {
            let sample =
                |(at, value): &(i64, f64)| Sample { at: Timestamp::from_seconds(*at), value: *value };
            let mut series = Series { labels: Labels::new(), samples: values.iter().map(sample).collect() };
            without_stale_markers(&mut series);
            series.samples.iter().map(|sample| sample.at.seconds()).collect::<Vec<_>>()
        };
        // At the end, before a gap, and twice; but not in the middle of what goes on.
        assert_eq!(left(&[(0, 1.0), (15, f64::NAN)]), [0]);
        assert_eq!(left(&[(0, 1.0), (15, f64::NAN), (300, 1.0)]), [0, 300]);
        assert_eq!(left(&[(0, 1.0), (15, f64::NAN), (30, f64::NAN)]), [0]);
        assert_eq!(left(&[(0, 1.0), (15, f64::NAN), (30, 2.0)]), [0, 15, 30]);
    }

    #[test]
    fn the_total_and_the_scrapes_have_their_newest_moments() {
        let series = |values: &[(i64, f64)]| {
            let sample =
                |(at, value): &(i64, f64)| Sample { at: Timestamp::from_seconds(*at), value: *value };
            Series { labels: Labels::new(), samples: values.iter().map(sample).collect() }
        };
        let role = |total| Role { numerator: 1, total };
        let observed = Observed {
            series: vec![(series(&[(0, 1.0), (15, 2.0)]), role(1)), (series(&[(90, 1.0)]), role(0))],
            up: vec![series(&[(15, 1.0), (30, 1.0), (45, 0.0)])],
            ..Observed::default()
        };
        assert_eq!(newest_of_total(&observed), Some(Timestamp::from_seconds(15)));
        assert_eq!(newest_scrape(&observed), Some(Timestamp::from_seconds(30)));
    }
}
