//! Where an indicator's query says that the window's length belongs, and putting it there.

use slo_core::duration;
use slo_core::time::Span;

/// What an expression may write where the window's length belongs, e.g. `rate(x[$window])`.
pub const WINDOW_PLACEHOLDERS: [&str; 4] = ["{{.window}}", "{{ .window }}", "${window}", "$window"];

/// The placeholders of `text`, as byte ranges. A longer word that starts like one, such as `$windows`, is none.
pub(super) fn placeholders(text: &str) -> Vec<std::ops::Range<usize>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut found: Vec<_> = WINDOW_PLACEHOLDERS
        .iter()
        .flat_map(|placeholder| text.match_indices(placeholder))
        .map(|(start, placeholder)| start..start + placeholder.len())
        .filter(|range| text.as_bytes().get(range.end).is_none_or(|next| !is_word(next)))
        .collect();
    found.sort_by_key(|range| range.start);
    found
}

/// The text for a window of that length.
pub(super) fn fill(text: &str, window: Span) -> String {
    filled(text, window).0
}

/// The same, and where the length was filled in.
pub(super) fn filled(text: &str, window: Span) -> (String, Vec<std::ops::Range<usize>>) {
    let length = duration::format(window);
    let (mut filled, mut written) = (String::with_capacity(text.len()), 0);
    let mut places = Vec::new();
    for range in placeholders(text) {
        filled.push_str(text.get(written..range.start).unwrap_or_default());
        let start = filled.len();
        filled.push_str(&length);
        places.push(start..filled.len());
        written = range.end;
    }
    filled.push_str(text.get(written..).unwrap_or_default());
    (filled, places)
}

/// Where in `text` the byte is that stands at `offset` once the placeholders are filled in. Inside a filled-in length
/// that is the placeholder's start.
pub(super) fn before_filling(text: &str, window: Span, offset: usize) -> usize {
    let length = duration::format(window).len();
    let (mut written, mut filled) = (0, 0);
    for range in placeholders(text) {
        let start = filled + (range.start - written);
        if offset < start {
            break;
        }
        if offset < start + length {
            return range.start;
        }
        filled = start + length;
        written = range.end;
    }
    (written + (offset - filled)).min(text.len())
}
