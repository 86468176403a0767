//! Part 4: pages.

use super::chart::{day_axis, logarithmic, moment, share_bar, y_axis};
use super::write::{Out, dot, line, name, put, rect, svg, text};
use crate::review::{Night, PersonReview, Quantiles, Review, Times};
use crate::words;
use chrono::{Datelike, Timelike, Weekday};
use slo_model::alert::Priority;
use slo_model::route::local::to_local;

/// Rules and people that have rows of their own.
const MOST_ROWS: usize = 20;
/// Pages that are drawn; a drawing of more says no more.
const MOST_DOTS: usize = 2000;

pub(super) fn part(review: &Review) -> String {
    let mut out = Out::default();
    if review.origin.without_incidents {
        return out.0;
    }
    if review.pages.incidents == 0 && review.pages.pages.is_empty() {
        put!(out, "<p class=\"how\">Nobody was called, and no incident was opened.</p>");
        return out.0;
    }
    if !review.pages.pages.is_empty() {
        plot(&mut out, review);
    }
    put!(out, "<div class=\"pair\">");
    priorities(&mut out, review);
    times(&mut out, &review.pages.times);
    put!(out, "</div>");
    people(&mut out, review);
    rules(&mut out, review);
    out.0
}

fn plot(out: &mut Out, review: &Review) {
    let (width, tall, zone) = (372.0, 192.0, review.period.zone);
    put!(
        out,
        "<h3 id=\"when\">When they came</h3><figure><figcaption class=\"unit\">Time of the day, {}</figcaption>\
         <div class=\"plot\"><div class=\"box\" style=\"--h:192px\">{}",
        text(zone.name()),
        svg("", width, tall, &format!("{} pages by day and time of the day", review.pages.pages.len()))
    );
    let y = |hours: f64| hours / 24.0 * tall;
    put!(out, "{}{}", rect("night", 0.0, 0.0, width, y(7.0)), rect("night", 0.0, y(22.0), width, y(2.0)));
    for (day, range) in review.period.days() {
        if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            let (from, to) = (moment(review, range.after) * width, moment(review, range.until) * width);
            put!(out, "{}", rect("wkend", from, tall - 3.0, to - from, 3.0));
        }
    }
    let days = review.period.days();
    for page in review.pages.pages.iter().take(MOST_DOTS) {
        let local = to_local(zone, page.facts.at);
        let day = (local.date() - review.period.first).num_days() as f64;
        let x = (day + 0.5) / days.len().max(1) as f64 * width;
        let hours = f64::from(local.num_seconds_from_midnight()) / 3600.0;
        if page.in_heavy_shift {
            put!(out, "{}{}", dot("ring", x, y(hours)), dot("paper", x, y(hours)));
        }
        put!(out, "{}", dot(if page.priority == Priority::P1 { "p1" } else { "p2" }, x, y(hours)));
        if page.priority != Priority::P1 {
            put!(out, "{}", dot("hole", x, y(hours)));
        }
    }
    put!(out, "</svg>");
    let labels = [(0.0, "00:00"), (7.0, "07:00"), (14.5, "14:30"), (22.0, "22:00")];
    y_axis(out, &labels.map(|(hours, label)| (hours / 24.0, label.to_owned())));
    put!(out, "</div>");
    day_axis(out, review);
    put!(
        out,
        "</div></figure><p class=\"legend\" aria-hidden=\"true\"><span><i class=\"sd p1\"></i>P1</span><span><i class=\"sd p2\"></i>P2</span>\
         <span><i class=\"sd ring\"></i>in a shift with more than two incidents</span><span><i class=\"sw night\"></i>night, 22:00–07:00</span>\
         <span><i class=\"sw wkend\"></i>weekend</span></p>"
    );
}

fn priorities(out: &mut Out, review: &Review) {
    put!(
        out,
        "<table class=\"small\"><caption>By priority</caption><thead><tr><th scope=\"col\">Pages</th><th scope=\"col\" class=\"num\">Weekday</th>\
         <th scope=\"col\" class=\"num\">Weekend</th><th scope=\"col\" class=\"num\">Night</th><th scope=\"col\" class=\"num\">All</th></tr></thead><tbody>"
    );
    let row = |out: &mut Out, label: &str, is: &dyn Fn(Priority) -> bool| {
        let count = |night: Option<Night>| {
            review.pages.count(|page| is(page.priority) && night.is_none_or(|night| page.night == night))
        };
        put!(out, "<tr><th scope=\"row\">{label}</th>");
        for night in [Some(Night::Weekday), Some(Night::Weekend), Some(Night::Night), None] {
            put!(out, "<td class=\"num\">{}</td>", words::number(count(night) as f64, 0));
        }
        put!(out, "</tr>");
    };
    for priority in Priority::ALL {
        if review.pages.count(|page| page.priority == priority) > 0 {
            row(out, priority.as_str(), &|one| one == priority);
        }
    }
    put!(out, "</tbody><tfoot>");
    row(out, "All", &|_| true);
    let (judged, wrong, noise) = review.pages.judged;
    put!(out, "</tfoot></table>");
    let _ = (judged, wrong, noise);
}

