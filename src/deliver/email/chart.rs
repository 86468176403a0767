//! A small burn chart as PNG, which mail programs show where they drop SVG. Four colours, no compression: a few KiB.

const WIDTH: usize = 320;
const HEIGHT: usize = 80;
/// Two bits a pixel: background, area, line, zero.
const PALETTE: [u8; 12] = [255, 255, 255, 198, 220, 247, 26, 95, 180, 192, 28, 40];

/// A chart of `values`, shares of the budget that are left, oldest first; drawn from at most 1 down to the lowest.
pub(super) fn png(values: &[f64]) -> Vec<u8> {
    let low = values.iter().copied().fold(0.0_f64, f64::min).max(-10.0);
    let row_of = |value: f64| (((1.0 - value.clamp(low, 1.0)) / (1.0 - low)) * (HEIGHT - 1) as f64) as usize;
    let zero = row_of(0.0);
    let columns: Vec<usize> = (0..WIDTH)
        .map(|x| {
            let at = x * values.len().saturating_sub(1) / (WIDTH - 1);
            values.get(at).copied().map_or(zero, row_of)
        })
        .collect();
    let mut rows = Vec::with_capacity(HEIGHT * (1 + WIDTH / 4));
    for y in 0..HEIGHT {
        rows.push(0); // No filter.
        for four in columns.chunks(4) {
            let byte = four.iter().fold(0_u8, |byte, line| byte << 2 | colour(y, *line, zero));
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
    chunk(&mut out, *b"IDAT", &stored(&rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

/// The colour of a pixel in row `y` of a column whose line is in row `line`.
fn colour(y: usize, line: usize, zero: usize) -> u8 {
    if y.abs_diff(line) <= 1 {
        2
    } else if y == zero {
        3
    } else {
        u8::from((line.min(zero)..=line.max(zero)).contains(&y))
    }
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
        for values in
            [vec![1.0, 0.9, 0.2, -0.4], vec![0.0, 0.0], vec![-1e9, 1e9], (0..500).map(f64::from).collect()]
        {
            let picture = png(&values);
            assert!(
                picture.starts_with(b"\x89PNG\r\n\x1a\n") && picture.len() < 8 * 1024,
                "{}",
                picture.len()
            );
        }
    }
}
