//! Every route, and what it says to wrong questions.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Server, settings};

fn tickers(listing: &Value) -> Vec<String> {
    let items = listing["items"].as_array().unwrap();
    items.iter().map(|item| item["ticker"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn companies_are_walked_page_by_page() {
    let server = Server::start(settings()).await;
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = server.json(&format!("/api/v1/companies?limit=10&cursor={cursor}")).await;
        assert_eq!(page["total"], 88);
        seen.extend(tickers(&page));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (9, 88));
    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    assert_eq!(tickers(&server.json("/api/v1/companies").await), seen[..20]);

    // A page that ends with the list has no next one, although it is full.
    let last_eight = server.json(&format!("/api/v1/companies?limit=8&cursor={}", seen[79])).await;
    assert_eq!((tickers(&last_eight).len(), &last_eight["next_cursor"]), (8, &Value::Null));
    let behind_all = server.json("/api/v1/companies?cursor=ZZZZZ").await;
    assert_eq!((tickers(&behind_all).len(), &behind_all["next_cursor"]), (0, &Value::Null));
    server.stop().await;
}

#[tokio::test]
async fn companies_are_filtered() {
    let server = Server::start(settings()).await;
    let energy = server.json("/api/v1/companies?sector=ENERGY").await;
    assert_eq!(energy["total"], 8);
    assert!(energy["items"].as_array().unwrap().iter().all(|company| company["sector"] == "Energy"));

    let first = energy["items"][0].clone();
    let word = first["name"].as_str().unwrap().split(' ').next().unwrap().to_lowercase();
    let found = server.json(&format!("/api/v1/companies?sector=energy&q={word}")).await;
    assert_eq!(found["items"], json!([first]));
    let by_ticker = server.json(&format!("/api/v1/companies?q={}", first["ticker"].as_str().unwrap())).await;
    assert!(by_ticker["items"].as_array().unwrap().contains(&first));

    // What LIKE would take for a wildcard is only a character here.
    for nothing in ["sector=Alchemy", "q=%25", "q=_", "q=%5C", "q='%20OR%201=1--"] {
        let empty = server.json(&format!("/api/v1/companies?{nothing}")).await;
        assert_eq!(empty, json!({"items": [], "total": 0, "next_cursor": null}), "{nothing}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_company_is_found_in_any_case_with_its_newest_filing() {
    let server = Server::start(settings()).await;
    let listed = server.json("/api/v1/companies?limit=100").await;
    let mut with_filing = 0;
    for company in listed["items"].as_array().unwrap() {
        let ticker = company["ticker"].as_str().unwrap();
        let mut one = server.json(&format!("/api/v1/companies/{}", ticker.to_lowercase())).await;
        let filing = one.as_object_mut().unwrap().remove("latest_filing").unwrap();
        assert_eq!(&one, company);
        if !filing.is_null() {
            with_filing += 1;
            let accession = filing["accession"].as_str().unwrap();
            assert!(accession.starts_with(company["cik"].as_str().unwrap()), "{filing} of {company}");
            assert!(filing["filed_at"].as_str().unwrap() <= "2026-09-04T00:00:00Z", "{filing}");
        }
    }
    assert!(with_filing > 60, "{with_filing}");
    server.stop().await;
}

#[tokio::test]
async fn news_is_walked_newest_first_and_filtered() {
    let server = Server::start(settings()).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    let total = server.json("/api/v1/news").await["total"].as_u64().unwrap();
    loop {
        let page = server.json(&format!("/api/v1/news?limit=100&cursor={cursor}")).await;
        assert_eq!(page["total"].as_u64(), Some(total));
        seen.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len() as u64, total);
    let time = |item: &Value| item["published_at"].as_str().unwrap().to_owned();
    assert!(seen.is_sorted_by(|a, b| time(a) >= time(b)));
    let ids: BTreeSet<i64> = seen.iter().map(|item| item["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), seen.len());

    let ticker = seen[0]["ticker"].as_str().unwrap();
    let of_one: Vec<_> = seen.iter().filter(|item| item["ticker"] == ticker).cloned().collect();
    for path in [format!("/api/v1/companies/{ticker}/news?"), format!("/api/v1/news?ticker={ticker}&")] {
        let listing = server.json(&format!("{path}limit=100")).await;
        assert_eq!((&listing["items"], &listing["total"]), (&json!(of_one), &json!(of_one.len())), "{path}");
    }

    // `since` includes its own moment, in whichever time zone it is written.
    let since = time(&seen[9]);
    let recent = server.json(&format!("/api/v1/news?since={since}&limit=100")).await;
    let expected = seen.iter().filter(|item| time(item) >= since).count();
    assert_eq!(recent["total"], expected);
    let offset = since.replace('Z', "+00:00");
    assert_eq!(server.json(&format!("/api/v1/news?since={offset}&limit=100")).await, recent);
    assert_eq!(server.json("/api/v1/news?since=2030-01-01T00:00:00Z").await["total"], 0);
    server.stop().await;
}

#[tokio::test]
async fn wrong_questions_get_the_names_of_what_is_wrong() {
    let server = Server::start(settings()).await;
    let long = "x".repeat(101);
    for (path, status, fields) in [
        ("/api/v1/companies?limit=0", 400, vec!["limit"]),
        ("/api/v1/companies?limit=101", 400, vec!["limit"]),
        ("/api/v1/companies?limit=ten&page=2", 400, vec!["page", "limit"]),
        ("/api/v1/companies?limit=5&limit=6", 400, vec!["limit"]),
        ("/api/v1/companies?cursor=no%20ticker", 400, vec!["cursor"]),
        (&format!("/api/v1/companies?q={long}"), 400, vec!["q"]),
        ("/api/v1/companies/A%20B", 400, vec!["ticker"]),
        ("/api/v1/companies/%FF", 400, vec!["ticker"]),
        ("/api/v1/companies/A%2FB/news", 400, vec!["ticker"]),
        ("/api/v1/news?since=yesterday&ticker=%00&cursor=12", 400, vec!["ticker", "since", "cursor"]),
        ("/api/v1/news?since=2026-02-30T00:00:00Z", 400, vec!["since"]),
        ("/api/v1/companies/NOSUCH", 404, vec![]),
        ("/api/v1/companies/NOSUCH/news", 404, vec![]),
        ("/api/v1/company", 404, vec![]),
        ("/", 404, vec![]),
        ("/api/v1/companies/", 404, vec![]),
        (&format!("/api/v1/news?ticker={}", "A".repeat(2100)), 414, vec![]),
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["status"], status, "{path}");
        assert!(!problem["detail"].as_str().unwrap().is_empty() && problem["title"].is_string(), "{path}");
        let named: Vec<&str> = problem["errors"]
            .as_array()
            .map(|errors| errors.iter().map(|error| error["field"].as_str().unwrap()).collect())
            .unwrap_or_default();
        assert_eq!(named, fields, "{path}: {problem}");
    }
    server.stop().await;
}

#[tokio::test]
async fn only_reading_is_possible_and_bodies_are_bounded() {
    let server = Server::start(settings()).await;
    let ask = |method: Method, body: Vec<u8>| {
        server.client.request(method, format!("{}/api/v1/companies", server.base)).body(body).send()
    };
    let refused = ask(Method::POST, b"{}".to_vec()).await.unwrap();
    assert_eq!(refused.status(), 405);
    assert_eq!(refused.headers()["allow"], "GET,HEAD");
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let head = ask(Method::HEAD, Vec::new()).await.unwrap();
    assert_eq!((head.status().as_u16(), head.bytes().await.unwrap().len()), (200, 0));
    let large = ask(Method::POST, vec![b'x'; 64 * 1024 + 1]).await.unwrap();
    assert_eq!(large.status(), 413);
    server.stop().await;
}

#[tokio::test]
async fn health_tells_what_is_checked() {
    let server = Server::start(settings()).await;
    let names = |health: &Value| -> Vec<String> {
        let checks = health["checks"].as_array().unwrap();
        checks.iter().map(|check| check["name"].as_str().unwrap().to_owned()).collect()
    };
    for (path, checks) in [
        ("/health", vec!["server", "database", "ingest:sec", "ingest:financial", "ingest:news"]),
        ("/health/ready", vec!["server", "database"]),
        ("/health/live", vec![]),
    ] {
        let health = server.json(path).await;
        assert_eq!(
            (&health["status"], names(&health)),
            (&json!("ok"), checks.iter().map(ToString::to_string).collect()),
            "{path}"
        );
    }
    server.stop().await;
}
