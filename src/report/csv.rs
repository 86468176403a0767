//! Tables as CSV (RFC 4180): a line of names with units, then a line a row. Ratios are ratios, lengths are seconds, times are
//! RFC 3339 in UTC; what is not known is empty.

use slo_core::time::Timestamp;

use crate::tables::{Cell, Table};

/// The table as CSV.
pub fn csv(table: &Table) -> String {
    let mut out = String::new();
    let heads: Vec<String> = table.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    line(&mut out, &heads);
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        line(&mut out, &cells);
    }
    out
}

fn line(out: &mut String, cells: &[String]) {
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => quoted(text),
        Cell::Whole(whole) => whole.to_string(),
        Cell::Count(value) | Cell::Ratio(value) => value.map(number).unwrap_or_default(),
        Cell::Time(at) => at.map(Timestamp::rfc3339_seconds).unwrap_or_default(),
        Cell::Length(span) => span.map(|span| span.as_seconds().to_string()).unwrap_or_default(),
    }
}

/// A number without an exponent and without digits that floating point made up.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let text = format!("{value:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// In quotes where a comma, a quote or the end of a line is in it. What a spreadsheet would take for a formula gets an
/// apostrophe before it, which makes it text there.
fn quoted(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_any_kind() {
        let table = Table {
            name: "x",
            columns: vec![("name", "Name"), ("ratio", "Ratio")],
            rows: vec![
                vec![Cell::Text("=1+1, \"x\"".to_owned()), Cell::Ratio(Some(0.1 + 0.2))],
                vec![Cell::Text("日本".to_owned()), Cell::Ratio(None)],
                vec![Cell::Whole(3), Cell::Count(Some(f64::NAN))],
            ],
        };
        assert_eq!(csv(&table), "name,ratio\r\n\"'=1+1, \"\"x\"\"\",0.3\r\n日本,\r\n3,\r\n");
    }
}
