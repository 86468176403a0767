//! Receivers, their channels, and the mail server.

use super::super::fields::{Entry, Fields, choice, items};
use super::super::findings::Finding;
use super::Reader;
use slo_model::route::{Channel, MailTls, PAGERDUTY_EVENTS, Receiver, Smtp};

impl Reader<'_> {
    pub(super) fn smtp(&mut self, entry: Entry<'_>) -> Option<Smtp> {
        let mut fields = Fields::of(entry, "smtp", self.findings)?;
        let host =
            fields.required("host", "host: mail.example.com").and_then(|entry| self.name(entry, "`host`"));
        let ways = [("starttls", MailTls::StartTls), ("tls", MailTls::Tls), ("none", MailTls::None)];
        let tls = fields.get("tls").and_then(|entry| choice(entry, "kind of TLS", &ways, self.findings));
        let tls = tls.map_or(MailTls::StartTls, |tls| tls.value);
        let standard = match tls {
            MailTls::StartTls => 587,
            MailTls::Tls => 465,
            MailTls::None => 25,
        };
        let port = fields.get("port").and_then(|entry| self.count(entry, "`port`", 1, 65_535));
        let username = fields.get("username").and_then(|entry| self.name(entry, "`username`"));
        let password = fields.get("password").and_then(|entry| self.secret(entry, "a password"));
        let from = fields.required("from", "from: alerts@example.com").and_then(|entry| self.address(entry));
        let ca_file = fields.get("ca_file").and_then(|entry| self.name(entry, "`ca_file`"));
        fields.finish(self.findings);
        Some(Smtp {
            host: host?,
            port: port.map_or(standard, |port| port as u16),
            tls,
            username,
            password,
            from: from?,
            ca_file: ca_file.map(|file| self.folder.join(file)),
        })
    }

    pub(super) fn receiver(&mut self, entry: Entry<'_>, path: &str) -> Option<Receiver> {
        let mut fields = Fields::of(entry, "a receiver", self.findings)?;
        let name =
            self.reference(fields.required("name", "name: team-chat"), "`name`", format!("{path}.name"));
        let mut channels = Vec::new();
        let mut tried = false;
        for kind in ["email", "slack", "pagerduty", "webhook", "alertmanager_webhook"] {
            if let Some(entry) = fields.get(kind) {
                tried = true;
                channels.extend(self.channel(kind, entry));
            }
        }
        let failover = self.reference(fields.get("failover"), "`failover`", format!("{path}.failover"));
        let head = fields.head();
        let meant = fields.finish(self.findings);
        if !tried && meant.is_empty() {
            let finding = Finding::error("no-channel", head, "this receiver has no way out");
            self.findings.add(
                finding
                    .help("give it one of `email`, `slack`, `pagerduty`, `webhook`, `alertmanager_webhook`"),
            );
        }
        Some(Receiver { name: name?, channels, failover })
    }

    fn channel(&mut self, kind: &'static str, entry: Entry<'_>) -> Option<Channel> {
        let mut fields = Fields::of(entry, kind, self.findings)?;
        let channel = match kind {
            "email" => {
                let to = fields.required("to", "to: [oncall@example.com]");
                let to = to.map(|entry| self.addresses(entry)).unwrap_or_default();
                let from = fields.get("from").and_then(|entry| self.address(entry));
                (!to.is_empty()).then_some(Channel::Email { to, from })
            }
            "slack" => {
                let webhook = fields.required("webhook", "webhook: {file: /run/secrets/slack}");
                let webhook = webhook.and_then(|entry| self.secret(entry, "a Slack webhook's URL"));
                let channel = fields.get("channel").and_then(|entry| self.name(entry, "`channel`"));
                webhook.map(|webhook| Channel::Slack { webhook, channel })
            }
            "pagerduty" => {
                let key = fields.required("routing_key", "routing_key: {file: /run/secrets/pagerduty}");
                let key = key.and_then(|entry| self.secret(entry, "a routing key"));
                let url = fields.get("url").and_then(|entry| self.url(entry));
                let url = url.unwrap_or_else(|| PAGERDUTY_EVENTS.to_owned());
                key.map(|routing_key| Channel::PagerDuty { routing_key, url })
            }
            "webhook" => {
                let url =
                    fields.required("url", "url: https://example.com/hook").and_then(|entry| self.url(entry));
                let mut secrets = Vec::new();
                if let Some(entry) = fields.get("secrets") {
                    let found = items(entry, "`secrets`", self.findings);
                    if found.len() > 2 {
                        let message = "a webhook is signed with two secrets at most";
                        self.findings.add(
                            Finding::error("secret", entry.head, message)
                                .help("keep the old and the new one"),
                        );
                    }
                    for item in found {
                        secrets.extend(self.secret(item, "a webhook's secret"));
                    }
                }
                url.map(|url| Channel::Webhook { url, secrets })
            }
            _ => {
                let url =
                    fields.required("url", "url: https://example.com/hook").and_then(|entry| self.url(entry));
                url.map(|url| Channel::AlertmanagerWebhook { url })
            }
        };
        fields.finish(self.findings);
        channel
    }

    fn addresses(&mut self, entry: Entry<'_>) -> Vec<String> {
        if let super::super::node::Value::Scalar(_) = entry.node.value {
            return self.address(entry).into_iter().collect();
        }
        items(entry, "`to`", self.findings).into_iter().filter_map(|item| self.address(item)).collect()
    }

    /// A mail address. Whether it exists, only the server knows; what cannot stand in a header is refused.
    fn address(&mut self, entry: Entry<'_>) -> Option<String> {
        let address = self.name(entry, "a mail address")?;
        let bare = address.rsplit_once('<').map_or(address.as_str(), |(_, rest)| rest.trim_end_matches('>'));
        let good = bare.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && !host.is_empty() && !host.contains('@') && !bare.contains(char::is_whitespace)
        });
        if !good {
            let finding = Finding::error(
                "address",
                entry.node.span,
                format!("`{address}` is not a valid mail address"),
            );
            self.findings.add(finding.help("write e.g. oncall@example.com"));
            return None;
        }
        Some(address)
    }
}
