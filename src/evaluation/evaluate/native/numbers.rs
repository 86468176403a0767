//! Native histograms over long stretches of time: not their buckets, which weigh kilobytes, but as many numbers a scrape as
//! are counted. `histogram_fraction(-Inf, T, x) * histogram_count(x)` is the observations at or below an edge `T` since the
//! series began, a counter, and `timestamp(x)` says when the sample was. Where that would not be what happened, because an
//! edge is none, nothing is answered, and the samples are read raw.

use std::collections::HashMap;

use futures::future::try_join_all;

use slo_core::duration;
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::Selector;
use slo_model::samples::{Cut, HistogramSample, HistogramSeries, Sample, Series};
use slo_model::source::{Answer, Source, SourceError};

/// So long a look at raw samples, at both ends, tells how often there are some and where the edges are.
const PROBE: Span = Span::minutes(5);
/// A sample is seen for 5 minutes. Scrapes that follow each other within a second are counted with the next one.
const LONGEST_STEP: Span = Span::minutes(4);
/// At so many times it is looked closer.
const MOST_DOUBTS: usize = 50;
/// So many times between samples tell whether they are always the same.
const ENOUGH: usize = 4;
/// Fractions are of 53 bits: what is further from a whole number was divided inside of a bucket.
const ROUNDING: f64 = 1e-11;

/// What raw samples told.
struct Probed {
    step: Span,
    /// The values up to which observations are asked for, for each threshold: it, or the edges around it.
    bounds: Vec<(f64, Option<f64>)>,
}

/// The samples in `range`; `None` where they have to be read raw.
pub(super) async fn read(
    selector: &Selector,
    cut_at: &[f64],
    source: &dyn Source,
    range: TimeRange,
    max_series: usize,
) -> Result<Option<Answer<Vec<HistogramSeries>>>, SourceError> {
    let density = density(selector, source, range).await?;
    let (most, mut partial, mut warnings) = (density.data, density.partial, density.warnings);
    if most < 1.0 {
        return Ok(Some(Answer { data: Vec::new(), warnings, partial }));
    }
    let ends = [range.after + PROBE, range.until].map(|until| TimeRange::new(until - PROBE, until));
    let probes = ends.map(|end| source.histograms(selector, cut_at, end, max_series));
    let mut answered = Vec::new();
    for answer in try_join_all(probes).await? {
        partial |= answer.partial;
        answered.extend(answer.data);
    }
    let probes: Vec<HistogramSeries> = answered;
    let probed = probed(&probes, cut_at, most).filter(|_| !selector.metric().is_empty());
    let Some(Probed { step, bounds }) = probed else {
        return Ok(None);
    };
    let steps = (range.length() - Span::MILLISECOND) / step;
    let first = range.until - step * steps;
    let upto =
        |bound: f64| format!("histogram_fraction(-Inf, {bound}, {selector}) * histogram_count({selector})");
    let mut queries = vec![format!("timestamp({selector})"), format!("histogram_count({selector})")];
    for (bound, upper) in &bounds {
        queries.push(upto(*bound));
        queries.extend(upper.map(upto));
    }
    let answers = queries.iter().map(|query| source.range(query, first, range.until, step));
    let answers = try_join_all(answers).await?;
    let mut columns: Vec<HashMap<Labels, Vec<Sample>>> = Vec::new();
    for Answer { data, warnings: said, partial: is_partial } in answers {
        warnings.extend(said);
        partial |= is_partial;
        let nameless = |Series { labels, samples }| (labels.without(&[METRIC_NAME]), samples);
        columns.push(data.into_iter().map(nameless).collect());
    }
    let mut columns = columns.into_iter();
    let (Some(times), Some(counts)) = (columns.next(), columns.next()) else { return Ok(None) };
    if counts.len() > max_series {
        return Err(SourceError::TooManySeries { selector: selector.to_string(), limit: max_series });
    }
    let columns: Vec<HashMap<Labels, Vec<Sample>>> = columns.collect();
    let mut all = Vec::new();
    for (labels, counts) in counts {
        let Some(times) = times.get(&labels) else { return Ok(None) };
        let parts: Vec<&[Sample]> =
            columns.iter().map(|column| column.get(&labels).map_or(&[][..], Vec::as_slice)).collect();
        let Some(samples) = joined(times, &counts, &parts, &bounds, range) else { return Ok(None) };
        let mut labels = labels;
        labels.set(METRIC_NAME, selector.metric());
        if !samples.is_empty() {
            all.push(HistogramSeries { labels, samples });
        }
    }
    let Some(stretches) = in_doubt(&all, range, step) else { return Ok(None) };
    for stretch in stretches {
        let raw = source.histograms(selector, cut_at, stretch, max_series).await?;
        partial |= raw.partial;
        insert(&mut all, raw.data);
    }
    Ok(Some(Answer { data: all, warnings, partial }))
}

