//! The buckets of one hour as few bytes: what a quiet or steady service writes again and again takes next to nothing,
//! and every number comes back bit for bit.
//!
//! Layout: version (1 byte), step (varint), operations until all buckets of the hour are told or nothing but absent ones
//! remain, checksum (FNV-1a, 4 bytes, little endian). An operation is one tag byte and what it needs:
//!
//! | tag | then | meaning |
//! |---|---|---|
//! | `0x00` | varint n | n buckets without events and coverage |
//! | `0x01` | varint n | the bucket before, n times again |
//! | `0x80` and flags | total, bad or good, covered as the flags say | one bucket |
//!
//! Counts that are whole numbers are varints (LEB128); others are their 8 bytes. Beside a whole total the bad events
//! are written instead of the good ones, being fewer.

use super::Bucket;
use super::tick::HOUR;
use slo_core::time::{Span, Timestamp};

const VERSION: u8 = 1;
const ABSENT: u8 = 0x00;
const AGAIN: u8 = 0x01;
const BUCKET: u8 = 0x80;
/// The total is a varint.
const WHOLE_TOTAL: u8 = 0x01;
/// All events were good; nothing more is written about them.
const ALL_GOOD: u8 = 0x02;
/// Total minus good is a varint.
const WHOLE_BAD: u8 = 0x04;
/// Covered as long as the step; nothing more is written about it.
const FULL: u8 = 0x08;
/// The coverage is a varint.
const WHOLE_COVERED: u8 = 0x10;
const FLAGS: u8 = WHOLE_TOTAL | ALL_GOOD | WHOLE_BAD | FULL | WHOLE_COVERED;

/// Whole numbers up to here are the same as `f64` and as integer.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;
const CHECKSUM_BYTES: usize = 4;

/// Why bytes are no packed hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PackingError {
    #[error("a packed hour is cut short or has bytes to spare")]
    Length,
    #[error("a packed hour has a wrong checksum")]
    Checksum,
    #[error("a packed hour has the unknown format {0}")]
    Version(u8),
    #[error("a packed hour has buckets of {found} s, the ledger of {expected} s")]
    Step { found: u64, expected: i64 },
    #[error("a packed hour has the unknown operation {0:#04x}")]
    Operation(u8),
}

