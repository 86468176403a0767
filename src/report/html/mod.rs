//! The report as one HTML file: no scripts, nothing fetched, drawings inline. Light and dark by the reader's setting; prints
//! to A4.
//!
//! - Colour never says anything alone: what is past a bound is also a word, a sign or the other side of a line.
//! - There is one accent, and it means "past a bound, or needs somebody".
//! - Drawings are stretched, so their text stands beside them as HTML and has one size on a phone and on paper.
//! - Beside each drawing there is a table of its numbers, open or folded; on paper all are open, but for the closer looks at
//!   all objectives after the worst, which stay on the screen.

mod chart;
mod closer;
mod latency;
mod method;
mod objectives;
mod pages;
mod spend;
mod verdict;
mod write;

use crate::review::Review;
use crate::words;
use write::{Out, name, put, text};

/// The looks.
const STYLE: &str = include_str!("style.css");

/// A part of the report: its link, title, and what its margin says.
type Part = (&'static str, &'static str, &'static str, fn(&Review) -> String);

const PARTS: [Part; 7] = [
    ("verdict", "Verdict", "", verdict::part),
    (
        "objectives",
        "Objectives",
        "What was promised, what was reached, and what is left of each budget.",
        objectives::part,
    ),
    (
        "spend",
        "What spent the budget",
        "Every bad event is counted once: in one incident, or outside of all.",
        spend::part,
    ),
    ("pages", "Pages", "Who was called, when, and whether it was worth it.", pages::part),
    ("latency", "Latency by week", "The share within each bound, counted from histograms.", latency::part),
    ("todo", "What to do", "What follows from the numbers, with its evidence.", method::todo),
    ("method", "Method", "How it was counted, and how to count it again.", method::part),
];

/// The whole page. The same review gives the same bytes.
pub fn html(review: &Review) -> String {
    let mut out = Out::default();
    let title = format!("{} · SLO report", review.period.name());
    let parts: Vec<(Part, String)> =
        PARTS.into_iter().map(|part| (part, part.3(review))).filter(|(_, body)| !body.is_empty()).collect();
    put!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    put!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    put!(out, "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n", text(&title));
    put!(out, "<style>\n{STYLE}{}</style>\n</head>\n<body>\n", page_marks(&title));
    head(&mut out, review, &parts);
    put!(out, "<main>\n");
    for (number, ((link, title, says, _), body)) in parts.iter().enumerate() {
        put!(
            out,
            "<section id=\"{link}\" aria-labelledby=\"{link}-title\"><div class=\"rail\">\
             <h2 id=\"{link}-title\"><span class=\"part\">{}</span> {title}</h2>",
            number + 1
        );
        if !says.is_empty() {
            put!(out, "<p>{says}</p>");
        }
        put!(out, "</div><div class=\"main\">\n{body}</div></section>\n");
    }
    put!(
        out,
        "</main>\n<footer><p>Made by slo {} from {}.",
        text(&review.origin.version),
        name(&review.origin.source)
    );
    if review.origin.invented {
        put!(out, " Nothing in it happened.");
    }
    put!(out, "</p></footer>\n</body>\n</html>\n");
    out.0
}

/// What stands on each printed page.
fn page_marks(title: &str) -> String {
    let plain = title.replace(['\\', '"', '\n', '<'], " ");
    format!(
        "@page{{@bottom-left{{content:\"{plain}\"}}@bottom-right{{content:counter(page) \" of \" counter(pages)}}}}\n"
    )
}

fn head(out: &mut Out, review: &Review, parts: &[(Part, String)]) {
    let origin = &review.origin;
    let services = review.services.len();
    put!(out, "<header><p class=\"kicker\">{} · SLO report</p>", name(&origin.title));
    put!(out, "<h1>{}</h1><p class=\"span\">", text(&review.period.name()));
    let counted = |count: usize, what: &str| format!("{count} {}{}", what, if count == 1 { "" } else { "s" });
    put!(
        out,
        "{}, {} · {}, {}",
        text(&review.period.dates()),
        text(review.period.zone.name()),
        counted(services, "service"),
        counted(review.objectives.len(), "objective")
    );
    if review.is_running() {
        let zone = review.period.zone;
        put!(
            out,
            " · <strong class=\"hot\">not over</strong>: {} % of it, up to {}, {}",
            words::number((review.progress() * 100.0).floor(), 0),
            text(&words::day_of(zone, review.until)),
            words::clock(zone, review.until)
        );
    }
    put!(out, "</p>");
    if origin.invented {
        put!(
            out,
            "<p class=\"invented\"><strong>Invented.</strong> This is what a report looks like; nothing in it happened. \
             Make your own with <code>slo report --last-month</code>.</p>"
        );
    }
    if origin.without_incidents {
        put!(
            out,
            "<p class=\"invented\"><strong>Without incidents and pages.</strong> Nothing is recorded of them where this was \
             read; a ledger of <code>slo serve</code> has them.</p>"
        );
    }
    put!(out, "<nav aria-label=\"Parts\">");
    for ((link, title, _, _), _) in parts {
        put!(out, "<a href=\"#{link}\">{title}</a>");
    }
    put!(out, "</nav></header>\n");
}
