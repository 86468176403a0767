//! Invented news.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::model::NewsItem;
use slo_core::time::Timestamp;

/// Headline and summary; `{name}` is the company, `{n}` a percentage, `{q}` a quarter.
const STORIES: [(&str, &str); 14] = [
    (
        "{name} reports {q} revenue up {n}%",
        "Revenue grew {n}% year over year, ahead of the company's guidance.",
    ),
    ("{name} trims full-year outlook", "Management cited softer demand and now expects growth of {n}%."),
    ("{name} raises dividend by {n}%", "The board approved the increase after a strong {q}."),
    ("{name} names new chief financial officer", "The appointment takes effect at the end of {q}."),
    ("{name} to buy back shares", "The programme covers up to {n}% of shares outstanding."),
    ("{name} opens research centre", "The site will employ several hundred engineers by next year."),
    ("{name} settles patent dispute", "Terms were not disclosed; the company books a charge in {q}."),
    ("{name} wins multi-year supply contract", "Deliveries begin in {q} and add about {n}% to the backlog."),
    ("{name} recalls product after inspection", "The recall affects {n}% of units shipped in {q}."),
    ("Analysts lift estimates for {name}", "Consensus for {q} rose {n}% over the past month."),
    ("{name} completes refinancing", "Average cost of debt falls, saving {n}% of interest expense."),
    ("{name} margins narrow on input costs", "Gross margin fell in {q} while prices rose {n}%."),
    ("{name} expands into two new markets", "International sales made up {n}% of revenue in {q}."),
    ("{name} files annual report", "The filing shows headcount up {n}% and no material weakness."),
];

const PUBLISHERS: [&str; 5] =
    ["Market Ledger", "Sector Daily", "Filing Watch", "The Exchange Post", "Wire Report"];

/// One item about one of `companies` (ticker and name); `None` when there are none.
pub fn item(rng: &mut StdRng, companies: &[(String, String)], at: Timestamp) -> Option<NewsItem> {
    let (ticker, name) = companies.choose(rng)?;
    let (headline, summary) = STORIES.choose(rng)?;
    let publisher = PUBLISHERS.choose(rng)?;
    let (percent, quarter) = (rng.random_range(2..25).to_string(), rng.random_range(1..=4));
    let tell = |story: &str| {
        story.replace("{name}", name).replace("{n}", &percent).replace("{q}", &format!("Q{quarter}"))
    };
    Some(NewsItem {
        ticker: ticker.clone(),
        headline: tell(headline),
        summary: tell(summary),
        publisher: (*publisher).to_owned(),
        // A name that RFC 2606 keeps free, so that a link leads nowhere rather than to somebody.
        url: format!("https://news.example/{}/{:08x}", ticker.to_lowercase(), rng.random::<u32>()),
        published_at: at,
    })
}
