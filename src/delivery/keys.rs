//! Keys and threads in the forms that other systems take.

use sha2::{Digest, Sha256};
use slo_core::text::hex;

/// `text` itself if it is at most `max` visible ASCII characters; otherwise its SHA-256 in hexadecimal digits, which is
/// just as stable.
pub(super) fn ascii(text: &str, max: usize) -> String {
    let plain = !text.is_empty() && text.len() <= max && text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { text.to_owned() } else { digest(text) }
}

/// The SHA-256 of `text` in hexadecimal digits.
pub(super) fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_systems_take_stays_and_the_rest_is_digested() {
        assert_eq!(ascii("g1/3/firing", 64), "g1/3/firing");
        for odd in ["a b", "a\r\nX-Evil: 1", "ü", "", &"x".repeat(65)] {
            let key = ascii(odd, 64);
            assert_eq!(key.len(), 64, "{odd:?}");
            assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
        assert_ne!(ascii("a b", 64), ascii("a  b", 64));
    }
}
