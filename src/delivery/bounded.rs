//! How long one text of a message may be, whoever wrote it.

use slo_core::text::cut;

/// Characters of one text.
pub(super) const MAX_TEXT: usize = 2000;

/// The text, cut to [`MAX_TEXT`] characters.
pub(super) fn bounded(text: &str) -> String {
    cut(text, MAX_TEXT)
}
