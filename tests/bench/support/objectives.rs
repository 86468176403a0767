//! SLOs made by code.

use slo_model::promql::SliQuery;
use slo_model::slo::{
    About, Budgeting, FirstValues, Indicator, NoData, Numerator, Slo, SloKey, Target, Window,
};

/// An availability SLO of 99.9 % over 30 days; `bad` and `total` are PromQL.
pub fn availability(name: &str, bad: &str, total: &str) -> Slo {
    let query = |text: &str| SliQuery::parse(text).unwrap();
    Slo {
        key: SloKey { name: name.to_owned(), objective: None },
        service: name.to_owned(),
        target: Target::new(0.999).unwrap(),
        window: Window::Rolling("30d".parse().unwrap()),
        budgeting: Budgeting::Occurrences,
        indicator: Indicator::Ratio {
            numerator: Numerator::Bad(query(bad)),
            total: query(total),
            counter: true,
        },
        group_by: Vec::new(),
        no_data: NoData::Ignore,
        minimum_events: 0.0,
        first_values: FirstValues::default(),
        source: None,
        about: About::default(),
    }
}
