//! A mail server that speaks SMTP (RFC 5321), keeps what it gets and fails as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

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

/// A running mail server; ends with the value.
pub struct Smtp {
    /// Its loopback port.
    pub port: u16,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    moods: VecDeque<Mood>,
    mails: Vec<Mail>,
    connections: usize,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Smtp {
    /// Takes everything until it is told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let _ = converse(stream, &state).await;
                });
            }
        });
        Self { port, state, task }
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

async fn converse(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.test ESMTP\r\n").await?;
    let (mut mail, mut mood) = (Mail::default(), None);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.to_ascii_uppercase();
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let reply = if verb.starts_with("EHLO") {
            "250-mail.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10000000"
        } else if verb.starts_with("MAIL FROM") {
            mail = Mail { from: address(), ..Mail::default() };
            mood = state.lock().unwrap().moods.pop_front();
            "250 ok"
        } else if verb.starts_with("RCPT TO") {
            mail.to.push(address());
            if let Some(Mood::Recipient(reply)) = mood { reply } else { "250 ok" }
        } else if verb.starts_with("DATA") {
            stream.write_all(b"354 go on\r\n").await?;
            if mood == Some(Mood::Reset) {
                return Ok(());
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
            return Ok(());
        } else if verb.starts_with("RSET") || verb.starts_with("NOOP") {
            "250 ok"
        } else {
            "502 not known here"
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

/// Up to the line with nothing but a dot; other dots at the start of a line were doubled.
async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
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
