//! Eleven sectors of invented companies.

use std::collections::BTreeSet;

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::generator;
use crate::model::Company;
use slo_core::time::Timestamp;

/// A sector, its industries, and what its companies call themselves.
struct Sector {
    name: &'static str,
    industries: [&'static str; 3],
    nouns: [&'static str; 4],
}

/// The sectors of the usual industry classification.
const SECTORS: [Sector; 11] = [
    Sector {
        name: "Communication Services",
        industries: ["Interactive Media", "Wireless Carriers", "Publishing"],
        nouns: ["Media", "Wireless", "Broadcasting", "Press"],
    },
    Sector {
        name: "Consumer Discretionary",
        industries: ["Specialty Retail", "Auto Parts", "Restaurants"],
        nouns: ["Retail", "Motors", "Outfitters", "Kitchens"],
    },
    Sector {
        name: "Consumer Staples",
        industries: ["Packaged Foods", "Household Products", "Food Retail"],
        nouns: ["Foods", "Household", "Grocers", "Beverages"],
    },
    Sector {
        name: "Energy",
        industries: ["Exploration and Production", "Refining", "Oilfield Services"],
        nouns: ["Energy", "Petroleum", "Drilling", "Pipelines"],
    },
    Sector {
        name: "Financials",
        industries: ["Regional Banks", "Property Insurance", "Asset Management"],
        nouns: ["Bancorp", "Insurance Group", "Capital", "Trust"],
    },
    Sector {
        name: "Health Care",
        industries: ["Biotechnology", "Medical Devices", "Managed Care"],
        nouns: ["Therapeutics", "Medical", "Health", "Biosciences"],
    },
    Sector {
        name: "Industrials",
        industries: ["Aerospace Components", "Railroads", "Electrical Equipment"],
        nouns: ["Aerospace", "Rail", "Industries", "Controls"],
    },
    Sector {
        name: "Information Technology",
        industries: ["Application Software", "Semiconductors", "IT Services"],
        nouns: ["Software", "Semiconductor", "Systems", "Networks"],
    },
    Sector {
        name: "Materials",
        industries: ["Specialty Chemicals", "Steel", "Paper Packaging"],
        nouns: ["Chemical", "Steel", "Packaging", "Minerals"],
    },
    Sector {
        name: "Real Estate",
        industries: ["Industrial REITs", "Residential REITs", "Data Center REITs"],
        nouns: ["Properties", "Realty", "Residential", "Logistics Trust"],
    },
    Sector {
        name: "Utilities",
        industries: ["Electric Utilities", "Water Utilities", "Gas Utilities"],
        nouns: ["Power", "Water", "Gas", "Electric"],
    },
];

/// First halves of names: places and trees, no surnames.
const STEMS: [&str; 24] = [
    "Alder",
    "Arbor",
    "Beacon",
    "Birch",
    "Bluff",
    "Canyon",
    "Cedar",
    "Coral",
    "Delta",
    "Dune",
    "Ember",
    "Fjord",
    "Granite",
    "Harbor",
    "Juniper",
    "Lantern",
    "Meridian",
    "Northgate",
    "Orchard",
    "Prairie",
    "Quarry",
    "Summit",
    "Tidewater",
    "Willow",
];

const EXCHANGES: [&str; 2] = ["NYSE", "NASDAQ"];
const FORMS: [&str; 3] = ["Inc.", "Corp.", "Holdings, Inc."];
const COUNTRIES: [(&str, u32); 5] = [("US", 84), ("CA", 5), ("GB", 4), ("IE", 4), ("NL", 3)];

/// Eight companies in each sector, sorted by ticker; tickers, names and SEC numbers are unique.
pub fn companies(seed: u64, now: Timestamp) -> Vec<Company> {
    let mut rng = generator(seed, "companies", 0);
    let mut tickers = BTreeSet::new();
    let mut companies = Vec::new();
    for (s, sector) in SECTORS.iter().enumerate() {
        for c in 0..8_usize {
            // 11 sectors step through 24 stems by 5 (coprime), so that a stem is used by few sectors and once in each.
            let stem = STEMS.get((s * 7 + c * 5) % STEMS.len()).copied().unwrap_or("Acme");
            let noun = sector.nouns.get(c % sector.nouns.len()).copied().unwrap_or(sector.name);
            let form = FORMS.choose(&mut rng).copied().unwrap_or("Inc.");
            // Log-uniform from a hundred million to a trillion, which is how exchanges look.
            let millions = 10_f64.powf(rng.random_range(2.0..6.0)).round() as i64;
            companies.push(Company {
                ticker: ticker(stem, noun, &mut tickers),
                cik: format!("{:010}", 1_900_000 + companies.len() * 137 + rng.random_range(0..137)),
                name: format!("{stem} {noun} {form}"),
                sector: sector.name.to_owned(),
                industry: sector.industries.choose(&mut rng).copied().unwrap_or(sector.name).to_owned(),
                exchange: EXCHANGES.choose(&mut rng).copied().unwrap_or("NYSE").to_owned(),
                country: COUNTRIES
                    .choose_weighted(&mut rng, |(_, weight)| *weight)
                    .map_or("US", |(country, _)| country)
                    .to_owned(),
                founded: rng.random_range(1890..2016),
                employees: (millions as f64 * rng.random_range(0.5..4.0)).round().max(40.0) as i64,
                market_cap_usd: millions * 1_000_000,
                financials_at: now,
            });
        }
    }
    companies.sort_by(|a, b| a.ticker.cmp(&b.ticker));
    companies
}

/// The first three- or four-letter symbol from the two words that is free.
fn ticker(stem: &str, noun: &str, taken: &mut BTreeSet<String>) -> String {
    let letters: Vec<char> = stem.to_uppercase().chars().collect();
    let last = noun.chars().next().map_or('X', |letter| letter.to_ascii_uppercase());
    let candidates = (1..letters.len())
        .flat_map(|second| (second + 1..=letters.len()).map(move |third| (second, third)))
        .filter_map(|(second, third)| {
            let mut symbol: String =
                [letters.first(), letters.get(second), letters.get(third)].into_iter().flatten().collect();
            symbol.push(last);
            Some(symbol).filter(|symbol| symbol.len() >= 3)
        })
        .chain((0..).map(|n| format!("{last}{n}")));
    // The chain is endless and `taken` is not, so one is free.
    let symbol = candidates.into_iter().find(|symbol| !taken.contains(symbol)).unwrap_or_default();
    taken.insert(symbol.clone());
    symbol
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_are_unique_and_cover_the_sectors() {
        for seed in 0..20 {
            let companies = companies(seed, Timestamp::from_ms(0));
            assert_eq!(companies.len(), 88);
            let unique =
                |field: fn(&Company) -> &str| companies.iter().map(field).collect::<BTreeSet<_>>().len();
            assert_eq!(unique(|c| &c.ticker), 88, "tickers");
            assert_eq!(unique(|c| &c.name), 88, "names");
            assert_eq!(unique(|c| &c.cik), 88, "SEC numbers");
            assert_eq!(unique(|c| &c.sector), SECTORS.len(), "sectors");
            assert!(companies.iter().all(|c| (3..=4).contains(&c.ticker.len())), "seed {seed}");
            assert!(companies.iter().all(|c| c.ticker.bytes().all(|b| b.is_ascii_uppercase())));
            assert!(companies.is_sorted_by(|a, b| a.ticker < b.ticker));
        }
    }
}
