//! What a server may answer instead of an answer, and how often it is asked.

use slo_core::time::short::{at, at_ms, ms, range};
use slo_model::source::{Source, SourceError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{json, one, selector, source};

/// Asks once against a server that always answers so, and tells the error and how many requests there were.
async fn failing(answer: ResponseTemplate) -> (SourceError, usize) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let error = source(&server.uri()).instant("up", at(0)).await.unwrap_err();
    assert!(error.to_string().contains(&server.uri()), "{error}");
    (error, server.received_requests().await.unwrap().len())
}

fn error(status: u16, kind: &str, message: &str) -> ResponseTemplate {
    let body = format!(r#"{{"status":"error","errorType":"{kind}","error":"{message}"}}"#);
    ResponseTemplate::new(status).set_body_raw(body, "application/json")
}

#[tokio::test]
async fn refusals_are_final_and_told_apart() {
    for status in [401, 403] {
        let (error, requests) = failing(ResponseTemplate::new(status).set_body_string("no org id")).await;
        assert!(matches!(error, SourceError::Unauthorized { status: s, .. } if s == status), "{error}");
        assert!(!error.is_outage());
        assert_eq!(requests, 1);
    }
    for (status, kind) in [(400, "bad_data"), (422, "execution")] {
        let (error, requests) = failing(error(status, kind, "no such function")).await;
        assert!(
            matches!(&error, SourceError::BadQuery { reason, query, .. } if reason == "no such function" && query == "up"),
            "{error}"
        );
        assert_eq!(requests, 1);
    }
    let many = "query processing would load too many samples into memory in query execution";
    let (too_large, requests) = failing(error(422, "execution", many)).await;
    assert!(matches!(too_large, SourceError::TooLarge { .. }), "{too_large}");
    assert_eq!(requests, 1);
    let (not_there, requests) =
        failing(ResponseTemplate::new(404).set_body_string("404 page not found")).await;
    assert!(matches!(not_there, SourceError::Malformed { .. }), "{not_there}");
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn what_may_pass_is_asked_four_times_and_what_would_not_once() {
    let (limited, requests) = failing(ResponseTemplate::new(429)).await;
    assert!(matches!(limited, SourceError::RateLimited { .. }), "{limited}");
    assert_eq!(requests, 4);
    for status in [500, 502, 503, 504] {
        let (error, requests) = failing(ResponseTemplate::new(status).set_body_string("<h1>busy</h1>")).await;
        assert!(
            matches!(&error, SourceError::Unavailable { status: s, reason, .. } if *s == status && reason == "<h1>busy</h1>"),
            "{error}"
        );
        assert!(error.is_outage());
        assert_eq!(requests, 4);
    }
    // A query that took too long there would take as long again.
    let (timeout, requests) =
        failing(error(503, "timeout", "query timed out in expression evaluation")).await;
    assert!(matches!(timeout, SourceError::Timeout { .. }), "{timeout}");
    assert_eq!(requests, 1);
    // A server that wants to be left alone for an hour is.
    let (limited, requests) = failing(ResponseTemplate::new(429).insert_header("Retry-After", "3600")).await;
    assert!(matches!(limited, SourceError::RateLimited { .. }), "{limited}");
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn a_server_that_asks_for_a_rest_gets_it_from_all_questions() {
    let server = MockServer::start().await;
    let limited = ResponseTemplate::new(429).insert_header("Retry-After", "3600");
    Mock::given(any()).respond_with(limited).mount(&server).await;
    let source = source(&server.uri());
    for query in ["up", "up", "other"] {
        let error = source.instant(query, at(0)).await.unwrap_err();
        assert!(matches!(error, SourceError::RateLimited { .. }), "{error}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_failure_that_passes_is_not_seen() {
    for failure in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(429).insert_header("Retry-After", "0"),
        ResponseTemplate::new(429).insert_header("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ResponseTemplate::new(500).insert_header("Retry-After", "nonsense"),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(failure).up_to_n_times(2).expect(2).mount(&server).await;
        Mock::given(any()).respond_with(one()).expect(1).mount(&server).await;
        assert_eq!(source(&server.uri()).instant("1", at(0)).await.unwrap().data.len(), 1);
    }
}

#[tokio::test]
async fn answers_that_are_not_the_apis_are_quoted_shortly_and_harmlessly() {
    let html = ResponseTemplate::new(200).set_body_raw("<!DOCTYPE html><title>Sign in</title>", "text/html");
    let binary =
        ResponseTemplate::new(200).set_body_raw(b"\x00\x01\x1b[2J".to_vec(), "application/x-protobuf");
    for (answer, said) in [
        (html, "an HTML page: <!DOCTYPE html>"),
        (binary, r"application/x-protobuf"),
        (ResponseTemplate::new(200), "empty"),
        (ResponseTemplate::new(204), "empty"),
        (json(r#"{"status":"success","data":{"resultType":"vector","result":[{"met"#), "ends in the middle"),
        (json(r#"{"status":"success"}"#), "without data"),
        (json(r#"{"status":"odd","data":{"resultType":"vector","result":[]}}"#), "odd"),
        (json(r#"{"status":"success","data":{"resultType":"tensor","result":[]}}"#), "tensor"),
        (json(r#"{"status":"success","data":{"resultType":"vector","result":7}}"#), "7"),
        (json(r#"["not","this"]"#), "not the API's JSON"),
        (json(&format!(r#"{{"status":"{}"#, "x".repeat(100_000))), "ends in the middle"),
    ] {
        let (error, requests) = failing(answer).await;
        assert!(
            matches!(&error, SourceError::Malformed { reason, .. } if reason.contains(said)),
            "{said}: {error}"
        );
        let text = error.to_string();
        assert!(text.len() < 1000 && !text.contains(|c: char| c.is_control()), "{text}");
        assert!(text.contains("/api/v1"), "{text}");
        assert_eq!(requests, 1, "{said}");
    }
}

#[tokio::test]
async fn an_error_with_status_200_is_an_error() {
    let (error, _) = failing(error(200, "bad_data", "parse error")).await;
    assert!(matches!(error, SourceError::BadQuery { .. }), "{error}");
}

#[tokio::test]
async fn a_vector_in_place_of_raw_samples_is_refused() {
    let server = MockServer::start().await;
    let vector = json(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#);
    Mock::given(any()).respond_with(vector).mount(&server).await;
    let error = source(&server.uri()).samples(&selector("a"), range(0, 1), 1).await.unwrap_err();
    assert!(matches!(&error, SourceError::Malformed { reason, .. } if reason.contains("vector")), "{error}");
    let error = source(&server.uri()).range("a", at_ms(0), at_ms(1), ms(1)).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{error}");
    let error = source(&server.uri()).server_time_skew().await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{error}");
}

#[tokio::test]
async fn warnings_and_infos_come_with_the_answer_and_are_bounded() {
    let warnings: Vec<String> =
        (0..100).map(|number| format!("\"store {number} is\\u001b[31m away\"")).collect();
    let body = format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[1,"NaN"]}}]}},"warnings":[{}],"infos":["more"]}}"#,
        warnings.join(",")
    );
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(json(&body)).mount(&server).await;
    let answer = source(&server.uri()).instant("a", at(0)).await.unwrap();
    assert!(answer.data[0].value.is_nan());
    assert_eq!(answer.warnings.len(), 20);
    assert_eq!(answer.warnings[0], r"store 0 is\u{1b}[31m away");
}
