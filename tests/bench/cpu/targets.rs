//! The targets of a layout as a live server scrapes them: counters that go on where their history ended.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use slo_base::clock::Clock;
use tokio::net::TcpListener;

use super::layout::{Layout, METRIC, SERVICES};
use crate::support::traffic::{SCRAPE, Series};

/// What a scrape shows of each counter, by the path of its target.
type Pages = HashMap<(String, String), Vec<(String, Series)>>;

/// Serves every target of `layout` at `/JOB/INSTANCE` of the port it returns, until the runtime ends. Counters begin at
/// `from`.
pub async fn serve(layout: Layout, from: i64) -> u16 {
    let mut pages = Pages::new();
    for series in (0..SERVICES).flat_map(|service| layout.counters(service)) {
        let pairs: Vec<(&str, &str)> = series
            .labels
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name, value.trim_matches('"')))
            .collect();
        let value = |wanted: &str| {
            pairs
                .iter()
                .find(|(name, _)| *name == wanted)
                .map_or_else(String::new, |(_, value)| (*value).to_owned())
        };
        // The server adds job and instance.
        let own: Vec<String> = pairs
            .iter()
            .filter(|(name, _)| !matches!(*name, "job" | "instance"))
            .map(|(name, value)| format!("{name}=\"{value}\""))
            .collect();
        let name = format!("{METRIC}{{{}}}", own.join(","));
        pages.entry((value("job"), value("instance"))).or_default().push((name, series.clone()));
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().route("/{job}/{instance}", get(page)).with_state(Arc::new((pages, from)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

async fn page(State(state): State<Arc<(Pages, i64)>>, Path(target): Path<(String, String)>) -> String {
    let (pages, from) = state.as_ref();
    let at = Clock::System.now().seconds().div_euclid(SCRAPE) * SCRAPE;
    let mut text = String::new();
    for (name, series) in pages.get(&target).into_iter().flatten() {
        let _ = writeln!(text, "{name} {}", series.value(*from, at));
    }
    text
}
