//! Silences as they are stored: made of what was asked for, or ended now.

use rand::RngExt;

use super::{Silence, SilenceBody, SilenceRequest};

pub(super) fn body(wanted: SilenceRequest, id: String, starts_at: i64, updated_at: i64) -> SilenceBody {
    SilenceBody {
        id,
        matchers: wanted.matchers,
        starts_at,
        ends_at: wanted.ends_at,
        created_by: wanted.created_by,
        comment: wanted.comment,
        updated_at,
        series: wanted.series,
    }
}

pub(super) fn ended(silence: &Silence, now_ms: i64) -> SilenceBody {
    let mut body = silence.body.clone();
    if let Some(series) = &mut body.series {
        series.until = now_ms;
        return body;
    }
    body.starts_at = body.starts_at.min(now_ms);
    body.ends_at = now_ms;
    body.updated_at = now_ms;
    body
}

/// A random UUID (version 4).
pub(super) fn new_id() -> String {
    let random: u128 = rand::rng().random();
    let bits = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}
