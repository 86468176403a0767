//! An incident in one line: the rule, and what it is about.

use slo_core::labels::Labels;
use slo_core::names;
use slo_core::text;

/// Characters of each of the two names: a line of a list has room for no more.
const LONGEST: usize = 60;

/// The title of an incident with `count` alerts, of which `alerts` are known and `group` are the labels they were grouped
/// by, e.g. `SLOErrorBudgetBurn api-availability (2 alerts)`. It names only what all of its alerts share.
pub fn title(group: &Labels, alerts: &[&Labels], count: usize) -> String {
    let rule = shared(names::ALERTNAME, group, alerts);
    let objective = shared(names::OBJECTIVE, group, alerts);
    let slo = shared(names::SLO, group, alerts);
    let about = match (slo, objective) {
        ("", _) => shared(names::SERVICE, group, alerts).to_owned(),
        (slo, "") => slo.to_owned(),
        (slo, objective) => format!("{slo}/{objective}"),
    };
    // `ApiDown api` says it twice.
    let about = if same(rule, &about) { String::new() } else { cut(&about) };
    match (rule.is_empty(), about.is_empty(), count) {
        (true, true, 0 | 1) => "an alert".to_owned(),
        (true, true, many) => format!("{many} alerts"),
        (true, false, 0 | 1) => format!("an alert of {about}"),
        (true, false, many) => format!("{about} ({many} alerts)"),
        (false, true, 0 | 1) => cut(rule),
        (false, true, many) => format!("{} ({many} alerts)", cut(rule)),
        (false, false, 0 | 1) => format!("{} {about}", cut(rule)),
        (false, false, many) => format!("{} {about} ({many} alerts)", cut(rule)),
    }
}

/// The label's value, if the group or all alerts have the same.
fn shared<'a>(name: &str, group: &'a Labels, alerts: &[&'a Labels]) -> &'a str {
    let of_group = group.get(name);
    if !of_group.is_empty() {
        return of_group;
    }
    let Some((first, rest)) = alerts.split_first() else { return "" };
    let value = first.get(name);
    if rest.iter().all(|labels| labels.get(name) == value) { value } else { "" }
}

/// Whether the rule's name has the other one in it, however the two are spelt: `ApiLatencyHigh` and `api-latency`.
fn same(rule: &str, about: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    plain(rule).contains(&plain(about))
}

fn cut(text: &str) -> String {
    text::cut(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(want: &str, group: &[(&str, &str)], alerts: &[&[(&str, &str)]]) {
        let labels = |pairs: &[(&str, &str)]| pairs.iter().copied().collect::<Labels>();
        let alerts: Vec<Labels> = alerts.iter().map(|pairs| labels(pairs)).collect();
        assert_eq!(title(&labels(group), &alerts.iter().collect::<Vec<_>>(), alerts.len()), want);
    }

    #[test]
    fn it_names_what_all_alerts_share() {
        let burn = [("alertname", "Burn"), ("slo", "api-availability"), ("service", "api")];
        check("Burn api-availability", &[("alertname", "Burn")], &[&burn]);
        check("Burn api-availability (2 alerts)", &[], &[&burn, &burn]);
        let other = [("alertname", "Burn"), ("slo", "api-errors"), ("service", "api")];
        check("Burn api (2 alerts)", &[], &[&burn, &other]);
        check(
            "api (2 alerts)",
            &[("service", "api")],
            &[&burn, &[("alertname", "Down"), ("service", "api")]],
        );
        let part = [("alertname", "Burn"), ("slo", "latency"), ("objective", "p95")];
        check("Burn latency/p95", &[], &[&part]);
        check("an alert of api", &[("service", "api")], &[&[]]);
        check("an alert", &[], &[&[]]);
        check("2 alerts", &[], &[&[("alertname", "A")], &[("alertname", "B")]]);
    }

    #[test]
    fn it_stays_short() {
        check("ApiDown", &[], &[&[("alertname", "ApiDown"), ("service", "api")]]);
        check("ApiLatencyHigh", &[], &[&[("alertname", "ApiLatencyHigh"), ("slo", "api-latency")]]);
        let long = "x".repeat(500);
        check(
            &format!("{}… {}…", "x".repeat(59), "y".repeat(59)),
            &[("alertname", &long)],
            &[&[("service", &"y".repeat(500))]],
        );
    }
}
