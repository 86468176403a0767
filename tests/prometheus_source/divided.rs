//! Range queries that ask for more than a server does at once, and compressed answers.

use std::io::Write as _;
use std::process::{Command, Stdio};

use slo_core::time::short::{at, range, secs};
use slo_model::source::{Source, SourceError};
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::{json, selector, source};
use crate::servers::prometheus::{Options, Prometheus, trace, trace_file};

const DAY: i64 = 86_400;

/// Answers each step with its time, unless it is asked for more than so many seconds.
struct Limited {
    seconds: f64,
    refusal: ResponseTemplate,
}

fn field(request: &Request, name: &str) -> f64 {
    let mut form = url::form_urlencoded::parse(&request.body);
    form.find(|(known, _)| known == name).unwrap().1.parse().unwrap()
}

impl Respond for Limited {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let [start, end, step] = ["start", "end", "step"].map(|name| field(request, name));
        if end - start > self.seconds {
            return self.refusal.clone();
        }
        let count = ((end - start) / step) as i64;
        let values: Vec<String> = (0..=count)
            .map(|place| start + step * place as f64)
            .map(|time| format!("[{time},\"{time}\"]"))
            .collect();
        super::matrix(&format!("[{}]", values.join(",")))
    }
}

fn refusal(status: u16, kind: &str, message: &str) -> ResponseTemplate {
    let body = format!(r#"{{"status":"error","errorType":"{kind}","error":"{message}"}}"#);
    ResponseTemplate::new(status).set_body_raw(body, "application/json")
}

#[tokio::test]
async fn a_range_that_a_server_refuses_is_asked_for_in_smaller_pieces() {
    let slow = "timeout exceeded during query execution: 30.000 seconds";
    for refusal in [
        refusal(
            422,
            "execution",
            "query processing would load too many samples into memory in query execution",
        ),
        refusal(422, "execution", "error during time series unpacking: cannot read block"),
        refusal(400, "bad_data", "the query time range exceeds the limit (query length: 720h, limit: 92h)"),
        refusal(422, "422", slow),
        refusal(503, "timeout", "query timed out in expression evaluation"),
        ResponseTemplate::new(504).set_body_raw("<html>504 Gateway Time-out</html>", "text/html"),
    ] {
        let server = MockServer::start().await;
        let limited = Limited { seconds: 92.0 * 3600.0, refusal };
        Mock::given(any()).respond_with(limited).mount(&server).await;
        let answer = source(&server.uri()).range("a", at(300), at(30 * DAY), secs(300)).await.unwrap();
        let times: Vec<i64> = answer.data[0].samples.iter().map(|sample| sample.at.ms() / 1000).collect();
        assert_eq!(times, (1..=30 * 288).map(|step| step * 300).collect::<Vec<_>>());
        // 30 days, 15, 7.5; then 3.75 days at a time.
        assert_eq!(server.received_requests().await.unwrap().len(), 3 + 8);
    }
}

#[tokio::test]
async fn what_no_piece_is_answered_for_is_an_error_soon() {
    let many = "query processing would load too many samples into memory in query execution";
    for (refusal, want) in [
        (refusal(422, "execution", many), 14),
        (ResponseTemplate::new(504), 5),
        (refusal(422, "execution", "found duplicate series"), 1),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(refusal).mount(&server).await;
        let error = source(&server.uri()).range("a", at(300), at(30 * DAY), secs(300)).await.unwrap_err();
        let told = match want {
            14 => matches!(error, SourceError::TooLarge { .. }),
            5 => matches!(error, SourceError::Timeout { .. }) && error.is_outage(),
            _ => matches!(error, SourceError::BadQuery { .. }),
        };
        assert!(told, "{error}");
        assert_eq!(server.received_requests().await.unwrap().len(), want);
    }
}

#[tokio::test]
async fn raw_samples_that_a_gateway_gives_up_on_are_a_timeout_that_the_reader_makes_smaller() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(504)).expect(1).mount(&server).await;
    let error = source(&server.uri()).samples(&selector("a"), range(0, DAY), 10).await.unwrap_err();
    assert!(matches!(error, SourceError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn a_real_server_with_few_samples_allowed_answers_the_same() {
    let few = Options {
        openmetrics: vec![trace_file("birth.om.gz")],
        flags: vec!["--query.max-samples=300".to_owned()],
        ..Options::default()
    };
    let few = Prometheus::start(few).await;
    let (start, end) = (at(1_788_220_800), at(1_788_220_800 + 21_600));
    let ask = async |url: &str| {
        source(url).range("sum by (code) (http_requests_total)", start, end, secs(15)).await
    };
    let want = ask(&trace("birth").await.url()).await.unwrap();
    assert!(want.data.iter().map(|series| series.samples.len()).sum::<usize>() > 600);
    assert_eq!(ask(&few.url()).await.unwrap(), want);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip =
        Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    gzip.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    gzip.wait_with_output().unwrap().stdout
}

#[tokio::test]
async fn compressed_answers_are_asked_for_and_read_and_half_of_one_is_none() {
    let body = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#;
    let whole = gzip(body);
    let mut broken = whole.clone();
    broken[15] ^= 0xff;
    for (bytes, good) in [(whole.clone(), true), (whole[..whole.len() / 2].to_vec(), false), (broken, false)]
    {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200)
            .insert_header("Content-Encoding", "gzip")
            .set_body_raw(bytes, "application/json");
        Mock::given(header("accept-encoding", "gzip")).respond_with(answer).mount(&server).await;
        let answer = source(&server.uri()).instant("1", at(0)).await;
        match answer {
            Ok(answer) => assert!(good && answer.data.len() == 1),
            Err(error) => assert!(!good && error.to_string().contains("cannot be unpacked"), "{error}"),
        }
    }
    // What is unpacked is limited, not what is sent.
    let server = MockServer::start().await;
    let bomb = gzip(&format!("{{\"status\":\"{}", "x".repeat(10_000_000)));
    assert!(bomb.len() < 100_000);
    let answer = ResponseTemplate::new(200)
        .insert_header("Content-Encoding", "gzip")
        .set_body_raw(bomb, "application/json");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let mut settings = super::settings(&server.uri());
    settings.max_response_bytes = 1_000_000;
    let error = super::made(settings).instant("1", at(0)).await.unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
    // A server that does not compress is read as ever.
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(json(body)).mount(&server).await;
    assert!(source(&server.uri()).instant("1", at(0)).await.is_ok());
}
