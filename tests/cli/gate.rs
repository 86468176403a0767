//! `slo gate`: may it be released?

use super::serve::{Serving, of_itself, of_prometheus, total};
use super::{rules, slo};
use crate::engine::world::{self, of_requests, rolling};

/// 7 of 86,377 requests are bad: of this target's budget -5.6 % or 18.9 % is left.
fn births(target: &str) -> String {
    of_requests("births", "job=\"births\"", &rolling("1d"), "")
        .replace("target: 0.9", &format!("target: {target}"))
}

#[tokio::test]
async fn a_spent_budget_closes_it_and_an_exception_opens_it_again() {
    let url = world::shared().await.url();
    let (folder, file) = rules(&births("0.9999"));
    let arguments = |more: &[&'static str]| -> Vec<String> {
        let all = ["gate", "--service", "shop", "--rules", "slos.yaml", "--prometheus", &url];
        let all = all.into_iter().chain(["--at", "2026-03-08T18:00:00Z"]).chain(more.iter().copied());
        all.map(str::to_owned).collect()
    };
    let gate = async |more: &[&'static str]| {
        let arguments = arguments(more);
        slo(folder.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
    };
    let open = gate(&[]).await.with(0);
    assert_eq!(open.stdout, "open: shop: 1 budget known, the least left is 18.9% of births\n");
    let explained = gate(&["--explain"]).await.with(0).stdout;
    assert!(explained.contains("births  18.9% left of 1d, 7 of 9 bad events allowed"), "{explained}");
    assert!(explained.contains("asks for review: rule budget-low, births has 18.9% left"), "{explained}");

    std::fs::write(&file, births("0.99992")).unwrap();
    let closed = gate(&[]).await.with(1);
    let said = "closed: shop: rule budget-spent: births has -1.4% of its 1d budget left (7 of 7 bad events allowed)\n";
    assert_eq!(closed.stdout, said);
    let json = gate(&["--format", "json"]).await.with(1).json();
    assert_eq!((&json["state"], &json["demands"][0]["action"]), (&"closed".into(), &"freeze".into()));

    let policy = "rules:\n- {name: spent, budget_left_at_most: 0, actions: [freeze]}\nexceptions:\n\
                  - {services: [shop], action: freeze, until: 2026-03-09T00:00:00Z, reason: the fix, approved_by: Ada}\n";
    std::fs::create_dir(folder.path().join("alerts")).unwrap();
    std::fs::write(folder.path().join("alerts/policy.yaml"), policy).unwrap();
    let excepted = gate(&[]).await.with(0).stdout;
    assert!(excepted.contains("agreed by Ada: the fix"), "{excepted}");
    std::fs::write(folder.path().join("alerts/policy.yaml"), policy.replace("2026-03-09", "2026-03-08"))
        .unwrap();
    gate(&[]).await.with(1);
    std::fs::write(folder.path().join("alerts/policy.yaml"), policy.replace("freeze]", "freez]")).unwrap();
    let wrong = gate(&["--fail-open"]).await.with(2);
    assert!(
        wrong.stderr.contains("alerts/policy.yaml:2:") && wrong.stderr.contains("did you mean `freeze`"),
        "{}",
        wrong.stderr
    );
}

#[tokio::test]
async fn what_cannot_be_known_is_2_unless_somebody_chooses_otherwise() {
    let (folder, _) = rules(&births("0.9999"));
    for (more, said) in [
        (&["--engine", "http://127.0.0.1:1"][..], "no engine answers at http://127.0.0.1:1"),
        (&["--rules", "slos.yaml", "--prometheus", "http://127.0.0.1:1"], "births: "),
        (&["--rules", "slos.yaml", "--database", "sqlite://none.db"], "there is no such file"),
    ] {
        let all: Vec<&str> = ["gate", "--service", "shop"].into_iter().chain(more.iter().copied()).collect();
        let unknown = slo(folder.path(), &all).await.with(2);
        assert!(
            unknown.stdout.starts_with("unknown: shop: ") && unknown.stdout.contains(said),
            "{}",
            unknown.stdout
        );
        let all: Vec<&str> = all.into_iter().chain(["--fail-open"]).collect();
        let open = slo(folder.path(), &all).await.with(0);
        assert!(open.stderr.contains("--fail-open"), "{}", open.stderr);
    }
}

#[tokio::test]
async fn a_running_engine_is_asked() {
    let server = of_itself().await;
    let (folder, _) = rules(&of_prometheus("self", "0.9"));
    let mut serving = Serving::start(folder.path(), &server.url(), &[]);
    serving.until("/api/slo/v1/status", |_, body| total(body) > 20.0).await;
    let ask = async |service: &str| {
        let empty = tempfile::tempdir().unwrap();
        slo(empty.path(), &["gate", "--service", service, "--engine", &serving.base]).await
    };
    let open = ask("shop").await.with(0);
    assert!(open.stdout.starts_with("open: shop: 1 budget known, the least left is "), "{}", open.stdout);
    let unknown = ask("shpo").await.with(2);
    assert!(
        unknown.stdout.contains("no objective of the service shpo; did you mean shop?"),
        "{}",
        unknown.stdout
    );
    serving.stop().await;
}