/// The most samples that a series has in [`PROBE`].
async fn density(
    selector: &Selector,
    source: &dyn Source,
    range: TimeRange,
) -> Result<Answer<f64>, SourceError> {
    let query = format!("max(count_over_time({selector}[{}]))", duration::format(PROBE));
    let steps = (range.length() - Span::MILLISECOND) / PROBE;
    let answer = source.range(&query, range.until - PROBE * steps, range.until, PROBE).await?;
    let Answer { data, warnings, partial } = answer;
    let most =
        data.iter().flat_map(|series| &series.samples).fold(0.0, |most: f64, sample| most.max(sample.value));
    Ok(Answer { data: most, warnings, partial })
}

/// Where samples may be hidden, and what they show is not shown by later ones: before a series ends, where it begins (a zero
/// that was put at the time it was created), and where it begins again. `None` where that is too often.
fn in_doubt(all: &[HistogramSeries], range: TimeRange, step: Span) -> Option<Vec<TimeRange>> {
    let around = step * 2;
    let mut doubts: Vec<TimeRange> = Vec::new();
    for HistogramSeries { samples, .. } in all {
        if let Some(first) = samples.first().filter(|first| first.at > range.after + step) {
            doubts.push(TimeRange::new(first.at - step, first.at));
        }
        for pair in samples.windows(2) {
            let [one, next] = pair else { continue };
            if next.count < one.count && next.at - one.at <= around * 2 {
                doubts.push(TimeRange::new(one.at, next.at));
            } else if next.at - one.at > around {
                doubts.push(TimeRange::new(one.at, one.at + around));
                doubts.push(TimeRange::new(next.at - around, next.at));
            }
        }
        if let Some(last) = samples.last().filter(|last| last.at + around < range.until) {
            doubts.push(TimeRange::new(last.at, last.at + around));
        }
    }
    doubts.sort_unstable_by_key(|doubt| (doubt.after, doubt.until));
    let mut stretches: Vec<TimeRange> = Vec::new();
    for doubt in doubts {
        match stretches.last_mut() {
            Some(last) if doubt.after - last.until <= around && doubt.until - last.after <= PROBE * 2 => {
                last.until = last.until.max(doubt.until);
            }
            _ => stretches.push(doubt),
        }
    }
    (stretches.len() <= MOST_DOUBTS).then_some(stretches)
}

/// Puts the raw samples among those that are known, and adds the series of which none was.
fn insert(all: &mut Vec<HistogramSeries>, raw: Vec<HistogramSeries>) {
    let places: HashMap<Labels, usize> =
        all.iter().enumerate().map(|(place, series)| (series.labels.clone(), place)).collect();
    for series in raw {
        let known = places.get(&series.labels).and_then(|place| all.get_mut(*place));
        let Some(known) = known else {
            all.push(series);
            continue;
        };
        for sample in series.samples {
            let place = known.samples.partition_point(|other| other.at < sample.at);
            if known.samples.get(place).is_none_or(|other| other.at != sample.at) {
                known.samples.insert(place, sample);
            }
        }
    }
}

/// What raw samples tell, of series that have at most so many in [`PROBE`]; `None` when the edges are too different.
fn probed(probes: &[HistogramSeries], cut_at: &[f64], most: f64) -> Option<Probed> {
    let usual = probes.iter().filter_map(usual_gap).min_by_key(|(usual, even)| (*usual, *even));
    let length = PROBE.as_seconds_f64();
    // Others may be closer to each other than those that are there at the ends; two more are a restart's.
    let known = usual.filter(|(usual, _)| most <= length / usual.as_seconds_f64() + 2.0);
    let step = match known {
        // Where every scrape is as long after the one before, each is seen in a step as long; otherwise two may be in one.
        Some((usual, true)) => usual,
        Some((usual, false)) => usual * 2 / 3,
        None => Span::from_ms((length / most * 1000.0) as i64) * 2 / 3,
    };
    let mut bounds = Vec::new();
    for (place, threshold) in cut_at.iter().enumerate() {
        let cuts =
            probes.iter().flat_map(|series| &series.samples).filter_map(|sample| sample.cuts.get(place));
        let mut edges = cuts.filter(|cut| cut.inside > 0.0).map(|cut| cut.edges);
        bounds.push(match edges.next() {
            None => (*threshold, None),
            Some(first) if edges.all(|other| other == first) => (first.0, Some(first.1)),
            Some(_) => return None,
        });
    }
    Some(Probed { step: step.clamp(Span::SECOND, LONGEST_STEP), bounds })
}

