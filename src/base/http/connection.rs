//! A connection with deadlines: for a request's head, for silence, and for the end of the server.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How many requests of a connection are being answered; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    /// One more, until the result is dropped.
    pub(super) fn begin(&self) -> Begun {
        self.0.fetch_add(1, Ordering::Relaxed);
        Begun(self.clone())
    }

    fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Begun(UnderWay);

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection with its place among the open ones.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    under_way: UnderWay,
    idle: Duration,
    silent_until: Pin<Box<Sleep>>,
    head: Duration,
    /// While a head is awaited: until when.
    head_until: Option<Pin<Box<Sleep>>>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Closed when nothing happens on it for `idle`, when a head takes longer than `head`, and when `cut` is cancelled.
    pub(super) fn new(
        stream: TcpStream,
        (idle, head): (Duration, Duration),
        cut: CancellationToken,
        place: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            stream,
            under_way: UnderWay::default(),
            idle,
            silent_until: Box::pin(tokio::time::sleep(idle)),
            head,
            head_until: Some(Box::pin(tokio::time::sleep(head))),
            cut: Box::pin(cut.cancelled_owned()),
            _place: place,
        }
    }

    /// What counts its requests.
    pub(super) fn under_way(&self) -> UnderWay {
        self.under_way.clone()
    }

    /// Something happened: the time to be silent begins again.
    fn touch(&mut self) {
        let until = Instant::now() + self.idle;
        self.silent_until.as_mut().reset(until);
    }

    /// An error when it has been silent for too long.
    fn silence<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.silent_until
            .as_mut()
            .poll(cx)
            .map(|()| Err(timed_out("nothing happened on the connection for too long")))
    }
}

fn timed_out(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // While a request is being answered the server keeps reading, to see its client leave; so this ends it.
        if self.cut.as_mut().poll(cx).is_ready() {
            let stopped = io::Error::new(io::ErrorKind::ConnectionAborted, "the server has stopped");
            return Poll::Ready(Err(stopped));
        }
        let answering = self.under_way.any();
        if answering {
            self.head_until = None;
        }
        if let Poll::Ready(result) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            self.touch();
            if !answering && self.head_until.is_none() {
                self.head_until = Some(Box::pin(tokio::time::sleep(self.head)));
            }
            return Poll::Ready(result);
        }
        if let Some(until) = &mut self.head_until
            && until.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(timed_out("the head of a request did not arrive in time")));
        }
        self.silence(cx)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // An answer: the head before it arrived, and no other is awaited until one begins.
        self.head_until = None;
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Ready(written) => {
                self.touch();
                Poll::Ready(written)
            }
            // A client that does not read what it asked for.
            Poll::Pending => self.silence(cx),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