/// Packs the buckets of the hour that ends at `hour_end`: in order of time, at multiples of `step`, each end once.
/// The same buckets give the same bytes; one without events and coverage is the same as none.
pub(crate) fn pack(buckets: &[Bucket], hour_end: Timestamp, step: Span) -> Vec<u8> {
    let (hour_begin, full) = (hour_end - HOUR, step.as_seconds_f64());
    let mut bytes = vec![VERSION];
    put_varint(&mut bytes, step.as_seconds().unsigned_abs());
    let (mut told, mut before, mut again) = (0, None, 0);
    for bucket in buckets.iter().filter(|bucket| !is_empty(bucket)) {
        let slot = (bucket.end - hour_begin) / step - 1;
        let same = before.is_some_and(|before| same(before, bucket));
        if slot == told && same {
            again += 1;
        } else {
            put_run(&mut bytes, AGAIN, again);
            put_run(&mut bytes, ABSENT, (slot - told).unsigned_abs());
            put_bucket(&mut bytes, bucket, full);
            again = 0;
        }
        (told, before) = (slot + 1, Some(bucket));
    }
    put_run(&mut bytes, AGAIN, again);
    let checksum = fnv1a(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The buckets of a packed hour, in order of time, without those that have neither events nor coverage.
pub(crate) fn unpack(bytes: &[u8], hour_end: Timestamp, step: Span) -> Result<Vec<Bucket>, PackingError> {
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(PackingError::Length)?;
    if fnv1a(body) != u32::from_le_bytes(*checksum) {
        return Err(PackingError::Checksum);
    }
    let mut reader = Reader { bytes: body };
    match reader.byte()? {
        VERSION => {}
        other => return Err(PackingError::Version(other)),
    }
    let found = reader.varint()?;
    if step <= Span::ZERO || i64::try_from(found).map(Span::from_seconds) != Ok(step) {
        return Err(PackingError::Step { found, expected: step.as_seconds() });
    }
    let slots = HOUR / step;
    let (hour_begin, full) = (hour_end - HOUR, step.as_seconds_f64());
    let end_of = |slot: i64| hour_begin + step * (slot + 1);
    let mut buckets: Vec<Bucket> = Vec::new();
    let mut slot = 0;
    while !reader.bytes.is_empty() {
        let tag = reader.byte()?;
        let left = (slots - slot).unsigned_abs();
        match tag {
            ABSENT | AGAIN => {
                let run = reader.varint()?;
                if run > left {
                    return Err(PackingError::Length);
                }
                if tag == AGAIN {
                    let before = *buckets.last().ok_or(PackingError::Operation(tag))?;
                    let run_of_slots = slot..slot + run as i64;
                    buckets.extend(run_of_slots.map(|slot| Bucket { end: end_of(slot), ..before }));
                }
                slot += run as i64;
            }
            _ if tag & BUCKET != 0 && tag & !(BUCKET | FLAGS) == 0 && left > 0 => {
                buckets.push(reader.bucket(tag, end_of(slot), full)?);
                slot += 1;
            }
            _ => return Err(PackingError::Operation(tag)),
        }
    }
    Ok(buckets)
}

/// Neither events nor coverage: as if it had never been written.
pub(crate) fn is_empty(bucket: &Bucket) -> bool {
    bucket.total == 0.0 && bucket.good == 0.0 && bucket.covered == 0.0
}

fn same(one: &Bucket, other: &Bucket) -> bool {
    let bits = |bucket: &Bucket| [bucket.good, bucket.total, bucket.covered].map(f64::to_bits);
    bits(one) == bits(other)
}

fn put_run(bytes: &mut Vec<u8>, tag: u8, run: u64) {
    if run > 0 {
        bytes.push(tag);
        put_varint(bytes, run);
    }
}

/// `full` is the coverage of a whole bucket.
fn put_bucket(bytes: &mut Vec<u8>, bucket: &Bucket, full: f64) {
    let all_good = bucket.good.to_bits() == bucket.total.to_bits();
    let full = bucket.covered.to_bits() == full.to_bits();
    let total = whole(bucket.total);
    let covered = whole(bucket.covered);
    // Both whole: their difference is exact, and so is the way back.
    let bad = match (total, whole(bucket.good)) {
        (Some(total), Some(good)) if !all_good => total.checked_sub(good),
        _ => None,
    };
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    bytes.push(
        BUCKET
            | flag(total.is_some(), WHOLE_TOTAL)
            | flag(all_good, ALL_GOOD)
            | flag(bad.is_some(), WHOLE_BAD)
            | flag(full, FULL)
            | flag(!full && covered.is_some(), WHOLE_COVERED),
    );
    put_number(bytes, total, bucket.total);
    if !all_good {
        put_number(bytes, bad, bucket.good);
    }
    if !full {
        put_number(bytes, covered, bucket.covered);
    }
}

fn put_number(bytes: &mut Vec<u8>, whole: Option<u64>, number: f64) {
    match whole {
        Some(whole) => put_varint(bytes, whole),
        None => bytes.extend_from_slice(&number.to_bits().to_le_bytes()),
    }
}

/// The number as an integer when that is the very same number; minus zero is not.
fn whole(number: f64) -> Option<u64> {
    let integer = number as u64;
    (number <= LARGEST_WHOLE && (integer as f64).to_bits() == number.to_bits()).then_some(integer)
}

fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Notices every change of a single byte, which is what a checksum of so few bytes is for.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, PackingError> {
        let (first, rest) = self.bytes.split_first().ok_or(PackingError::Length)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn varint(&mut self) -> Result<u64, PackingError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(PackingError::Length)
    }

    fn number(&mut self, whole: bool) -> Result<f64, PackingError> {
        if whole {
            return Ok(self.varint()? as f64);
        }
        let (bits, rest) = self.bytes.split_first_chunk::<8>().ok_or(PackingError::Length)?;
        self.bytes = rest;
        Ok(f64::from_bits(u64::from_le_bytes(*bits)))
    }

    fn bucket(&mut self, tag: u8, end: Timestamp, full: f64) -> Result<Bucket, PackingError> {
        let has = |flag: u8| tag & flag != 0;
        let total = self.number(has(WHOLE_TOTAL))?;
        let good = if has(ALL_GOOD) {
            total
        } else if has(WHOLE_BAD) {
            total - self.number(true)?
        } else {
            self.number(false)?
        };
        let covered = if has(FULL) { full } else { self.number(has(WHOLE_COVERED))? };
        Ok(Bucket { end, good, total, covered })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use slo_core::time::short::secs;

    const END: Timestamp = Timestamp::from_seconds(1_780_000_000 / 3600 * 3600);
    const STEP: Span = Span::from_seconds(30);

    fn bucket(slot: i64, step: Span, good: f64, total: f64, covered: f64) -> Bucket {
        Bucket { end: END - HOUR + step * (slot + 1), good, total, covered }
    }

    fn steady(good: f64, total: f64) -> Vec<Bucket> {
        (0..HOUR / STEP).map(|slot| bucket(slot, STEP, good, total, 30.0)).collect()
    }

    #[test]
    fn a_quiet_or_steady_hour_takes_a_handful_of_bytes() {
        assert_eq!(pack(&[], END, STEP).len(), 6);
        assert!(pack(&steady(0.0, 0.0), END, STEP).len() <= 10);
        assert!(pack(&steady(990.0, 1000.0), END, STEP).len() <= 13);
        // Changing traffic without errors: a tag and a two-byte total per bucket.
        let busy: Vec<Bucket> = (0..120)
            .map(|slot| bucket(slot, STEP, 1000.0 + slot as f64, 1000.0 + slot as f64, 30.0))
            .collect();
        assert_eq!(pack(&busy, END, STEP).len(), 6 + 3 * 120);
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let mut buckets = steady(990.0, 1000.5);
        buckets.remove(17);
        let bytes = pack(&buckets, END, STEP);
        assert_eq!(unpack(&bytes, END, STEP).unwrap(), buckets);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x20;
            assert!(unpack(&damaged, END, STEP).is_err(), "byte {at} changed");
            assert!(unpack(&bytes[..at], END, STEP).is_err(), "cut at {at}");
        }
        assert_eq!(unpack(&bytes, END, STEP * 2), Err(PackingError::Step { found: 30, expected: 60 }));
    }

    /// Bytes whose checksum is right, so that the rest is looked at.
    fn sealed(body: &[u8]) -> Vec<u8> {
        [body, &fnv1a(body).to_le_bytes()].concat()
    }

    #[test]
    fn what_does_not_fit_into_an_hour_is_refused() {
        for (body, error) in [
            (&[9, 30][..], PackingError::Version(9)),
            (&[1, 30, AGAIN, 3], PackingError::Operation(AGAIN)),
            (&[1, 30, ABSENT, 121], PackingError::Length),
            (&[1, 30, ABSENT, 120, 0x80 | WHOLE_TOTAL | ALL_GOOD | FULL, 1], PackingError::Operation(0x8b)),
            (&[1, 30, 0x42], PackingError::Operation(0x42)),
            (&[1, 30, 0x80, 1, 2, 3], PackingError::Length),
            (
                &[1, 30, ABSENT, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                PackingError::Length,
            ),
        ] {
            assert_eq!(unpack(&sealed(body), END, STEP), Err(error), "{body:?}");
        }
        assert_eq!(unpack(&[], END, STEP), Err(PackingError::Length));
    }

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            3 => (0_u32..2000).prop_map(f64::from),
            1 => (0_u64..=(1 << 53)).prop_map(|number| number as f64),
            2 => 0.0..1e6,
            1 => any::<f64>(),
            1 => prop::sample::select(vec![0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY]),
        ]
    }

    fn hour() -> impl Strategy<Value = (Span, Vec<Bucket>)> {
        let steps =
            prop::sample::select(vec![1, 15, 30, 60, 300, 3600].into_iter().map(secs).collect::<Vec<_>>());
        steps.prop_flat_map(|step| {
            let slot = prop_oneof![
                3 => Just(None),
                3 => (number(), number(), number(), any::<bool>(), any::<bool>()).prop_map(Some),
                3 => Just(Some((0.0, 0.0, 7.0, true, true))),
            ];
            prop::collection::vec(slot, (HOUR / step).min(200) as usize).prop_map(move |slots| {
                let buckets = slots.into_iter().enumerate().filter_map(|(slot, numbers)| {
                    let (good, total, covered, all_good, full) = numbers?;
                    let good = if all_good { total } else { good };
                    let covered = if full { step.as_seconds_f64() } else { covered };
                    Some(bucket(slot as i64, step, good, total, covered))
                });
                (step, buckets.filter(|bucket| !is_empty(bucket)).collect())
            })
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back_bit_for_bit((step, buckets) in hour()) {
            let bytes = pack(&buckets, END, step);
            let back = unpack(&bytes, END, step).unwrap();
            prop_assert_eq!(back.len(), buckets.len());
            for (one, other) in back.iter().zip(&buckets) {
                prop_assert_eq!(one.end, other.end);
                prop_assert!(same(one, other), "{:?} is not {:?}", one, other);
            }
            prop_assert_eq!(pack(&back, END, step), bytes);
        }

        #[test]
        fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), end in any::<i32>()) {
            let _ = unpack(&body, Timestamp::from_seconds(end.into()), STEP);
            let with_head: Vec<u8> = [&[VERSION, 30][..], &body].concat();
            let _ = unpack(&sealed(&with_head), Timestamp::from_seconds(end.into()), STEP);
        }
    }
}
