//! A listener that bounds what connections can cost: so many at once, none that is silent for long, and all of them
//! ended when the server gives up waiting for them.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Accepts while fewer than the limit are open; the rest wait in the socket's backlog.
#[derive(Debug)]
pub struct BoundedListener {
    inner: TcpListener,
    permits: Arc<Semaphore>,
    idle: Duration,
    cut: CancellationToken,
}

impl BoundedListener {
    /// At most `connections` at once, each closed when nothing arrives on it for `idle`, and all when `cut` is
    /// cancelled, whatever they are doing.
    pub fn new(inner: TcpListener, connections: usize, idle: Duration, cut: CancellationToken) -> Self {
        let permits = Arc::new(Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS)));
        Self { inner, permits, idle, cut }
    }
}

impl Listener for BoundedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        // The semaphore is never closed; without a permit the connection would merely be unbounded.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.inner).await;
        // Answers are small and written at once; waiting for more to send only delays them.
        drop(stream.set_nodelay(true));
        let silent_until = Box::pin(tokio::time::sleep(self.idle));
        let cut = Box::pin(self.cut.clone().cancelled_owned());
        (Connection { stream, idle: self.idle, silent_until, cut, _permit: permit }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}

/// A connection with its place among the open ones.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    idle: Duration,
    silent_until: Pin<Box<Sleep>>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Something happened: the time to be silent begins again.
    fn touch(&mut self) {
        let until = Instant::now() + self.idle;
        self.silent_until.as_mut().reset(until);
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // While a request is being answered the server keeps reading, to see its client leave; so this ends it.
        if self.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the server has stopped",
            )));
        }
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(result) => {
                self.touch();
                Poll::Ready(result)
            }
            Poll::Pending => self.silent_until.as_mut().poll(cx).map(|()| {
                Err(io::Error::new(io::ErrorKind::TimedOut, "nothing arrived on the connection for too long"))
            }),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_ready() {
            self.touch();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn listener(
        connections: usize,
        idle: Duration,
        cut: CancellationToken,
    ) -> (BoundedListener, SocketAddr) {
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = inner.local_addr().unwrap();
        (BoundedListener::new(inner, connections, idle, cut), address)
    }

    #[tokio::test]
    async fn a_further_connection_waits_until_one_is_closed() {
        let (mut listener, address) = listener(1, Duration::from_mins(1), CancellationToken::new()).await;
        let _one = TcpStream::connect(address).await.unwrap();
        let _two = TcpStream::connect(address).await.unwrap();
        let (first, _) = listener.accept().await;
        let mut second = std::pin::pin!(listener.accept());
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn a_silent_connection_is_closed() {
        let (mut listener, address) = listener(1, Duration::from_millis(20), CancellationToken::new()).await;
        let _silent = TcpStream::connect(address).await.unwrap();
        let (mut connection, _) = listener.accept().await;
        let error = connection.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
    #[tokio::test]
    async fn connections_end_when_they_are_cut() {
        let cut = CancellationToken::new();
        let (mut listener, address) = listener(1, Duration::from_mins(1), cut.clone()).await;
        let _open = TcpStream::connect(address).await.unwrap();
        let (mut connection, _) = listener.accept().await;
        let mut byte = [0];
        let mut reading = std::pin::pin!(connection.read(&mut byte));
        assert!(futures::poll!(reading.as_mut()).is_pending());
        cut.cancel();
        assert_eq!(reading.await.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}
