//! Pieces of HTML and SVG: everything that comes from elsewhere goes through [`text`] or [`name`].

use std::fmt::{self, Write};

use slo_core::text::escape_html;

/// A document that grows. What is written is markup; text in it is escaped by whoever makes it.
#[derive(Debug, Default)]
pub(super) struct Out(pub(super) String);

impl Out {
    /// Adds markup.
    pub(super) fn put(&mut self, markup: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(markup);
    }
}

/// Adds markup to an [`Out`], as `write!` would.
macro_rules! put {
    ($out:expr, $($text:tt)*) => { $out.put(format_args!($($text)*)) };
}
pub(super) use put;

/// Text between tags or in a quoted attribute; a number stays with its per cent sign.
pub(super) fn text(text: &str) -> String {
    escape_html(text).replace(" %", "\u{a0}%")
}

/// A name that others gave, whatever its script: it does not turn the direction of what stands beside it.
pub(super) fn name(name: &str) -> String {
    format!("<bdi>{}</bdi>", escape_html(name))
}

/// A coordinate: one decimal is a tenth of a pixel at most.
pub(super) fn at(value: f64) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None if text == "-0.0" => "0".to_owned(),
        None => text,
    }
}

/// A share of 100 for `left:` and `top:`.
pub(super) fn per_cent(share: f64) -> String {
    format!("{}%", at(share * 100.0))
}

/// The opening of a drawing that is stretched to its place: `width` by `height` are its own units. Strokes keep their width,
/// and no text is inside.
pub(super) fn svg(class: &str, width: f64, height: f64, says: &str) -> String {
    format!(
        r#"<svg class="{class}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">"#,
        at(width),
        at(height),
        text(says)
    )
}

/// A path through points; the first one begins it.
pub(super) fn path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut out = String::new();
    for (number, (x, y)) in points.into_iter().enumerate() {
        let _ = write!(out, "{}{} {}", if number == 0 { 'M' } else { 'L' }, at(x), at(y));
    }
    out
}

/// A dot that stays round however its drawing is stretched.
pub(super) fn dot(class: &str, x: f64, y: f64) -> String {
    format!(r#"<path class="dot {class}" d="M{} {}h0"/>"#, at(x), at(y))
}

/// A rectangle.
pub(super) fn rect(class: &str, x: f64, y: f64, width: f64, height: f64) -> String {
    format!(
        r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}"/>"#,
        at(x),
        at(y),
        at(width.max(0.0)),
        at(height.max(0.0))
    )
}

/// A straight line.
pub(super) fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> String {
    format!(r#"<path class="{class}" d="{}"/>"#, path([from, to]))
}
