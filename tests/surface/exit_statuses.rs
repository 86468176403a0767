//! The exit statuses of commands: 0 the answer is good, 1 it is bad, 2 there is none.

use std::fmt::Write as _;

use super::assert_golden;
use crate::upgrade::{Golden, REOPENED, program, reopened};

/// Run in a folder with the database of an earlier build, its definitions and routing, and invalid variants of these.
/// `ENGINE` stands for the address of an engine and a valid token.
const COMMANDS: [&str; 90] = [
    "--version",
    "--help",
    "",
    "nonsense",
    "validate slos.yaml rules.yaml",
    "validate wrong.yaml",
    "validate nowhere.yaml",
    "validate --format yaml",
    "status --rules slos.yaml --database sqlite://slo.db --at 2026-09-21T10:00:30Z",
    "status --rules search.yaml --database sqlite://slo.db --at 2026-09-21T10:00:30Z",
    "status --rules search.yaml --database sqlite://slo.db --at 2026-09-21T10:00:30Z --strict",
    "status --rules search.yaml --database sqlite://slo.db --at 2020-01-01T00:00:00Z",
    "status --rules search.yaml --database sqlite://none.db",
    "status --rules search.yaml --database mysql://none",
    "status --rules search.yaml --prometheus http://127.0.0.1:1",
    "status --rules search.yaml --prometheus 127.0.0.1:1",
    "status --rules search.yaml --prometheus http://127.0.0.1:1 --database sqlite://slo.db",
    "status --rules search.yaml",
    "status --rules search.yaml --database sqlite://slo.db --at yesterday",
    "status --rules wrong.yaml --database sqlite://slo.db",
    "status --rules nowhere.yaml --database sqlite://slo.db",
    "status --rules rules.yaml --database sqlite://slo.db",
    "recount --rules slos.yaml --slo nobody --from 2026-09-21T08:00:00Z --prometheus http://127.0.0.1:1",
    "recount --rules search.yaml --slo search --from 2026-09-21T08:00:00Z --prometheus http://127.0.0.1:1",
    "recount --rules search.yaml --slo search --from 2026-09-21T08:00:00Z --database sqlite://none.db --prometheus http://127.0.0.1:1",
    "recount --rules search.yaml --slo search --from yesterday --prometheus http://127.0.0.1:1",
    "recount --rules wrong.yaml --slo search --from 2026-09-21T08:00:00Z --prometheus http://127.0.0.1:1",
    "recount --slo search",
    "serve --rules slos.yaml",
    "serve --rules wrong.yaml --prometheus http://127.0.0.1:1 --listen 127.0.0.1:0 --database sqlite://new.db",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --listen 127.0.0.1:0 --database sqlite://new.db --routing wrong-routing.yaml",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --listen 127.0.0.1:0 --database sqlite://new.db --burn-rate rules.yaml",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --listen 0.0.0.0:0 --database sqlite://new.db",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --listen 127.0.0.1:0 --database sqlite://new.db --interval 7",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --listen 127.0.0.1:0 --database sqlite://no/such/folder/slo.db",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --listen 127.0.0.1:0 --database sqlite://slo.db",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --listen nowhere",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --prometheus-user eve",
    "serve --rules slos.yaml --prometheus http://127.0.0.1:1 --log loud=loud",
    "up --rules wrong.yaml",
    "up --rules slos.yaml --rate 0",
    "up --rules slos.yaml --fault sometimes",
    "alerts list ENGINE",
    "alerts list --all --format json ENGINE",
    "alerts list --engine http://127.0.0.1:1",
    "alerts list ENGINE --token-file none",
    "alerts list ENGINE --token-file wrong-token",
    "alerts ack nobody ENGINE",
    "alerts ack",
    "alerts mark nobody great ENGINE",
    "alerts note nobody text ENGINE",
    "alerts resolve nobody ENGINE",
    "alerts why nobody ENGINE",
    "silence list ENGINE",
    "silence list --expired --format json ENGINE",
    "silence preview alertname=Down ENGINE",
    "silence add alertname=Down ENGINE",
    "silence add alertname=Later --by eve --comment x --start 2026-09-23T00:00:00Z ENGINE",
    "silence add alertname=Later --by eve --comment x --for 90d ENGINE",
    "silence add alertname=Later --by eve --comment x --for long ENGINE",
    "silence add ENGINE",
    "silence expire nobody ENGINE",
    "silence expire 00000000-0000-4000-8000-000000000000 ENGINE",
    "silence list --engine http://127.0.0.1:1",
    "token list --database sqlite://slo.db",
    "token list --database sqlite://none.db",
    "token add operator --scope read --database sqlite://slo.db",
    "token add eve --scope everything --database sqlite://slo.db",
    "token add eve --database sqlite://slo.db",
    "token add eve --scope read,silence --database sqlite://slo.db",
    "token revoke eve --database sqlite://slo.db",
    "token revoke nobody --database sqlite://slo.db",
    "route check --routing routing.yaml",
    "route check --routing wrong-routing.yaml",
    "route check --routing nowhere.yaml",
    "route check",
    "route test priority=P1 --routing routing.yaml",
    "route test priority=P1 --routing wrong-routing.yaml",
    "route test priority --routing routing.yaml",
    "route test --routing routing.yaml",
    "oncall now --routing routing.yaml",
    "oncall now --routing routing.yaml --at 2020-01-01T00:00:00Z",
    "oncall now nights --routing routing.yaml",
    "oncall next --routing routing.yaml --format json",
    "oncall calendar primary --routing routing.yaml",
    "generate alertmanager --routing routing.yaml",
    "gate --service nobody ENGINE",
    "gate --service nobody --fail-open ENGINE",
    "gate --service nobody --policy none.yaml --fail-open ENGINE",
    "gate",
];

#[tokio::test]
async fn exit_statuses_of_slo() {
    let known = Golden::Sqlite.expected()["known"].take();
    let (setup, _database) = Golden::Sqlite.open(&program()).await;
    let engine = reopened(&setup, &known).await;
    let file = |name: &str| setup.folder.path().join(name);
    let slos = std::fs::read_to_string(file("slos.yaml")).unwrap();
    std::fs::write(file("wrong.yaml"), slos.replace("target:", "tarrget:")).unwrap();
    let search = slos.split("---\n").find(|document| document.contains("name: search")).unwrap();
    std::fs::write(file("search.yaml"), search).unwrap();
    let routing = std::fs::read_to_string(file("routing.yaml")).unwrap();
    std::fs::write(file("wrong-routing.yaml"), routing.replace("team: shop", "team: nobody")).unwrap();
    std::fs::write(file("wrong-token"), "slo_0123").unwrap();
    let mut text = String::new();
    for command in COMMANDS {
        let engine_options = ["--engine", &engine.base, "--token-file", "token"];
        let engine_options =
            if command.contains("--token-file") { &engine_options[..2] } else { &engine_options[..] };
        let arguments = command
            .split_whitespace()
            .flat_map(|word| if word == "ENGINE" { engine_options.to_vec() } else { vec![word] });
        let (status, _) = setup.run(REOPENED, &arguments.collect::<Vec<_>>()).await;
        writeln!(text, "{status}  slo {command}").unwrap();
    }
    engine.stop().await;
    assert_golden("exit-statuses.txt", &text);
}
