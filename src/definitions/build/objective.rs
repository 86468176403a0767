//! An objective's own numbers: its name, target and time slices.

use std::collections::HashMap;

use crate::fields::{Field, Located};
use crate::findings::{Finding, Findings};
use crate::raw::{Method, Objective};
use crate::source::Span;
use slo_core::{duration, time};
use slo_model::slo::{Budgeting, Calendar, Target, TargetError, Window, percent_as_ratio};

const DAY: time::Span = time::Span::days(1);

/// The promised share, from `target` or `targetPercent`.
pub(super) fn target(objective: &Objective, findings: &mut Findings) -> Option<Located<Target>> {
    let (ratio, percent) = (&objective.target, &objective.target_percent);
    match (ratio.span(), percent.span()) {
        (Some(first), Some(second)) => {
            findings.add(
                Finding::error("two-targets", second, "the objective has both `target` and `targetPercent`")
                    .help("remove one of the two")
                    .related(first, "`target` is here"),
            );
            return None;
        }
        (None, None) => {
            findings.add(
                Finding::error(
                    "missing-field",
                    objective.head,
                    "the objective has neither `target` nor `targetPercent`",
                )
                .help("write e.g. `target: 0.999` or `targetPercent: 99.9`"),
            );
            return None;
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    if let Field::Is(ratio) = ratio {
        return match Target::new(ratio.value) {
            Ok(target) => Some(Located::new(target, ratio.span)),
            Err(error) => {
                findings.add(target_finding(error, ratio.span));
                None
            }
        };
    }
    let Field::Is(percent) = percent else { return None };
    let Ok(target) = Target::new(percent_as_ratio(percent.value)) else {
        findings.add(
            Finding::error(
                "target-range",
                percent.span,
                format!("targetPercent {} is outside [0, 100)", percent.value),
            )
            .help("write a percentage such as 99.9 (100 leaves no budget to measure)"),
        );
        return None;
    };
    if percent.value < 1.0 && percent.value > 0.0 {
        findings.add(
            Finding::warning(
                "target-percentage",
                percent.span,
                format!("targetPercent {0} means {0} %", percent.value),
            )
            .help(format!("if the ratio is meant, write `target: {}`", percent.value)),
        );
    }
    Some(Located::new(target, percent.span))
}

fn target_finding(error: TargetError, span: Span) -> Finding {
    let code = match error {
        TargetError::Percentage(_) => "target-percentage",
        TargetError::Outside(_) => "target-range",
    };
    let text = error.to_string();
    let (message, help) = text.split_once("; ").unwrap_or((&text, "write a ratio such as 0.999"));
    Finding::error(code, span, message).help(help)
}

/// How the objective's budget is spent.
pub(super) fn budgeting(
    method: Method,
    objective: &Objective,
    window: Option<&Located<Window>>,
    findings: &mut Findings,
) -> Option<Budgeting> {
    let unused = |span: Option<Span>, key: &str, findings: &mut Findings| {
        if let Some(span) = span {
            let name = method_name(method);
            findings.add(
                Finding::warning("unused-key", span, format!("`{key}` has no effect with {name}"))
                    .help("remove it, or write `budgetingMethod: Timeslices`"),
            );
        }
    };
    match method {
        Method::Occurrences => {
            unused(objective.slice_target.span(), "timeSliceTarget", findings);
            unused(objective.slice_window.span(), "timeSliceWindow", findings);
            Some(Budgeting::Occurrences)
        }
        Method::Timeslices => {
            let target = slice_target(objective, findings);
            let slice = slice_window(method, objective, window, findings);
            Some(Budgeting::Timeslices { target: target?, slice: slice? })
        }
        Method::RatioTimeslices => {
            unused(objective.slice_target.span(), "timeSliceTarget", findings);
            let slice = slice_window(method, objective, window, findings)?;
            Some(Budgeting::RatioTimeslices { slice })
        }
    }
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Occurrences => "Occurrences",
        Method::Timeslices => "Timeslices",
        Method::RatioTimeslices => "RatioTimeslices",
    }
}

fn slice_target(objective: &Objective, findings: &mut Findings) -> Option<f64> {
    match &objective.slice_target {
        Field::Absent => {
            findings.add(
                Finding::error("missing-field", objective.head, "with Timeslices, the objective needs `timeSliceTarget`")
                    .help("write e.g. `timeSliceTarget: 0.99`: a slice with at least this share of good events is good"),
            );
            None
        }
        Field::Wrong(_) => None,
        Field::Is(said) if said.value > 0.0 && said.value <= 1.0 => Some(said.value),
        Field::Is(said) => {
            let help = if said.value > 1.0 && said.value <= 100.0 {
                format!("write the ratio: {}", percent_as_ratio(said.value))
            } else {
                "write a ratio above 0 and up to 1, e.g. 0.99".to_owned()
            };
            findings.add(
                Finding::error(
                    "target-range",
                    said.span,
                    format!("timeSliceTarget {} is outside (0, 1]", said.value),
                )
                .help(help),
            );
            None
        }
    }
}

fn slice_window(
    method: Method,
    objective: &Objective,
    window: Option<&Located<Window>>,
    findings: &mut Findings,
) -> Option<time::Span> {
    let slice = match &objective.slice_window {
        Field::Absent => {
            let name = method_name(method);
            findings.add(
                Finding::error(
                    "missing-field",
                    objective.head,
                    format!("with {name}, the objective needs `timeSliceWindow`"),
                )
                .help("write e.g. `timeSliceWindow: 1m`"),
            );
            return None;
        }
        Field::Wrong(_) => return None,
        Field::Is(slice) => slice,
    };
    let Some(window) = window else { return Some(slice.value) };
    let (shortest, divides) = match &window.value {
        Window::Rolling(length) => (length.span(), fills(slice.value, length.span())),
        Window::Calendar(calendar) => calendar_slices(calendar, slice.value),
    };
    let length = duration::format(slice.value);
    let finding = if slice.value > shortest {
        Finding::error(
            "slice-window",
            slice.span,
            format!("the window of {} is shorter than a slice of {length}", window.value),
        )
        .help("write a shorter `timeSliceWindow`, e.g. 1m, or a longer window")
    } else if !divides {
        Finding::error("slice-window", slice.span, format!("slices of {length} do not divide the window of {}", window.value))
            .help("write a `timeSliceWindow` that divides the window (and a day, in a calendar window), e.g. 1m, 5m or 1h")
    } else {
        return Some(slice.value);
    };
    findings.add(finding.related(window.span, "the window is here"));
    None
}

/// Whether nothing is left when slices are put one after the other into a length.
fn fills(slice: time::Span, length: time::Span) -> bool {
    length % slice == time::Span::ZERO
}

/// The shortest turn of a calendar window, and whether slices of that length fill every turn.
fn calendar_slices(calendar: &Calendar, slice: time::Span) -> (time::Span, bool) {
    let shorthand = calendar.shorthand();
    let count = |unit: char| shorthand.strip_suffix(unit).and_then(|count| count.parse::<i64>().ok());
    let exact = |turn: time::Span| (turn, fills(slice, turn));
    // A turn of months has whole days, and a day may have 23 or 25 hours: slices must fill an hour, or be whole days.
    let in_a_day = fills(slice, time::Span::hours(1)) || fills(slice, DAY);
    let days = |days: i64| (DAY * days, in_a_day || fills(DAY, slice) && fills(slice, DAY * days));
    if let Some(minutes) = count('m') {
        exact(time::Span::minutes(minutes))
    } else if let Some(hours) = count('h') {
        exact(time::Span::hours(hours))
    } else if let Some(count) = count('d') {
        days(count)
    } else if let Some(weeks) = count('w') {
        days(weeks * 7)
    } else {
        let months =
            count('M').or(count('Q').map(|quarters| quarters * 3)).or(count('Y').map(|years| years * 12));
        (DAY * 28 * months.unwrap_or(1), in_a_day || slice == DAY)
    }
}

/// The names that tell a document's objectives apart: `displayName` as a slug, or the number. `None` alone.
pub(super) fn names(objectives: &[Objective], always: bool, findings: &mut Findings) -> Vec<Option<String>> {
    if objectives.len() < 2 && !always {
        return vec![None; objectives.len()];
    }
    let mut first: HashMap<String, Span> = HashMap::new();
    let mut names = Vec::new();
    for (index, objective) in objectives.iter().enumerate() {
        let slug =
            objective.display_name.as_ref().map(|name| slug(&name.value)).filter(|slug| !slug.is_empty());
        let name = slug.unwrap_or_else(|| (index + 1).to_string());
        let span = objective.display_name.as_ref().map_or(objective.head, |name| name.span);
        if let Some(earlier) = first.get(&name) {
            findings.add(
                Finding::error("duplicate-name", span, format!("there are two objectives called `{name}`"))
                    .help("give each objective its own `displayName`")
                    .related(*earlier, "the first one is here"),
            );
        } else {
            first.insert(name.clone(), span);
        }
        names.push(Some(name));
    }
    names
}

/// Lower-case letters and digits, with one `-` for everything between.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() {
            slug.extend(character.to_lowercase());
        } else if character == '.' && slug.ends_with(|last: char| last.is_ascii_digit()) {
            slug.push('.');
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_are_short_and_plain() {
        for (name, want) in [
            ("p95", "p95"),
            ("95 % < 500 ms", "95-500-ms"),
            ("99.9th Percentile.", "99.9th-percentile"),
            ("Größe", "größe"),
            ("%%", ""),
        ] {
            assert_eq!(slug(name), want);
        }
    }
}
