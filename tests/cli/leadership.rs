//! Two `slo serve` on one PostgreSQL: one evaluates, both take alerts and deliver, and a page goes out once whichever of
//! them is killed, paused or stopped.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::serve::{Serving, of_itself, of_prometheus, total};
use super::{rules, slo};
use crate::engine::world;
use crate::servers::postgres::{self, Database};
use crate::servers::receiver::Receiver;

const LEADS: &str = "slo_engine_leads 1";
const FOLLOWS: &str = "slo_engine_leads 0";

/// An engine and its folder.
pub(super) struct Engine {
    pub(super) serving: Serving,
    pub(super) folder: TempDir,
}

impl Engine {
    pub(super) async fn start(database: &Database, routing: &str) -> Self {
        Self::reading(&world::shared().await.url(), database, routing).await
    }

    async fn reading(prometheus: &str, database: &Database, routing: &str) -> Self {
        let (folder, _) = rules(&of_prometheus("self", "0.9"));
        Self::start_in(folder, prometheus, &database.url, routing).await
    }

    pub(super) async fn start_in(folder: TempDir, prometheus: &str, database: &str, routing: &str) -> Self {
        std::fs::write(folder.path().join("routing.yaml"), routing).unwrap();
        let more = ["--database", database, "--routing", "routing.yaml", "--allow-host", "127.0.0.1"];
        let mut serving = Serving::start(folder.path(), prometheus, &more);
        serving.until("/-/healthy", |status, _| status == 200).await;
        Self { serving, folder }
    }

    pub(super) async fn leads(&mut self) {
        self.serving.until("/metrics", |_, body| body.contains(LEADS)).await;
    }

    async fn follows(&mut self) {
        self.serving.until("/metrics", |_, body| body.contains(FOLLOWS)).await;
    }

    /// Sends alerts; the status of the answer, `None` without one.
    pub(super) fn posting(&self, names: &[String]) -> impl Future<Output = Option<u16>> + Send + use<> {
        let alerts: Vec<Value> = names.iter().map(|name| json!({"labels": {"alertname": name}})).collect();
        let url = format!("{}/api/v2/alerts", self.serving.base);
        let asked = self.serving.client.post(url).timeout(Duration::from_secs(10)).json(&alerts);
        async move { asked.send().await.ok().map(|answer| answer.status().as_u16()) }
    }

    async fn page(&self, name: &str) {
        assert_eq!(self.posting(&[name.to_owned()]).await, Some(200));
    }
}

pub(super) fn routing(pager: &Receiver) -> String {
    format!(
        "receivers: [{{name: pager, webhook: {{url: '{}'}}}}]\n\
         route: {{receivers: [pager], priority: P1, group_by: [alertname], group_wait: 0s, group_interval: 1s}}\n",
        pager.url
    )
}

/// What was told: kind and alert.
fn told(receiver: &Receiver) -> Vec<(String, String)> {
    let of = |request: &crate::servers::receiver::Request| {
        let body = request.json();
        let name = body["alerts"][0]["labels"]["alertname"].as_str().unwrap_or_default().to_owned();
        (body["kind"].as_str().unwrap_or_default().to_owned(), name)
    };
    receiver.requests().iter().map(of).collect()
}

fn pages(names: &[&str]) -> Vec<(String, String)> {
    names.iter().map(|name| ("firing".to_owned(), (*name).to_owned())).collect()
}

#[tokio::test]
async fn when_one_is_killed_or_stopped_the_other_goes_on_and_tells_nothing_twice() {
    let server = of_itself().await;
    let (database, pager) = (postgres::database().await, Receiver::start().await);
    let mut one = Engine::reading(&server.url(), &database, &routing(&pager)).await;
    one.leads().await;
    let mut other = Engine::reading(&server.url(), &database, &routing(&pager)).await;
    other.follows().await;
    // It shows what the first one counts, takes alerts for it, and lists what the first one took.
    other.serving.until("/-/ready", |status, _| status == 200).await;
    one.serving.until("/api/slo/v1/status", |_, body| total(body) > 5.0).await;
    other.serving.until("/api/slo/v1/status", |_, body| total(body) > 5.0).await;
    other.page("FirstDown").await;
    pager.wait_for(1).await;
    one.page("SecondDown").await;
    pager.wait_for(2).await;
    other.serving.until("/api/v2/alerts", |_, body| body.contains("SecondDown")).await;

    one.serving.process.kill();
    other.leads().await;
    other.page("ThirdDown").await;
    pager.wait_for(3).await;

    let mut third = Engine::reading(&server.url(), &database, &routing(&pager)).await;
    third.follows().await;
    let log = other.serving.stop().await;
    assert!(log.contains("the lease is given back"), "{log}");
    third.leads().await;
    third.page("FourthDown").await;
    pager.wait_for(4).await;
    third.serving.stop().await;
    assert_eq!(told(&pager), pages(&["FirstDown", "SecondDown", "ThirdDown", "FourthDown"]));
}

