//! A mail server that speaks SMTP (RFC 5321), keeps what it gets and fails as it is told; plain, upgraded by STARTTLS
//! (RFC 3207) or TLS from the first byte, with AUTH PLAIN (RFC 4954) if it is to ask for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// How the next mail is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// `RCPT TO` is answered so.
    Recipient(&'static str),
    /// The end of `DATA` is answered so.
    Data(&'static str),
    /// The connection is closed in the middle of `DATA`.
    Reset,
}

/// A mail as it came.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// Who sent it, by the envelope.
    pub from: String,
    /// To whom, by the envelope.
    pub to: Vec<String>,
    /// Headers and body, lines ended by `\n`.
    pub data: String,
    /// Whether it came over TLS.
    pub encrypted: bool,
}

impl Mail {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\n\n").next()?.replace("\n ", " ");
        let prefix = format!("{}:", name.to_ascii_lowercase());
        head.lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&prefix))
            .map(|line| line[prefix.len()..].trim().to_owned())
    }
}

/// How the server talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// In the clear.
    Plain,
    /// In the clear until the client upgrades; mail only after that.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// A running mail server; ends with the value.
pub struct Smtp {
    /// Its loopback port.
    pub port: u16,
    /// Its certificate, PEM, for the address 127.0.0.1; nobody trusts it by itself.
    pub certificate: String,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    moods: VecDeque<Mood>,
    mails: Vec<Mail>,
    connections: usize,
    /// What `AUTH PLAIN` must be followed by, when the server asks for it.
    credentials: Option<&'static str>,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Smtp {
    /// Takes everything in the clear until it is told otherwise.
    pub async fn start() -> Self {
        Self::talking(Talk::Plain).await
    }

    /// Takes everything in this way until it is told otherwise.
    pub async fn talking(talk: Talk) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let tls =
            ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
        let acceptor = TlsAcceptor::from(Arc::new(tls.unwrap()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let (state, acceptor) = (Arc::clone(&shared), acceptor.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, talk, &acceptor, &state).await;
                });
            }
        });
        Self { port, certificate: cert.pem(), state, task }
    }

    /// Asks for a login from now on: `credentials` is what the client must send, in base64.
    pub fn ask_for(&self, credentials: &'static str) {
        self.state.lock().unwrap().credentials = Some(credentials);
    }

    /// Takes the next mails so, one after the other.
    pub fn script(&self, moods: impl IntoIterator<Item = Mood>) {
        self.state.lock().unwrap().moods.extend(moods);
    }

    /// What was taken.
    pub fn mails(&self) -> Vec<Mail> {
        self.state.lock().unwrap().mails.clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

async fn serve(
    stream: TcpStream,
    talk: Talk,
    acceptor: &TlsAcceptor,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    match talk {
        Talk::Plain => converse(stream, Some(GREETING), talk, state).await.map(drop),
        Talk::Tls => {
            let stream = acceptor.accept(stream).await?;
            converse(stream, Some(GREETING), talk, state).await.map(drop)
        }
        Talk::StartTls => {
            let Some(stream) = converse(stream, Some(GREETING), talk, state).await? else { return Ok(()) };
            let stream = acceptor.accept(stream).await?;
            // Both forget what was said before, and there is no second greeting.
            converse(stream, None, Talk::Tls, state).await.map(drop)
        }
    }
}

const GREETING: &str = "220 mail.test ESMTP\r\n";

/// Until the client leaves; gives the stream back when it wants to upgrade.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    greeting: Option<&str>,
    talk: Talk,
    state: &Mutex<State>,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if let Some(greeting) = greeting {
        stream.write_all(greeting.as_bytes()).await?;
        stream.flush().await?;
    }
    let (mut mail, mut mood) = (Mail::default(), None);
    let mut line = String::new();
    let credentials = state.lock().unwrap().credentials;
    let mut known = credentials.is_none();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let verb = line.to_ascii_uppercase();
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let reply = if verb.starts_with("EHLO") {
            match (talk, credentials) {
                (Talk::StartTls, _) => "250-mail.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 STARTTLS",
                (Talk::Plain | Talk::Tls, Some(_)) => {
                    "250-mail.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN"
                }
                (Talk::Plain | Talk::Tls, None) => {
                    "250-mail.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10000000"
                }
            }
        } else if verb.starts_with("STARTTLS") && talk == Talk::StartTls {
            stream.write_all(b"220 go on\r\n").await?;
            stream.flush().await?;
            return Ok(Some(stream.into_inner()));
        } else if verb.starts_with("AUTH PLAIN ") {
            known = credentials == line.split_whitespace().nth(2);
            if known { "235 welcome" } else { "535 5.7.8 wrong user or password" }
        } else if verb.starts_with("MAIL FROM") && talk == Talk::StartTls {
            "530 5.7.0 STARTTLS first"
        } else if verb.starts_with("MAIL FROM") && !known {
            "530 5.7.0 log in first"
        } else if verb.starts_with("MAIL FROM") {
            mail = Mail { from: address(), encrypted: talk == Talk::Tls, ..Mail::default() };
            mood = state.lock().unwrap().moods.pop_front();
            "250 ok"
        } else if verb.starts_with("RCPT TO") {
            mail.to.push(address());
            if let Some(Mood::Recipient(reply)) = mood { reply } else { "250 ok" }
        } else if verb.starts_with("DATA") {
            stream.write_all(b"354 go on\r\n").await?;
            stream.flush().await?;
            if mood == Some(Mood::Reset) {
                return Ok(None);
            }
            mail.data = data(&mut stream).await?;
            match mood {
                Some(Mood::Data(reply)) => reply,
                _ => {
                    state.lock().unwrap().mails.push(std::mem::take(&mut mail));
                    "250 queued as 42"
                }
            }
        } else if verb.starts_with("QUIT") {
            stream.write_all(b"221 bye\r\n").await?;
            stream.flush().await?;
            return Ok(None);
        } else if verb.starts_with("RSET") || verb.starts_with("NOOP") {
            "250 ok"
        } else {
            "502 not known here"
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        stream.flush().await?;
    }
}

/// Up to the line with nothing but a dot; other dots at the start of a line were doubled.
async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let (mut data, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line).trim_end_matches("\r\n"));
        data.push('\n');
    }
}
