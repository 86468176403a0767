//! A digest of what decides how an SLO is counted. Two definitions with the same digest share their history.

use std::fmt::Write as _;

use super::{FirstValues, Indicator, Numerator, Slo};
use crate::promql::{Expression, Selector, SliQuery, Term};
use slo_core::time::Span;

impl Slo {
    /// Sixteen hexadecimal digits that stay the same as long as what is counted does: queries, grouping, thresholds and
    /// data source. What is made of the counts does not matter (target, window, time slices), nor do names and
    /// annotations for people, nor the way a counter's query is written (`rate`, `increase` or bare, blanks, order of
    /// matchers).
    ///
    /// A composite counts nothing itself; its digest is of its parts' names and weights.
    pub fn indicator_digest(&self) -> String {
        let mut text = String::new();
        describe(&self.indicator, &mut text);
        let mut groups = self.group_by.clone();
        groups.sort();
        field(&mut text, "by", &groups.join(","));
        match self.first_values {
            // As it was before there was a choice.
            FirstValues::Undecided => {}
            FirstValues::Count => field(&mut text, "first values", "count"),
            FirstValues::History => field(&mut text, "first values", "history"),
        }
        field(&mut text, "source", self.source.as_deref().unwrap_or_default());
        format!("{:016x}", fnv1a(text.as_bytes()))
    }
}

fn describe(indicator: &Indicator, text: &mut String) {
    match indicator {
        Indicator::Ratio { numerator, total, counter } => {
            match numerator {
                Numerator::Good(good) => query(text, "good", good, *counter),
                Numerator::Bad(bad) => query(text, "bad", bad, *counter),
            }
            query(text, "total", total, *counter);
            field(text, "counter", &counter.to_string());
        }
        Indicator::RawRatio { query: ratio, success } => {
            query(text, "raw", ratio, false);
            field(text, "success", &success.to_string());
        }
        Indicator::Threshold { query: value, comparison, threshold } => {
            query(text, "value", value, false);
            field(text, "is", &format!("{} {threshold}", comparison.symbol()));
        }
        Indicator::ClassicHistogram { buckets, comparison, threshold } => {
            field(text, "buckets", &selector_text(&buckets.selector));
            field(text, "is", &format!("{} {threshold}", comparison.symbol()));
        }
        Indicator::NativeHistogram { histogram, comparison, threshold } => {
            field(text, "histogram", &selector_text(&histogram.selector));
            field(text, "is", &format!("{} {threshold}", comparison.symbol()));
        }
        Indicator::Composite { parts } => {
            for (key, weight) in parts {
                field(text, "part", &format!("{key} {weight}"));
            }
        }
    }
}

/// A field with its length, so that no text can pass for two fields.
fn field(text: &mut String, name: &str, value: &str) {
    // Writing into a String cannot fail.
    let _ = write!(text, "{name}={}:{value};", value.len());
}

/// A query that is counted from raw samples is its selector, however it is written around that; groups are taken from
/// `group_by`. Read as a gauge, or evaluated by the source, it is its text.
fn query(text: &mut String, name: &str, query: &SliQuery, counted: bool) {
    let words = || query.text().split_whitespace().collect::<Vec<_>>().join(" ");
    match query {
        // As it was when the source evaluated them: their history goes on.
        SliQuery::Counter(_) | SliQuery::Combined(_) if query.is_native() => {
            let asked = Expression::parse(query.text()).ok();
            let asked = asked.filter(|asked| counted && asked.is_value());
            field(text, name, &asked.map_or_else(words, |asked| asked.over(Span::minutes(5))));
        }
        SliQuery::Counter(_) | SliQuery::Combined(_) if counted => {
            let mut terms: Vec<String> = query.terms().iter().map(term_text).collect();
            terms.sort();
            field(text, name, &terms.join(""));
        }
        // How it is estimated is part of what was recorded.
        SliQuery::Expression(expression) if counted && expression.is_value() => {
            field(text, name, &expression.over(Span::minutes(5)));
        }
        SliQuery::Counter(_) | SliQuery::Combined(_) | SliQuery::Expression(_) => {
            field(text, name, &words());
        }
    }
}

