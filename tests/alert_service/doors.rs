//! Who may see the console and send its forms: tokens, pages from elsewhere, other names, prefixes.

use reqwest::StatusCode;
use slo_base::clock::Clock;
use slo_incidents::access::tokens::Scope;

use super::console::{browser, form, incident, leads, page};
use super::{NOW, Served, client};

#[tokio::test]
async fn a_browser_asks_for_the_token_and_scopes_hold() {
    let served = Served::start(Clock::manual(NOW), "").await;
    served.service.incidents.begin(incident("i1", &[("a", "b")])).await.unwrap();
    let token = async |name: &str, scopes: &[Scope]| {
        served.service.tokens.add(name, &scopes.iter().copied().collect()).await.unwrap()
    };
    let reader = token("reader", &[Scope::Read]).await;
    let taker = token("taker", &[Scope::Read, Scope::Acknowledge]).await;
    let muter = token("muter", &[Scope::Read, Scope::Silence]).await;
    let asked = client().get(served.url()).send().await.unwrap();
    assert_eq!(asked.status(), 401);
    let first = asked.headers().get_all("www-authenticate").iter().next().unwrap();
    assert!(first.to_str().unwrap().starts_with("Basic "), "browsers ask for the first one only");
    assert!(asked.text().await.unwrap().starts_with("<!doctype html>"));
    let read = client().get(served.url()).basic_auth("me", Some(&reader)).send().await.unwrap();
    let text = read.text().await.unwrap();
    assert!(text.contains("as reader") && !text.contains("Acknowledge</button>"), "{text}");
    let status = async |path: &str, token: &str| {
        let fields = [("duration", "1h"), ("comment", "c"), ("matchers", "a=b")];
        form(&served, path, &fields).basic_auth("me", Some(token)).send().await.unwrap().status().as_u16()
    };
    for (path, reads, takes, mutes) in [
        ("/incidents/i1/acknowledge", 403, 303, 403),
        ("/incidents/i1/silence", 403, 403, 303),
        // The same path in other letters is none.
        ("/incidents/i1/silenc%65", 403, 404, 403),
        ("/silences/preview", 200, 200, 200),
        ("/silences", 403, 403, 303),
        ("/silences/x/expire", 403, 403, 404),
    ] {
        assert_eq!(status(path, &reader).await, reads, "{path}");
        assert_eq!(status(path, &taker).await, takes, "{path}");
        assert_eq!(status(path, &muter).await, mutes, "{path}");
    }
    assert_eq!(served.service.incidents.get("i1").unwrap().acknowledged_by.as_deref(), Some("taker"));
}

/// A browser sends a password by itself, whatever page makes it; so only our own pages may have it act.
#[tokio::test]
async fn pages_from_elsewhere_do_nothing() {
    let served = Served::start(Clock::manual(NOW), "").await;
    served.service.incidents.begin(incident("i1", &[])).await.unwrap();
    let own = served.url();
    let send = async |headers: &[(&str, &str)], basic: Option<&str>, bearer: Option<&str>| {
        let mut request = form(&served, "/incidents/i1/note", &[("text", "x")]);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = basic {
            request = request.basic_auth("me", Some(token));
        }
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let evil: [&[(&str, &str)]; 5] = [
        &[("origin", "http://evil.test")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", &own)],
        // Of this machine, but not ours; the API of Alertmanager is open to those.
        &[("origin", "http://localhost:3000")],
    ];
    let good: [&[(&str, &str)]; 4] = [
        &[],
        &[("origin", &own)],
        &[("sec-fetch-site", "same-origin"), ("origin", &own)],
        &[("sec-fetch-site", "none")],
    ];
    for headers in evil {
        assert_eq!(send(headers, None, None).await, 403, "{headers:?}");
    }
    for headers in good {
        assert_eq!(send(headers, None, None).await, 303, "{headers:?}");
    }
    let token = served.service.tokens.add("ann", &[Scope::Admin].into()).await.unwrap();
    for headers in evil {
        assert_eq!(send(headers, Some(&token), None).await, 403, "{headers:?}");
        assert_eq!(send(headers, None, Some(&token)).await, 303, "a program's page: {headers:?}");
    }
    for headers in good {
        assert_eq!(send(headers, Some(&token), None).await, 303, "{headers:?}");
    }
}

#[tokio::test]
async fn other_names_lead_nowhere_without_tokens() {
    let served = Served::start(Clock::manual(NOW), "").await;
    let ask = async |host: &str, path: &str| {
        let request = client().get(format!("{}{path}", served.url())).header("host", host);
        request.send().await.unwrap()
    };
    for path in ["/", "/api/v2/alerts", "/metrics", "/nowhere"] {
        let answer = ask("evil.test:9099", path).await;
        assert_eq!(answer.status(), 403, "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains("--external-url") && text.contains("slo token add"), "{text}");
    }
    for host in ["localhost:1", "slo.localhost", "127.0.0.9", "[::1]:9099", "slo.example"] {
        assert_eq!(ask(host, "/").await.status(), 200, "{host}");
    }
    // With tokens the name does not matter: no page has one.
    let token = served.service.tokens.add("ann", &[Scope::Read].into()).await.unwrap();
    let request = client().get(served.url()).header("host", "evil.test").bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_door_stays_shut_when_the_last_token_is_taken_away() {
    let served = Served::start(Clock::System, "").await;
    let status = async || client().get(served.url()).send().await.unwrap();
    assert_eq!(status().await.status(), 200);
    served.service.tokens.add("ann", &[Scope::Read].into()).await.unwrap();
    assert_eq!(status().await.status(), 401);
    served.service.tokens.revoke("ann").await.unwrap();
    let shut = status().await;
    assert_eq!(shut.status(), 401);
    assert!(shut.text().await.unwrap().contains("the last one was taken away"));
    let token = served.service.tokens.add("ben", &[Scope::Read].into()).await.unwrap();
    let open = client().get(served.url()).bearer_auth(token).send().await.unwrap();
    assert_eq!(open.status(), StatusCode::OK);
}

#[tokio::test]
async fn links_hold_under_a_prefix_and_what_is_unknown_is_said() {
    let served = Served::start(Clock::manual(NOW), "/slo").await;
    served.service.incidents.begin(incident("i 1/x", &[])).await.unwrap();
    let bare = browser().get(format!("{}/slo", served.url())).send().await.unwrap();
    assert_eq!(leads(&bare), (303, "slo/"));
    assert!(page(&served, "/slo/").await.contains("href=\"./incidents/i%201%2Fx\""));
    let text = page(&served, "/slo/incidents/i%201%2Fx").await;
    assert!(text.contains("action=\"../incidents/i%201%2Fx/acknowledge\""), "{text}");
    let taken = form(&served, "/slo/incidents/i%201%2Fx/acknowledge", &[("by", "ann")]).send().await.unwrap();
    assert_eq!(leads(&taken), (303, "../../incidents/i%201%2Fx"));
    for (path, json) in [
        ("/slo/api/slo/v1/x", true),
        ("/slo/-/x", true),
        ("/slo/x", false),
        ("/x", false),
        ("/", false),
        ("/api/x", true),
    ] {
        let answer = client().get(format!("{}{path}", served.url())).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let text = answer.text().await.unwrap();
        if json {
            let body: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(body["code"], 404);
            assert!(body["message"].as_str().unwrap().contains(path), "{text}");
        } else {
            assert!(text.starts_with("<!doctype html>") && text.contains("Not found"), "{text}");
        }
    }
}
