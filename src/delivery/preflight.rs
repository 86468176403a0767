//! What would keep messages from going out, found before there are any: secrets that cannot be read, and addresses that
//! may not be reached.

use url::Url;

use super::secret;
use super::ssrf::Guard;
use slo_model::route::{Channel, Routing, SecretRef};

/// A sentence for each. It may be temporary: a secret can still be put in its place.
pub async fn preflight(routing: &Routing, guard: &Guard) -> Vec<String> {
    let mut found = Vec::new();
    for receiver in routing.receivers() {
        for channel in &receiver.channels {
            let what = format!("receiver {:?}, {}", receiver.name, channel.kind());
            for secret in secrets(channel) {
                found.extend(unreadable(&what, secret).await);
            }
            let url = address(channel).and_then(|url| Url::parse(url).ok());
            if let Some(blocked) = url.and_then(|url| guard.check(&url).err()) {
                found.push(format!("{what}: {blocked}"));
            }
        }
    }
    if let Some(password) = routing.smtp().and_then(|smtp| smtp.password.as_ref()) {
        found.extend(unreadable("smtp", password).await);
    }
    found
}

async fn unreadable(what: &str, secret: &SecretRef) -> Option<String> {
    let problem = secret::read(secret).await.err()?;
    Some(format!("{what}: {problem}; until then its messages are refused"))
}

fn secrets(channel: &Channel) -> &[SecretRef] {
    match channel {
        Channel::Slack { webhook, .. } => std::slice::from_ref(webhook),
        Channel::PagerDuty { routing_key, .. } => std::slice::from_ref(routing_key),
        Channel::Webhook { secrets, .. } => secrets,
        Channel::Email { .. } | Channel::AlertmanagerWebhook { .. } => &[],
    }
}

/// Where it sends to, if that is no secret.
fn address(channel: &Channel) -> Option<&str> {
    match channel {
        Channel::PagerDuty { url, .. }
        | Channel::Webhook { url, .. }
        | Channel::AlertmanagerWebhook { url } => Some(url),
        Channel::Email { .. } | Channel::Slack { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_definitions::load_routing_str;

    #[tokio::test]
    async fn what_would_be_refused_is_told_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("key");
        let text = format!(
            "receivers:\n- {{name: pager, pagerduty: {{routing_key: {{file: {}}}}}}}\n\
             - {{name: hook, webhook: {{url: \"http://10.0.0.1/x\"}}}}\n\
             route: {{team: t, priority: P1}}\nteams: [{{name: t, page: p, chat: hook, mail: hook}}]\n\
             escalation_policies: [{{name: p, levels: [{{notify: [{{receiver: pager}}], timeout: 5m}}]}}]\n\
             priorities: {{P1: {{send: [page]}}, P2: {{send: [page]}}, P3: {{send: [chat]}}, P4: {{send: [mail]}}}}\n",
            secret.display()
        );
        let loaded = load_routing_str("r.yaml", &text);
        let routing = loaded.routing.as_ref().unwrap_or_else(|| panic!("{}", loaded.render()));
        let found = preflight(routing, &Guard::default()).await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("receiver \"pager\", pagerduty: ") && found[0].contains("key"),
            "{found:?}"
        );
        assert!(found[1].contains("--allow-host 10.0.0.1"), "{found:?}");
        std::fs::write(&secret, "R0UT1NG").unwrap();
        let guard = Guard::allowing(&["10.0.0.0/8"]).unwrap();
        assert_eq!(preflight(routing, &guard).await, Vec::<String>::new());
    }
}