fn times(out: &mut Out, times: &[Times]) {
    if times.is_empty() {
        return;
    }
    let minutes = |span: slo_core::time::Span| span.as_seconds_f64() / 60.0;
    let all = times.iter().flat_map(|one| [one.acknowledge, one.resolve]).flatten();
    let most = all.map(|one| minutes(one.longest)).fold(60.0, f64::max);
    put!(
        out,
        "<div><table class=\"times\"><caption>How long it took</caption><thead><tr><th scope=\"col\">Minutes</th><th scope=\"col\" class=\"bars\"><span class=\"vh\">Range</span></th>\
         <th scope=\"col\" class=\"num\">Median</th><th scope=\"col\" class=\"num\">p90</th><th scope=\"col\" class=\"num\">Longest</th></tr></thead><tbody>"
    );
    let row = |out: &mut Out, label: &str, quantiles: Option<Quantiles>| {
        put!(out, "<tr><th scope=\"row\">{label}</th>");
        let Some(q) = quantiles else {
            put!(
                out,
                "<td class=\"bars\"></td><td class=\"num\">–</td><td class=\"num\">–</td><td class=\"num\">–</td></tr>"
            );
            return;
        };
        let x = |span| logarithmic(minutes(span), most) * 100.0;
        put!(
            out,
            "<td class=\"bars\">{}",
            svg(
                "bar",
                100.0,
                10.0,
                &format!("median {}, longest {}", words::length(q.median), words::length(q.longest))
            )
        );
        put!(out, "{}", line("rng", (x(q.median), 5.0), (x(q.longest), 5.0)));
        put!(
            out,
            "{}{}</svg></td>",
            line("rng thick", (x(q.median), 5.0), (x(q.p90), 5.0)),
            dot("", x(q.median), 5.0)
        );
        for span in [q.median, q.p90, q.longest] {
            put!(out, "<td class=\"num\">{}</td>", words::number(minutes(span).round(), 0));
        }
        put!(out, "</tr>");
    };
    for one in times {
        row(out, &format!("Acknowledged, {}", one.priority), one.acknowledge);
        row(out, &format!("Resolved, {}", one.priority), one.resolve);
    }
    put!(
        out,
        "</tbody></table><p class=\"note\">Dot: median. Thick: to the 90th percentile. Thin: to the longest. Logarithmic."
    );
    let (unanswered, open): (usize, usize) =
        times.iter().fold((0, 0), |sum, one| (sum.0 + one.unanswered, sum.1 + one.open));
    if unanswered > 0 {
        put!(
            out,
            " {} of {} were never acknowledged.",
            unanswered,
            times.iter().map(|one| one.incidents).sum::<usize>()
        );
    }
    if open > 0 {
        put!(out, " {open} had not ended.");
    }
    put!(out, "</p></div>");
}

fn people(out: &mut Out, review: &Review) {
    let people = &review.pages.people;
    if people.is_empty() {
        return;
    }
    put!(
        out,
        "<h3 id=\"people\">Per person and shift</h3><table class=\"people\"><thead><tr><th scope=\"col\">Who</th>\
         <th scope=\"col\" class=\"num\">Pages</th><th scope=\"col\" class=\"num\">At night</th><th scope=\"col\" class=\"num\">Weekend</th>\
         <th scope=\"col\" class=\"num\">Shifts<br>with a page</th><th scope=\"col\" class=\"num\">Most incidents<br>in a shift</th>\
         <th scope=\"col\" class=\"num\">Median ack.,<br>min</th><th scope=\"col\">Shifts above two</th></tr></thead><tbody>"
    );
    for person in people.iter().take(MOST_ROWS) {
        person_row(out, person);
    }
    put!(
        out,
        "</tbody></table><p class=\"note\">Shifts are twelve hours from 08:00 and 20:00; several pages of one incident count \
               as one incident. More than two incidents in a shift leave no time to finish the first."
    );
    if people.len() > MOST_ROWS {
        put!(out, " {} more had fewer pages.", people.len() - MOST_ROWS);
    }
    if people.iter().any(|one| !one.is_person) {
        put!(out, " In italics: receivers, where nobody in person was called.");
    }
    if review.pages.without_record > 0 {
        put!(
            out,
            " Of {} pages it is no longer recorded who was called.",
            words::number(review.pages.without_record as f64, 0)
        );
    }
    put!(out, "</p>");
}