/// The time between samples, of which few are closer to each other, and whether it is always the same.
fn usual_gap(series: &HistogramSeries) -> Option<(Span, bool)> {
    let mut gaps: Vec<Span> = series
        .samples
        .windows(2)
        .filter_map(|pair| match pair {
            [one, next] => Some(next.at - one.at),
            _ => None,
        })
        .collect();
    gaps.sort_unstable();
    let is_even = gaps.len() >= ENOUGH && gaps.first() == gaps.last();
    gaps.get(gaps.len() / 5).map(|usual| (*usual, is_even))
}

/// Puts what was answered about one histogram together, each sample once; `None` where numbers are no whole observations.
fn joined(
    times: &[Sample],
    counts: &[Sample],
    parts: &[&[Sample]],
    bounds: &[(f64, Option<f64>)],
    range: TimeRange,
) -> Option<Vec<HistogramSample>> {
    let mut counts = Column::new(counts);
    let mut parts: Vec<Column<'_>> = parts.iter().map(|part| Column::new(part)).collect();
    let mut samples: Vec<HistogramSample> = Vec::with_capacity(times.len());
    for time in times {
        let at = Timestamp::from_seconds_f64(time.value);
        if !range.contains(at) || samples.last().is_some_and(|last| last.at >= at) {
            continue;
        }
        let Some(count) = counts.at(time.at) else { continue };
        let mut upto = parts.iter_mut().map(|part| {
            let value = part.at(time.at)?;
            // Of nothing at all there is no share.
            whole(if count == 0.0 { 0.0 } else { value }, count)
        });
        let mut cuts = Vec::with_capacity(bounds.len());
        for (lower, upper) in bounds {
            let below = upto.next()??;
            let inside = match upper {
                Some(_) => upto.next()?? - below,
                None => 0.0,
            };
            cuts.push(Cut { below, inside, edges: (*lower, upper.unwrap_or(*lower)) });
        }
        samples.push(HistogramSample { at, count: whole(count, count)?, cuts });
    }
    Some(samples)
}

/// A number of observations, which is a whole one.
fn whole(value: f64, count: f64) -> Option<f64> {
    let whole = value.round();
    ((value - whole).abs() <= ROUNDING * count.max(1.0)).then_some(whole)
}

/// Values that are looked up in order of time.
struct Column<'a>(std::iter::Peekable<std::slice::Iter<'a, Sample>>);

impl<'a> Column<'a> {
    fn new(samples: &'a [Sample]) -> Self {
        Self(samples.iter().peekable())
    }