/// A counter that is added has no sign, so that a single one is its selector alone.
fn term_text(term: &Term) -> String {
    let sign = if term.minus { "-" } else { "" };
    format!("{sign}{}", selector_text(&term.selector))
}

fn selector_text(selector: &Selector) -> String {
    let mut matchers: Vec<String> = selector.matchers().iter().map(ToString::to_string).collect();
    matchers.sort();
    matchers.dedup();
    format!("{}{{{}}}", selector.metric(), matchers.join(","))
}

/// FNV-1a with 64 bits: fixed for ever, unlike the standard library's hashers. After Fowler, Noll and Vo.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::{About, Budgeting, Comparison, FirstValues, NoData, SloKey, Target, Window};

    fn slo(query: &str, change: impl FnOnce(&mut Slo)) -> String {
        let mut slo = Slo {
            key: SloKey { name: "x".to_owned(), objective: None },
            service: "s".to_owned(),
            target: Target::new(0.9).unwrap(),
            window: Window::Rolling("1d".parse().unwrap()),
            budgeting: Budgeting::Occurrences,
            indicator: Indicator::Ratio {
                numerator: Numerator::Good(SliQuery::parse(query).unwrap()),
                total: SliQuery::parse("b_total").unwrap(),
                counter: true,
            },
            group_by: Vec::new(),
            no_data: NoData::Ignore,
            minimum_events: 0.0,
            first_values: FirstValues::default(),
            source: None,
            about: About::default(),
        };
        change(&mut slo);
        slo.indicator_digest()
    }

    #[test]
    fn what_does_not_change_the_count_does_not_change_the_digest() {
        let digest = slo("sum(a_total{x=\"1\",y=\"2\"})", |_| {});
        assert_eq!(digest.len(), 16);
        assert_eq!(slo("sum(rate(a_total{y=\"2\", x=\"1\"}[5m]))", |_| {}), digest);
        assert_eq!(slo("sum(a_total{y=\"2\", x=\"1\"}) or vector(0)", |_| {}), digest);
        assert_eq!(
            slo("sum(a_total{x=\"1\",y=\"2\"})", |slo| {
                slo.target = Target::new(0.5).unwrap();
                slo.window = Window::Rolling("1m".parse().unwrap());
                slo.key.name = "y".to_owned();
                slo.about.owner = Some("me".to_owned());
                slo.minimum_events = 5.0;
                slo.no_data = NoData::Bad;
                slo.budgeting = Budgeting::RatioTimeslices { slice: Span::minutes(1) };
            }),
            digest
        );
    }

    #[test]
    fn what_changes_the_count_changes_the_digest() {
        let queries = [
            "a_total",
            "c_total",
            "a_total{x=\"1\"}",
            "a_total / 2",
            "sum(a_total) + sum(c_total)",
            "sum(a_total) - sum(c_total)",
        ];
        let mut digests: Vec<String> = queries.iter().map(|query| slo(query, |_| {})).collect();
        digests.push(slo("a_total", |slo| slo.group_by = vec!["x".to_owned()]));
        digests.push(slo("a_total", |slo| slo.source = Some("other".to_owned())));
        digests.push(slo("a_total", |slo| {
            slo.indicator = Indicator::Ratio {
                numerator: Numerator::Bad(SliQuery::parse("a_total").unwrap()),
                total: SliQuery::parse("b_total").unwrap(),
                counter: true,
            };
        }));
        for (query, threshold) in
            [("a", 0.5), ("a", 1.0), ("rate(a[5m])", 0.5), ("max(a)", 0.5), ("sum(a)", 0.5)]
        {
            digests.push(slo("a_total", |slo| {
                slo.indicator = Indicator::Threshold {
                    query: SliQuery::parse(query).unwrap(),
                    comparison: Comparison::Less,
                    threshold,
                };
            }));
        }
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    /// The digest is stored in ledgers: if this fails, every history would start anew.
    #[test]
    fn the_digest_stays_the_same_between_versions() {
        assert_eq!(format!("{:016x}", fnv1a(b"foobar")), "85944171f73967e8", "FNV's own test vector");
        assert_eq!(slo("sum(a_total)", |_| {}), "432a6be993d1c5e9");
    }
}
