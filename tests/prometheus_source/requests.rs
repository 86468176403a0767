//! What we send: method, parameters, headers, and where redirects may lead.

use std::fs;

use slo_base::clock::Clock;
use slo_base::config::source::{Auth, Header, QueryMethod, Secret};
use slo_core::time::TimeRange;
use slo_core::time::short::{at, at_ms, range, secs};
use slo_model::source::{Source, SourceError};
use wiremock::matchers::{
    basic_auth, bearer_token, body_string_contains, header, method, path, query_param, query_param_is_missing,
};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{json, made, matrix, one, selector, settings, source};

#[tokio::test]
async fn a_query_is_a_form_or_in_the_url() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/prom/api/v1/query"))
        .and(query_param_is_missing("query"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string_contains("query=a%7Bb%3D%22%26%C3%A9%22%7D%5B15500ms%5D"))
        .and(body_string_contains("time=1788220815.500"))
        .respond_with(matrix(r#"[[1788220810,"1"]]"#))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/prom/api/v1/query"))
        .and(query_param("query", "a{b=\"&é\"}[15500ms]"))
        .and(query_param("time", "1788220815.500"))
        .respond_with(matrix(r#"[[1788220810,"1"]]"#))
        .expect(1)
        .mount(&server)
        .await;
    let span = TimeRange::new(at_ms(1_788_220_800_000), at_ms(1_788_220_815_500));
    for query_method in [QueryMethod::Post, QueryMethod::Get] {
        let mut settings = settings(&format!("{}/prom", server.uri()));
        settings.method = query_method;
        let answer = made(settings).samples(&selector(r#"a{b="&é"}"#), span, 10).await.unwrap();
        assert_eq!(answer.data.len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_takes_no_form_is_asked_by_get_from_then_on() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(405)).expect(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(one()).expect(3).mount(&server).await;
    let source = source(&server.uri());
    for _ in 0..3 {
        assert_eq!(source.instant("1", at(0)).await.unwrap().data.len(), 1);
    }
}

#[tokio::test]
async fn closed_and_left_open_answers_give_the_same() {
    let mut counts = Vec::new();
    // As 2.x answers `[30s]` at 30, and as 3.x does.
    for values in [r#"[[0,"1"],[15,"2"],[30,"3"]]"#, r#"[[15,"2"],[30,"3"]]"#] {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(matrix(values)).mount(&server).await;
        let answer = source(&server.uri()).samples(&selector("a"), range(0, 30), 1).await.unwrap();
        counts.push(answer.data);
    }
    assert_eq!(counts[0], counts[1]);
    assert_eq!(counts[0][0].samples.len(), 2);
}

#[tokio::test]
async fn credentials_and_headers_are_sent_and_read_anew_from_their_files() {
    let server = MockServer::start().await;
    for (token, tenant) in [("first", "team-a"), ("second", "team-b")] {
        Mock::given(bearer_token(token))
            .and(header("X-Scope-OrgID", tenant))
            .and(header("X-Fixed", "always"))
            .respond_with(one())
            .expect(1)
            .mount(&server)
            .await;
    }
    let folder = tempfile::tempdir().unwrap();
    let (token, tenant) = (folder.path().join("token"), folder.path().join("tenant"));
    let mut settings = settings(&server.uri());
    settings.auth = Auth::Bearer(Secret::File(token.clone()));
    settings.headers = vec![
        Header::parse(&format!("X-Scope-OrgID: @{}", tenant.display())).unwrap(),
        Header::parse("X-Fixed: always").unwrap(),
    ];
    let source = made(settings);
    for (now, whose) in [("first\n", "team-a"), ("second\n", "team-b")] {
        fs::write(&token, now).unwrap();
        fs::write(&tenant, whose).unwrap();
        assert!(source.instant("1", at(0)).await.is_ok());
    }
}

#[tokio::test]
async fn a_password_in_the_url_is_sent_but_never_shown() {
    let server = MockServer::start().await;
    Mock::given(basic_auth("ann", "s3cret/"))
        .respond_with(ResponseTemplate::new(500))
        .expect(4)
        .mount(&server)
        .await;
    let source = source(&server.uri().replace("://", "://ann:s3cret%2F@"));
    let error = source.instant("1", at(0)).await.unwrap_err();
    for shown in [error.to_string(), format!("{error:?}"), format!("{source:?}"), source.place()] {
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("127.0.0.1"), "{shown}");
    }
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_host_with_form_and_credentials() {
    let server = MockServer::start().await;
    Mock::given(path("/api/v1/query"))
        .respond_with(ResponseTemplate::new(301).insert_header("Location", "/new/api/v1/query"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/new/api/v1/query"))
        .and(method("POST"))
        .and(bearer_token("t"))
        .and(body_string_contains("query=1"))
        .respond_with(one())
        .expect(1)
        .mount(&server)
        .await;
    let mut settings = settings(&server.uri());
    settings.auth = Auth::Bearer(Secret::value("t"));
    assert!(made(settings).instant("1", at(0)).await.is_ok());
}

#[tokio::test]
async fn redirects_to_another_place_and_round_in_circles_are_not_followed() {
    let other = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(one()).expect(0).mount(&other).await;
    let elsewhere = format!("{}/login?token=1", other.uri());
    for (location, said) in [
        (elsewhere.as_str(), "another place"),
        ("/api/v1/query", "redirects more than"),
        ("http://[", "not a URL"),
    ] {
        let server = MockServer::start().await;
        let redirect = ResponseTemplate::new(307).insert_header("Location", location);
        Mock::given(method("POST")).respond_with(redirect).mount(&server).await;
        let error = source(&server.uri()).instant("1", at(0)).await.unwrap_err();
        assert!(matches!(&error, SourceError::Malformed { reason, .. } if reason.contains(said)), "{error}");
        assert!(!error.to_string().contains("token"), "{error}");
    }
}

#[tokio::test]
async fn label_names_are_one_segment_of_the_path_whatever_is_in_them() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/v1/label/a%2Fb%20c/values"))
        .and(query_param("match[]", "m"))
        .and(query_param("start", "1.001"))
        .and(query_param("end", "2.000"))
        .respond_with(json(r#"{"status":"success","data":["x"],"warnings":["partial"]}"#))
        .expect(1)
        .mount(&server)
        .await;
    let answer = source(&server.uri()).label_values(&selector("m"), "a/b c", range(1, 2)).await.unwrap();
    assert_eq!((answer.data, answer.warnings), (vec!["x".to_owned()], vec!["partial".to_owned()]));
}

#[tokio::test]
async fn servers_name_themselves_or_are_called_compatible() {
    let info = |body: &str| json(&format!(r#"{{"status":"success","data":{body}}}"#));
    for (answer, want) in [
        (info(r#"{"application":"Grafana Mimir","version":"2.17.0","features":{}}"#), "Grafana Mimir 2.17.0"),
        (info(r#"{"version":"2.42.0","goVersion":"go1.19"}"#), "Prometheus 2.42.0"),
        (info("{}"), "Prometheus-compatible server"),
        (ResponseTemplate::new(404).set_body_string("404 page not found"), "Prometheus-compatible server"),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/api/v1/status/buildinfo")).respond_with(answer).expect(1).mount(&server).await;
        Mock::given(path("/api/v1/query")).respond_with(one()).mount(&server).await;
        assert_eq!(source(&server.uri()).version().await.unwrap(), want);
    }
}

#[tokio::test]
async fn parameters_of_the_sources_url_are_sent_with_every_request() {
    for query_method in [QueryMethod::Post, QueryMethod::Get] {
        let server = MockServer::start().await;
        let kept = || {
            |request: &wiremock::Request| {
                let sent: Vec<_> = request.url.query_pairs().into_owned().collect();
                let sent = |name: &str, value: &str| sent.contains(&(name.to_owned(), value.to_owned()));
                sent("deny_partial_response", "1") && sent("extra_label", "team=a b")
            }
        };
        let redirect = ResponseTemplate::new(301).insert_header("Location", "/new/api/v1/query");
        Mock::given(path("/prom/api/v1/query"))
            .and(kept())
            .respond_with(redirect)
            .expect(1)
            .mount(&server)
            .await;
        Mock::given(path("/new/api/v1/query")).and(kept()).respond_with(one()).expect(1).mount(&server).await;
        let values = json(r#"{"status":"success","data":["x"]}"#);
        Mock::given(path("/prom/api/v1/label/a/values"))
            .and(kept())
            .and(query_param("match[]", "m"))
            .respond_with(values)
            .expect(1)
            .mount(&server)
            .await;
        let info = json(r#"{"status":"success","data":{"version":"2.24.0"}}"#);
        Mock::given(path("/prom/api/v1/status/buildinfo"))
            .and(kept())
            .respond_with(info)
            .expect(1)
            .mount(&server)
            .await;
        let mut settings =
            settings(&format!("{}/prom/?deny_partial_response=1&extra_label=team%3Da+b", server.uri()));
        settings.method = query_method;
        let source = made(settings);
        assert_eq!(source.instant("1", at(0)).await.unwrap().data.len(), 1);
        assert_eq!(source.label_values(&selector("m"), "a", range(1, 2)).await.unwrap().data, ["x"]);
        assert!(source.version().await.is_ok());
        assert!(!source.place().contains('?'), "{}", source.place());
    }
}

/// As `VictoriaMetrics` answers: what is asked about the last seconds, as of 30 s ago, unless `latency_offset` says less; and
/// the moment that it names is the one that was asked for all the same.
struct Late {
    /// It does as the parameter says.
    obeys: bool,
}

impl wiremock::Respond for Late {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let field =
            |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let lifted = self.obeys && field("latency_offset") == Some("1ms");
        let now = Clock::System.now().as_seconds_f64();
        let value = if lifted { now } else { now - 30.0 };
        json(&format!(
            r#"{{"status":"success","isPartial":false,"data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[{now:.3},"{value:.3}"]}}]}}}}"#
        ))
    }
}

#[tokio::test]
async fn a_latency_offset_is_found_out_and_switched_off_or_told() {
    for obeys in [true, false] {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(Late { obeys }).mount(&server).await;
        let source = source(&server.uri());
        let now = Clock::System.now();
        // Long ago is not asked about.
        assert!(source.instant("time()", at(0)).await.unwrap().warnings.is_empty());
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
        for question in 1..=2 {
            let answer = source.instant("time()", now).await.unwrap();
            let ago = (now.as_seconds_f64() - answer.data[0].value).abs();
            if obeys {
                assert!(ago < 15.0 && answer.warnings.is_empty(), "{ago} {:?}", answer.warnings);
            } else {
                assert!(answer.warnings[0].contains("--settle 30 or more"), "{:?}", answer.warnings);
            }
            // Found out once.
            assert_eq!(server.received_requests().await.unwrap().len(), 3 + question);
        }
        assert!(source.server_time_skew().await.unwrap().abs() < secs(15));
    }
}

#[tokio::test]
async fn a_source_without_a_latency_offset_is_not_sent_the_parameter() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(one()).mount(&server).await;
    assert!(source(&server.uri()).instant("1", Clock::System.now()).await.is_ok());
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| !String::from_utf8_lossy(&request.body).contains("latency")));
}

#[tokio::test]
async fn partial_and_downsampled_answers_say_so() {
    let vector = r#""data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}"#;
    for (partial, told) in [("true", true), ("false", false), ("null", false)] {
        let server = MockServer::start().await;
        let body = format!(r#"{{"status":"success","isPartial":{partial},{vector}}}"#);
        Mock::given(method("POST")).respond_with(json(&body)).mount(&server).await;
        let answer = source(&server.uri()).instant("a", at(0)).await.unwrap();
        assert_eq!(answer.warnings.iter().any(|text| text.contains("isPartial")), told, "{partial}");
        assert_eq!(answer.partial, told, "{partial}");
    }
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(matrix(r#"[[7,"0"],[299.999,"1"],[599.999,"2"]]"#))
        .mount(&server)
        .await;
    let said = |warnings: Vec<String>| warnings.iter().any(|text| text.contains("downsampled"));
    let plain = source(&server.uri());
    assert!(said(plain.samples(&selector("a"), range(0, 600), 1).await.unwrap().warnings));
    assert!(!said(plain.range("a", at(0), at(600), secs(60)).await.unwrap().warnings));
    let asking = source(&format!("{}?max_source_resolution=5m", server.uri()));
    assert!(said(asking.range("a", at(0), at(600), secs(60)).await.unwrap().warnings));
}
