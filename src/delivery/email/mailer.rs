//! The mail server: one pool of connections for all receivers, made anew when its password or certificate changed.

use std::net::IpAddr;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::super::channel::{Answer, Verdict};
use super::super::outbox::excerpt;
use super::super::secret;
use slo_model::route::{MailTls, Smtp};

/// How long the server may take for one step of the conversation.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Connections at once; a mail server counts them per client.
const CONNECTIONS: u32 = 4;
/// A connection that nobody used for so long is closed.
const IDLE: Duration = Duration::from_mins(1);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// The server that all mail goes through.
pub struct Mailer {
    smtp: Smtp,
    from: Mailbox,
    /// With the files it was made with.
    transport: Mutex<Option<(Files, Transport)>>,
}

/// What stands in files of its own and may be rotated.
struct Files {
    password: Option<SecretString>,
    ca: Option<Vec<u8>>,
}

impl Files {
    fn same(&self, other: &Self) -> bool {
        let exposed = |files: &Self| files.password.as_ref().map(|text| text.expose_secret().to_owned());
        self.ca == other.ca && exposed(self) == exposed(other)
    }
}

impl Mailer {
    /// Nothing is connected to yet. Fails when the settings cannot work.
    pub fn new(smtp: Smtp) -> Result<Self, String> {
        // lettre uses the process' provider; all of this program uses the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let from = smtp.from.parse().map_err(|error| {
            format!("from: {:?} is not a valid mail address ({error}); write name@example.com", smtp.from)
        })?;
        if smtp.tls == MailTls::None && !is_this_machine(&smtp.host) {
            return Err(format!(
                "tls: without TLS anybody on the way to {} can read and change mail; use starttls or tls, or a relay on \
                 this machine",
                smtp.host
            ));
        }
        if smtp.username.is_some() != smtp.password.is_some() {
            return Err("a user and a password belong together; set both or none".to_owned());
        }
        Ok(Self { smtp, from, transport: Mutex::new(None) })
    }

    /// The sender of mail whose receiver names none.
    pub(super) fn from(&self) -> Mailbox {
        self.from.clone()
    }

    /// Sends one mail and returns what the server said.
    pub(super) async fn send(&self, message: Message) -> Answer {
        let transport = match self.current().await {
            Ok(transport) => transport,
            Err(problem) => return Answer::refused(problem),
        };
        match transport.send(message).await {
            Ok(response) => Answer {
                verdict: Verdict::Accepted,
                status: Some(response.code().into()),
                excerpt: excerpt(&response.message().collect::<Vec<_>>().join(" ")),
            },
            Err(error) => judge(&error),
        }
    }

    /// The pool for the files as they are now.
    async fn current(&self) -> Result<Transport, String> {
        let files = self.files().await?;
        let mut kept = self.transport.lock().await;
        if let Some((with, transport)) = kept.as_ref()
            && with.same(&files)
        {
            return Ok(transport.clone());
        }
        let transport = self.build(&files)?;
        *kept = Some((files, transport.clone()));
        Ok(transport)
    }

    async fn files(&self) -> Result<Files, String> {
        let password = match &self.smtp.password {
            Some(reference) => Some(
                secret::read(reference)
                    .await
                    .map_err(|problem| format!("the mail server's password: {problem}"))?,
            ),
            None => None,
        };
        let ca = match &self.smtp.ca_file {
            Some(path) => Some(tokio::fs::read(path).await.map_err(|error| {
                format!("the mail server's certificates: cannot read {}: {error}", path.display())
            })?),
            None => None,
        };
        Ok(Files { password, ca })
    }

    fn build(&self, files: &Files) -> Result<Transport, String> {
        let parameters = || {
            let mut parameters = TlsParameters::builder(self.smtp.host.clone());
            if let Some(ca) = &files.ca {
                // lettre takes a file without any for an empty list.
                if !String::from_utf8_lossy(ca).contains("-----BEGIN CERTIFICATE-----") {
                    return Err(
                        "the mail server's certificates: the file has none; write them as PEM".to_owned()
                    );
                }
                let certificate = Certificate::from_pem(ca)
                    .map_err(|error| format!("the mail server's certificates: {error}; write them as PEM"))?;
                parameters = parameters.add_root_certificate(certificate);
            }
            parameters.build().map_err(|error| format!("TLS cannot be set up: {error}"))
        };
        let tls = match self.smtp.tls {
            MailTls::StartTls => Tls::Required(parameters()?),
            MailTls::Tls => Tls::Wrapper(parameters()?),
            MailTls::None => Tls::None,
        };
        let pool = PoolConfig::new().min_idle(0).max_size(CONNECTIONS).idle_timeout(IDLE);
        let mut builder = Transport::builder_dangerous(self.smtp.host.clone())
            .port(self.smtp.port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .pool_config(pool);
        if let (Some(user), Some(password)) = (&self.smtp.username, &files.password) {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(builder.build())
    }
}

/// A 5xx is for good, a 4xx and anything without an answer may pass.
fn judge(error: &Error) -> Answer {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let said = cause.to_string();
        if !reason.contains(&said) {
            reason = format!("{reason}: {said}");
        }
        source = cause.source();
    }
    let reason = excerpt(&reason);
    let status = error.status().map(u16::from);
    let verdict = if error.is_permanent() || error.is_client() {
        Verdict::Refused(reason.clone())
    } else {
        Verdict::Retry { asked: None, reason: reason.clone() }
    };
    Answer { verdict, excerpt: if status.is_some() { reason } else { String::new() }, status }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