fn person_row(out: &mut Out, person: &PersonReview) {
    let whom = name(&words::name(&person.whom));
    let whom = if person.is_person { whom } else { format!("<cite>{whom}</cite>") };
    put!(out, "<tr><th scope=\"row\">{whom}</th>");
    for (label, count) in [
        ("pages", person.pages),
        ("at night", person.night),
        ("weekend", person.weekend),
        ("shifts", person.shifts),
        ("most in a shift", person.most_in_a_shift),
    ] {
        put!(out, "<td class=\"num\" data-l=\"{label}\">{count}</td>");
    }
    let median = person.acknowledge.map_or_else(
        || words::NONE.to_owned(),
        |one| words::number((one.median.as_seconds_f64() / 60.0).round(), 0),
    );
    put!(out, "<td class=\"num\" data-l=\"ack., min\">{median}</td><td data-l=\"above two\">");
    if person.heavy.is_empty() {
        put!(out, "0");
    } else {
        let named: Vec<String> = person
            .heavy
            .iter()
            .take(3)
            .map(|(day, night)| format!("{} of {}", if *night { "night" } else { "day" }, words::day(*day)))
            .collect();
        put!(out, "<em>{}</em> <small>{}</small>", person.heavy.len(), named.join(", "));
    }
    put!(out, "</td></tr>");
}

fn rules(out: &mut Out, review: &Review) {
    let rules = &review.pages.rules;
    if rules.is_empty() {
        return;
    }
    let pages = review.pages.pages.len();
    let share = |count: usize| if pages > 0 { count as f64 / pages as f64 } else { 0.0 };
    let most = rules.iter().map(|rule| share(rule.pages)).fold(0.1, f64::max) * 1.05;
    put!(
        out,
        "<h3 id=\"rules\">Which rules</h3><table class=\"rules\"><thead><tr><th scope=\"col\">Rule</th><th scope=\"col\" class=\"bars\"><span class=\"vh\">Bar</span></th>\
         <th scope=\"col\" class=\"num\">Pages</th><th scope=\"col\" class=\"num\">% of pages</th><th scope=\"col\" class=\"num\">Incidents</th>\
         <th scope=\"col\" class=\"num\">Acted upon</th><th scope=\"col\" class=\"num\">False</th><th scope=\"col\" class=\"num\">Noise</th>\
         <th scope=\"col\" class=\"num\">Came back</th><th scope=\"col\" class=\"num\">Most of a<br>budget, %</th></tr></thead><tbody>"
    );
    for rule in rules.iter().take(MOST_ROWS) {
        let part = share(rule.pages);
        let class = if part >= 1.0 / 3.0 && pages >= 5 { "over" } else { "d" };
        put!(
            out,
            "<tr><th scope=\"row\"><code>{}</code></th><td class=\"bars\">{}</td>",
            name(&rule.rule),
            share_bar(
                class,
                0.0,
                part,
                most,
                None,
                &format!("{} % of pages", words::number(part * 100.0, 1))
            )
        );
        let cells = [
            ("pages", rule.pages.to_string()),
            ("% of pages", words::number(part * 100.0, 1)),
            ("incidents", rule.incidents.to_string()),
            ("acted upon", rule.acted_upon.to_string()),
            ("false", rule.false_positives.to_string()),
            ("noise", rule.noise.to_string()),
            ("came back", rule.flapped.to_string()),
            (
                "most of a budget, %",
                rule.most.map_or_else(|| words::NONE.to_owned(), |most| words::number(most * 100.0, 1)),
            ),
        ];
        for (label, value) in cells {
            put!(out, "<td class=\"num\" data-l=\"{label}\">{value}</td>");
        }
        put!(out, "</tr>");
    }
    let sum = |of: &dyn Fn(&crate::review::RuleReview) -> usize| rules.iter().map(of).sum::<usize>();
    put!(
        out,
        "</tbody><tfoot><tr><th scope=\"row\">All</th><td class=\"bars\"></td><td class=\"num\">{pages}</td><td class=\"num\">{}</td>\
         <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\"></td></tr></tfoot></table>",
        if pages > 0 { "100" } else { "0" },
        sum(&|rule| rule.incidents),
        sum(&|rule| rule.acted_upon),
        sum(&|rule| rule.false_positives),
        sum(&|rule| rule.noise),
        sum(&|rule| rule.flapped as usize)
    );
    put!(
        out,
        "<p class=\"note\">Acted upon: marked as useful; unmarked ones, when somebody acknowledged or ended them. Came back: fired again after its end."
    );
    if rules.len() > MOST_ROWS {
        put!(out, " {} more rules are in the table <code>rules</code> of the CSV.", rules.len() - MOST_ROWS);
    }
    let (judged, _, _) = review.pages.judged;
    if judged < review.pages.incidents {
        put!(
            out,
            " {} of {} incidents were judged by somebody; <code>slo alerts mark</code> does it.",
            judged,
            review.pages.incidents
        );
    }
    put!(out, "</p>");
}
