//! Part 1: a sentence a service, what the policy asks for, five figures.

use slo_core::time::Span;

use super::chart::{bar, bar_scale};
use super::write::{Out, name, put, text};
use crate::review::{Outcome, Review, ServiceReview};
use crate::words;

/// Services that are shown at once; a verdict fits a screen.
const MOST_SERVICES: usize = 6;
/// Bars beside a verdict.
const MOST_BARS: usize = 5;

pub(super) fn part(review: &Review) -> String {
    let mut out = Out::default();
    let scale = bar_scale(review);
    let (shown, folded) = review.services.split_at(review.services.len().min(MOST_SERVICES));
    put!(
        out,
        "<div class=\"vhead\" aria-hidden=\"true\"><span>Service</span><span>What happened</span>\
         <span>What the policy asks for</span><span>Budget spent, % (line: 100)</span></div>"
    );
    for service in shown {
        row(&mut out, review, service, scale);
    }
    if !folded.is_empty() {
        put!(out, "<details><summary>{} more services, which fared better</summary>", folded.len());
        for service in folded {
            row(&mut out, review, service, scale);
        }
        put!(out, "</details>");
    }
    figures(&mut out, review);
    out.0
}

fn row(out: &mut Out, review: &Review, service: &ServiceReview, scale: f64) {
    put!(out, "<article class=\"verdict\"><h3>{}", name(&service.service));
    if let Some(owner) = &service.owner {
        put!(out, "<small>{}</small>", name(owner));
    }
    put!(out, "</h3><p class=\"say\">");
    for said in &service.said {
        if said.is_hot {
            put!(out, "<em>{}</em>", text(&said.text));
        } else {
            put!(out, "{}", text(&said.text));
        }
    }
    put!(out, "</p><p class=\"ask\"><strong>{}</strong> {}", service.ask.title(), text(&service.why));
    let letters: Vec<String> = service
        .postmortems
        .iter()
        .filter_map(|place| review.incidents.get(*place)?.letter.clone())
        .map(|letter| format!("<b>{letter}</b>"))
        .collect();
    if !letters.is_empty() {
        put!(out, " Postmortem for {}.", words::listed(&letters));
    }
    put!(out, "</p><table class=\"bul\"><caption class=\"vh\">Budget spent, %</caption><tbody>");
    let objectives = service.objectives.iter().filter_map(|place| review.objectives.get(*place));
    for one in objectives.take(MOST_BARS) {
        let class = if one.outcome == Outcome::Missed { "num hot" } else { "num" };
        put!(
            out,
            "<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th><td>{}</td><td class=\"{class}\">{}</td></tr>",
            text(&one.anchor),
            name(&one.name),
            bar(one.spent_ratio, scale),
            words::percent(one.spent_ratio, 0)
        );
    }
    put!(out, "</tbody></table>");
    if service.objectives.len() > MOST_BARS {
        put!(out, "<p class=\"more\">and {} more</p>", service.objectives.len() - MOST_BARS);
    }
    put!(out, "</article>\n");
}

fn figures(out: &mut Out, review: &Review) {
    let mut figures: Vec<(String, String)> = Vec::new();
    let (met, known) = review.met();
    let before = review.objectives.iter().filter_map(|one| one.before);
    let (before_met, before_known) = (before.clone().filter(|spent| *spent <= 1.0).count(), before.count());
    let short_before = review.period.short_before();
    let then = if before_known > 0 {
        format!("; {before_met} of {before_known} in {}", before_name(&short_before))
    } else {
        String::new()
    };
    figures.push((format!("{met} of {known}"), format!("objectives met{then}")));
    if !review.origin.without_incidents {
        let length: Span = review
            .incidents
            .iter()
            .map(|one| {
                let range = one.facts.range(review.until);
                let period = review.period.range();
                (range.until.min(review.until) - range.after.max(period.after)).max(Span::ZERO)
            })
            .fold(Span::ZERO, |sum, one| sum + one);
        let count = review.incidents.len();
        figures.push((
            words::number(count as f64, 0),
            if count == 0 {
                "incidents".to_owned()
            } else {
                format!("incident{}, {} in all", if count == 1 { "" } else { "s" }, words::length(length))
            },
        ));
        let pages = review.pages.pages.len();
        let night = review.pages.count(|page| page.night == crate::review::Night::Night);
        figures.push((
            words::number(pages as f64, 0),
            format!("page{}, {} of them at night", if pages == 1 { "" } else { "s" }, night),
        ));
        let mut waits: Vec<Span> = review
            .incidents
            .iter()
            .filter(|one| review.period.range().contains(one.facts.opened_at))
            .filter_map(|one| Some((one.facts.acknowledged_at? - one.facts.opened_at).max(Span::ZERO)))
            .collect();
        waits.sort_unstable();
        if let Some(quantiles) = crate::review::Quantiles::of(waits) {
            figures.push((
                words::length(quantiles.median),
                format!("to acknowledge (median); longest {}", words::length(quantiles.longest)),
            ));
        }
        if let Some(rule) = review.pages.rules.first().filter(|rule| rule.pages > 0 && pages > 1) {
            figures.push((
                format!("{} %", words::number(rule.pages as f64 / pages as f64 * 100.0, 0)),
                format!("of pages came from one rule, {}", rule.rule),
            ));
        }
    }
    put!(out, "<dl class=\"facts\">");
    for (figure, says) in figures {
        put!(out, "<div><dt>{}</dt><dd>{}</dd></div>", text(&says), text(&figure));
    }
    put!(out, "</dl>");
}

/// The period before, in a sentence.
fn before_name(short: &str) -> String {
    if short.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()) {
        short.to_owned()
    } else {
        format!("the {short}")
    }
}
