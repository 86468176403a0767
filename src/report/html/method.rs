//! The last parts: what to do, and how it was counted.

use super::write::{Out, name, put, text};
use crate::review::{About, Review};
use crate::{method, words};

/// What to do.
pub(super) fn todo(review: &Review) -> String {
    let mut out = Out::default();
    if review.suggestions.is_empty() {
        put!(
            out,
            "<p class=\"how\">Nothing stands out: objectives are met, owned and measured, and pages were worth it.</p>"
        );
        return out.0;
    }
    put!(out, "<ol class=\"todo\">");
    for suggestion in &review.suggestions {
        let link = match &suggestion.about {
            About::Objective(anchor) => anchor.as_str(),
            About::Spend => "spend",
            About::Pages => "pages",
        };
        put!(
            out,
            "<li><h3>{}</h3><p>{} <a href=\"#{}\">Numbers</a></p>",
            name(&suggestion.title),
            name(&suggestion.evidence),
            text(link)
        );
        if let Some(whom) = &suggestion.whom {
            put!(out, "<p class=\"who\">{}</p>", name(whom));
        }
        put!(out, "</li>");
    }
    put!(out, "</ol>");
    out.0
}

/// How it was counted.
pub(super) fn part(review: &Review) -> String {
    let mut out = Out::default();
    put!(out, "<dl class=\"method\">");
    for (head, body) in method::method(review) {
        put!(out, "<div><dt>{}</dt><dd>{}</dd></div>", text(head), name(&body));
    }
    put!(out, "<div><dt>Once more</dt><dd><code>{}</code></dd></div></dl>", text(&method::again(review)));
    let _ = words::NONE;
    out.0
}