#[tokio::test]
async fn one_that_wakes_up_after_its_turn_writes_nothing_and_follows() {
    let (database, pager) = (postgres::database().await, Receiver::start().await);
    let mut one = Engine::start(&database, &routing(&pager)).await;
    one.leads().await;
    let mut other = Engine::start(&database, &routing(&pager)).await;
    other.follows().await;
    one.page("FirstDown").await;
    pager.wait_for(1).await;
    one.serving.process.signal("STOP");
    other.leads().await;
    other.page("SecondDown").await;
    pager.wait_for(2).await;
    one.serving.process.signal("CONT");
    one.follows().await;
    other.leads().await;
    one.page("ThirdDown").await;
    pager.wait_for(3).await;
    let log = one.serving.stop().await;
    assert!(log.contains("the lease is lost"), "{log}");
    other.serving.stop().await;
    assert_eq!(told(&pager), pages(&["FirstDown", "SecondDown", "ThirdDown"]));
}

#[tokio::test]
async fn an_acknowledgement_at_one_stops_the_escalation_at_the_other() {
    let database = postgres::database().await;
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let routing = format!(
        "receivers:\n- {{name: first, webhook: {{url: '{}'}}}}\n- {{name: second, webhook: {{url: '{}'}}}}\n\
         escalation_policies:\n- name: policy\n  levels:\n  - {{notify: [{{receiver: first}}], timeout: 4s}}\n  \
         - {{notify: [{{receiver: second}}], timeout: 1h}}\n\
         teams: [{{name: team, page: policy}}]\n\
         route: {{team: team, priority: P1, group_by: [alertname], group_wait: 0s, group_interval: 1s}}\n",
        first.url, second.url
    );
    let mut leader = Engine::start(&database, &routing).await;
    leader.leads().await;
    let mut follower = Engine::start(&database, &routing).await;
    follower.follows().await;
    follower.page("Taken").await;
    first.wait_for(1).await;
    let incident = first.requests()[0].json()["incident"].as_str().unwrap().to_owned();
    let listed = format!("\"{incident}\"");
    follower.serving.until("/api/slo/v1/incidents", |_, body| body.contains(&listed)).await;
    let engine = follower.serving.base.clone();
    slo(follower.folder.path(), &["alerts", "ack", &incident, "--by", "ann", "--engine", &engine])
        .await
        .with(0);
    // One that comes later escalates; the one before it would have been there first.
    follower.page("Ignored").await;
    second.wait_for(1).await;
    assert_eq!(told(&second), [("escalation".to_owned(), "Ignored".to_owned())]);
    follower.serving.stop().await;
    leader.serving.stop().await;
}

#[tokio::test]
async fn a_second_engine_on_a_sqlite_file_is_refused() {
    let (folder, _) = rules(&of_prometheus("self", "0.9"));
    let server = world::shared().await.url();
    let mut serving = Serving::start(folder.path(), &server, &[]);
    serving.until("/-/healthy", |status, _| status == 200).await;
    let again = ["serve", "--rules", "slos.yaml", "--prometheus", &server, "--listen", "127.0.0.1:0"];
    let ran = slo(folder.path(), &[&again[..], &["--interval", "1"]].concat()).await.with(2);
    let said = format!("(process {})", serving.process.pid());
    assert!(ran.stderr.contains(&said) && ran.stderr.contains("use PostgreSQL"), "{}", ran.stderr);
    serving.process.kill();
    let mut serving = Serving::start(folder.path(), &server, &[]);
    serving.until("/-/ready", |status, _| status == 200).await;
    serving.stop().await;
}
