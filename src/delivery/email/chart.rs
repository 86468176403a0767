//! A small burn chart as PNG: mail programs drop SVG, and pictures from elsewhere they show only when asked; one that is
//! attached and named by its content id they show at once. Four colours, no compression: under 20 KiB.

const WIDTH: usize = 576;
const HEIGHT: usize = 120;
/// Two bits a pixel: background, calm bars, bars that burn too fast, lines.
const PALETTE: [u8; 12] = [255, 255, 255, 122, 156, 198, 217, 48, 37, 128, 134, 145];
/// The background lets the mail's own through, which may be dark.
const OPACITY: [u8; 1] = [0];
const BACKGROUND: u8 = 0;
const CALM: u8 = 1;
const HOT: u8 = 2;
const LINE: u8 = 3;
/// A dash and the gap behind it.
const DASH: usize = 6;

/// A chart of burn rates, oldest first, `None` where nothing happened. Bars of `limit` and more are red, and a dashed line
/// marks it.
pub(super) fn png(rates: &[Option<f64>], limit: Option<f64>) -> Vec<u8> {
    let limit = limit.filter(|limit| *limit > 0.0);
    let highest = rates.iter().flatten().copied().fold(0.0, f64::max);
    let top = highest.max(limit.unwrap_or(1.0) * 1.2);
    let tall = |rate: f64| ((rate / top).clamp(0.0, 1.0) * (HEIGHT - 1) as f64).round() as usize;
    let pitch = (WIDTH / rates.len().max(1)).max(1);
    let columns: Vec<(usize, u8)> = (0..WIDTH)
        .map(|x| {
            // A gap of one pixel keeps bars apart that are wide enough for it.
            let gap = pitch > 2 && x % pitch == pitch - 1;
            let rate = rates.get(x / pitch).copied().flatten().filter(|_| !gap);
            rate.map_or((0, CALM), |rate| {
                let colour = if limit.is_some_and(|limit| rate >= limit) { HOT } else { CALM };
                // Little is more than nothing.
                (if rate > 0.0 { tall(rate).max(2) } else { 0 }, colour)
            })
        })
        .collect();
    let mut rows = Vec::with_capacity(HEIGHT * (1 + WIDTH / 4));
    for y in 0..HEIGHT {
        let height = HEIGHT - 1 - y;
        let on_limit = limit.is_some_and(|limit| height == tall(limit));
        rows.push(0); // No filter.
        for (at, four) in columns.chunks(4).enumerate() {
            let byte = (at * 4..).zip(four).fold(0_u8, |byte, (x, (bar, colour))| {
                let pixel = if height == 0 || (on_limit && x % (2 * DASH) < DASH) {
                    LINE
                } else if height <= *bar {
                    *colour
                } else {
                    BACKGROUND
                };
                byte << 2 | pixel
            });
            rows.push(byte);
        }
    }
    let mut out = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
    let mut header = Vec::new();
    header.extend((WIDTH as u32).to_be_bytes());
    header.extend((HEIGHT as u32).to_be_bytes());
    header.extend([2, 3, 0, 0, 0]);
    chunk(&mut out, *b"IHDR", &header);
    chunk(&mut out, *b"PLTE", &PALETTE);
    chunk(&mut out, *b"tRNS", &OPACITY);
    chunk(&mut out, *b"IDAT", &stored(&rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(data);
    let sum = crc32(out.get(start..).unwrap_or_default());
    out.extend(sum.to_be_bytes());
}

/// zlib without compression (RFC 1950, RFC 1951 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        assert_eq!(stored(b"Wikipedia").last_chunk::<4>(), Some(&0x11e6_0398_u32.to_be_bytes()));
    }

    #[test]
    fn any_values_make_a_small_picture() {
        for values in [
            vec![Some(1.0), None, Some(0.2)],
            vec![Some(0.0), Some(0.0)],
            vec![Some(1e9), Some(1e-9)],
            (0..500).map(|at| Some(f64::from(at))).collect(),
            Vec::new(),
        ] {
            for limit in [None, Some(14.4), Some(0.0)] {
                let picture = png(&values, limit);
                let length = picture.len();
                assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n") && length < 20 * 1024, "{length}");
            }
        }
    }

    /// The pixels of a row, from the bottom, of a picture that is stored in blocks.
    fn row(picture: &[u8], height: usize) -> Vec<u8> {
        let length = 1 + WIDTH / 4;
        let data = picture.windows(4).position(|four| four == b"IDAT").unwrap() + 4;
        // All rows fit into one block, behind zlib's header and the block's.
        let start = data + 2 + 5 + (HEIGHT - 1 - height) * length;
        let bytes = &picture[start + 1..start + length];
        bytes.iter().flat_map(|byte| [6, 4, 2, 0].map(|shift| byte >> shift & 3)).collect()
    }

    #[test]
    fn bars_are_as_high_as_they_burn_and_red_from_the_limit_on() {
        // The scale ends at 20; each bar is 192 pixels wide and the limit's line in row 60 (of 119).
        let picture = png(&[Some(5.0), None, Some(20.0)], Some(10.0));
        let middle = |height: usize| [96, 288, 480].map(|x| row(&picture, height)[x]);
        assert_eq!(middle(0), [LINE; 3]);
        assert_eq!(middle(1), [CALM, BACKGROUND, HOT]);
        assert_eq!(middle(30), [CALM, BACKGROUND, HOT]);
        assert_eq!(middle(31), [BACKGROUND, BACKGROUND, HOT]);
        assert_eq!(middle(119), [BACKGROUND, BACKGROUND, HOT]);
        let dashes = row(&picture, 60);
        assert_eq!((dashes[0], dashes[DASH], dashes[2 * DASH]), (LINE, BACKGROUND, LINE));
    }
}
