//! An HTTP receiver that fails as it is told, writes down what it gets, and can drop what it has already by its key.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// With this status and body.
    Status(u16, &'static str),
    /// With this status and `Retry-After`.
    RetryAfter(u16, &'static str),
    /// With a 200 that promises more body than comes; then the connection is reset.
    ResetInBody,
    /// Not at all: the connection is reset.
    Reset,
    /// With a 200, once [`Receiver::release`] lets it.
    Hold,
    /// To another place.
    Redirect(u16, String),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The path.
    pub path: String,
    /// Headers, names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// It was answered with a whole 200.
    pub taken: bool,
}

impl Request {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Inner {
    script: Mutex<VecDeque<Reaction>>,
    always: Mutex<Option<Reaction>>,
    requests: Mutex<Vec<Request>>,
    arrived: Notify,
}

/// A running receiver; ends with the value.
pub struct Receiver {
    /// `http://127.0.0.1:PORT/hook`
    pub url: String,
    inner: Arc<Inner>,
    gate: Arc<Semaphore>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Answers with 200 until it is told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (inner, gate) = (Arc::new(Inner::default()), Arc::new(Semaphore::new(0)));
        let (shared, held) = (Arc::clone(&inner), Arc::clone(&gate));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (inner, gate) = (Arc::clone(&shared), Arc::clone(&held));
                tokio::spawn(async move {
                    let _ = serve(stream, &inner, &gate).await;
                });
            }
        });
        Self { url, inner, gate, task }
    }

    /// Answers the next requests so, one after the other.
    pub fn script(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.inner.script.lock().unwrap().extend(reactions);
    }

    /// Answers so whatever is not scripted; `None` is 200.
    pub fn always(&self, reaction: Option<Reaction>) {
        *self.inner.always.lock().unwrap() = reaction;
    }

    /// Lets so many held requests go.
    pub fn release(&self, requests: usize) {
        self.gate.add_permits(requests);
    }

    /// Everything that came.
    pub fn requests(&self) -> Vec<Request> {
        self.inner.requests.lock().unwrap().clone()
    }

    /// What was answered with 200.
    pub fn taken(&self) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.taken).collect()
    }

    /// The keys of what was answered with 200, each once, as a receiver has them that drops what it knows.
    pub fn keys(&self) -> BTreeSet<String> {
        self.taken().iter().map(|request| request.headers["idempotency-key"].clone()).collect()
    }

    /// Waits until `count` requests came.
    pub async fn wait_for(&self, count: usize) {
        let waiting = async {
            loop {
                let arrived = self.inner.arrived.notified();
                if self.inner.requests.lock().unwrap().len() >= count {
                    return;
                }
                arrived.await;
            }
        };
        super::deadline::watch();
        let came = tokio::time::timeout(super::deadline::PATIENCE, waiting).await;
        assert!(came.is_ok(), "{} of {count} requests came", self.requests().len());
    }
}

async fn serve(stream: TcpStream, inner: &Inner, gate: &Semaphore) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut request =
        Request { path: String::new(), headers: BTreeMap::new(), body: Vec::new(), taken: false };
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    request.path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            // Whoever sent it was killed in the middle of it.
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = request.headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body).await?;
    let scripted = inner.script.lock().unwrap().pop_front();
    let reaction =
        scripted.or_else(|| inner.always.lock().unwrap().clone()).unwrap_or(Reaction::Status(200, "ok"));
    request.taken = matches!(reaction, Reaction::Status(200, _) | Reaction::Hold);
    inner.requests.lock().unwrap().push(request);
    inner.arrived.notify_waiters();
    answer(&mut stream, reaction, gate).await
}

async fn answer(
    stream: &mut BufReader<TcpStream>,
    reaction: Reaction,
    gate: &Semaphore,
) -> std::io::Result<()> {
    let whole = |status: u16, header: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\n{header}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let text = match reaction {
        Reaction::Status(status, body) => whole(status, "", body),
        Reaction::RetryAfter(status, after) => whole(status, &format!("Retry-After: {after}\r\n"), "later"),
        Reaction::Redirect(status, to) => whole(status, &format!("Location: {to}\r\n"), ""),
        Reaction::Hold => {
            gate.acquire().await.unwrap().forget();
            whole(200, "", "ok")
        }
        Reaction::ResetInBody => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_owned(),
        Reaction::Reset => String::new(),
    };
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await
}