    fn at(&mut self, at: Timestamp) -> Option<f64> {
        while self.0.next_if(|sample| sample.at < at).is_some() {}
        self.0.peek().filter(|sample| sample.at == at).map(|sample| sample.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at, range, secs};

    fn column(values: &[(i64, f64)]) -> Vec<Sample> {
        values.iter().map(|(second, value)| Sample { at: at(*second), value: *value }).collect()
    }

    #[test]
    fn a_repeated_sample_is_no_scrape_and_what_is_no_whole_number_is_read_raw() {
        let times = column(&[(10, 4.0), (20, 19.0), (30, 19.0), (40, 34.0), (50, 49.0)]);
        let counts = column(&[(10, 0.0), (20, 10.0), (30, 10.0), (40, 12.0), (50, 13.0)]);
        let below = column(&[(10, f64::NAN), (20, 7.000_000_000_000_1), (30, 7.0), (40, 8.0), (50, 8.0)]);
        let upper = column(&[(10, f64::NAN), (20, 8.0), (30, 8.0), (40, 9.0), (50, 10.0)]);
        let read =
            |upper: &[Sample]| joined(&times, &counts, &[&below, upper], &[(0.25, Some(0.5))], range(0, 40));
        let read_out: Vec<_> = read(&upper)
            .unwrap()
            .iter()
            .map(|one| (one.at.seconds(), one.count, one.cuts[0].below, one.cuts[0].inside))
            .collect();
        assert_eq!(read_out, [(4, 0.0, 0.0, 0.0), (19, 10.0, 7.0, 1.0), (34, 12.0, 8.0, 1.0)]);
        assert_eq!(read(&column(&[(10, 0.0), (20, 8.0), (30, 8.0), (40, 8.6)])), None);
    }

    fn counts(name: &str, samples: &[(i64, f64)]) -> HistogramSeries {
        let sample = |(second, count): &(i64, f64)| HistogramSample {
            at: at(*second),
            count: *count,
            cuts: Vec::new(),
        };
        HistogramSeries {
            labels: [("a", name)].into_iter().collect(),
            samples: samples.iter().map(sample).collect(),
        }
    }

    #[test]
    fn where_series_begin_end_and_begin_again_it_is_looked_closer() {
        let mut all = vec![
            counts("goes on", &[(10, 1.0), (25, 2.0), (40, 3.0), (55, 3.0)]),
            counts("begins", &[(40, 1.0), (55, 2.0)]),
        ];
        assert_eq!(in_doubt(&all, range(0, 60), secs(15)), Some(vec![range(25, 40)]));
        let others = [
            counts("begins again", &[(10, 9.0), (25, 1.0), (40, 2.0), (55, 3.0)]),
            counts("is away", &[(1, 9.0), (1000, 9.0), (2000, 9.0)]),
            counts("ends", &[(1, 9.0)]),
        ];
        let doubts =
            |place: usize, until| in_doubt(&others[place..=place], range(0, until), secs(15)).unwrap();
        assert_eq!(doubts(0, 60), [range(10, 25)]);
        assert_eq!(doubts(1, 2010), [range(1, 31), range(970, 1030), range(1970, 2000)]);
        assert_eq!(doubts(2, 60), [range(1, 31)]);
        let often: Vec<_> = (0..200).map(|place| (place * 300, f64::from(place as i32 % 2))).collect();
        assert_eq!(in_doubt(&[counts("crashes", &often)], range(0, 60_000), secs(15)), None);
        insert(&mut all, vec![counts("begins", &[(30, 0.0), (40, 1.0)]), counts("hidden", &[(33, 1.0)])]);
        let times =
            |series: &HistogramSeries| series.samples.iter().map(|one| one.at.seconds()).collect::<Vec<_>>();
        assert_eq!(times(&all[1]), [30, 40, 55]);
        assert_eq!(times(&all[2]), [33]);
    }

    #[test]
    fn raw_samples_tell_the_step_and_the_edges() {
        let series = |times: &[i64], inside: f64, edges: (f64, f64)| HistogramSeries {
            labels: Labels::new(),
            samples: times
                .iter()
                .map(|second| HistogramSample {
                    at: at(*second),
                    count: 9.0,
                    cuts: vec![Cut { below: 1.0, inside, edges }],
                })
                .collect(),
        };
        let told = |probes: &[HistogramSeries]| {
            probed(probes, &[0.3], 21.0).map(|probed| (probed.step, probed.bounds))
        };
        let (even, uneven) = (
            series(&[0, 15, 30, 45, 60], 0.0, (0.0, 0.0)),
            series(&[1, 16, 31, 46, 62, 77], 2.0, (0.25, 0.5)),
        );
        assert_eq!(told(std::slice::from_ref(&even)), Some((secs(15), vec![(0.3, None)])));
        assert_eq!(told(&[even.clone(), uneven.clone()]), Some((secs(10), vec![(0.25, Some(0.5))])));
        assert_eq!(told(&[uneven, series(&[0, 15], 1.0, (0.29, 0.35))]), None);
        // Nothing at the ends, or others in between.
        assert_eq!(told(&[series(&[7], 0.0, (0.0, 0.0))]).map(|(step, _)| step.ms()), Some(9523));
        let others = series(&[0, 60, 120, 180, 240], 0.0, (0.0, 0.0));
        assert_eq!(told(&[others]).map(|(step, _)| step.ms()), Some(9523));
    }
}
