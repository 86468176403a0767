//! A listener that bounds what connections can cost: so many at once, none that is silent or slow for long, and all of them
//! ended when the server gives up waiting for them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::connection::{Connection, UnderWay};

/// Accepts while fewer than the limit are open; the rest wait in the socket's backlog.
#[derive(Debug)]
pub(super) struct BoundedListener {
    inner: TcpListener,
    places: Arc<Semaphore>,
    limits: Limits,
    cut: CancellationToken,
}

impl BoundedListener {
    /// Connections by these limits; all end when `cut` is cancelled, whatever they are doing.
    pub(super) fn new(inner: TcpListener, limits: Limits, cut: CancellationToken) -> Self {
        let places = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
        Self { inner, places, limits, cut }
    }
}

impl Listener for BoundedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        // The semaphore is never closed; without a permit the connection would merely be unbounded.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.inner).await;
        // Answers are small and written at once; waiting for more to send only delays them.
        drop(stream.set_nodelay(true));
        let patience = (self.limits.idle, self.limits.head);
        (Connection::new(stream, patience, self.cut.clone(), place), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}

impl Connected<IncomingStream<'_, BoundedListener>> for UnderWay {
    fn connect_info(stream: IncomingStream<'_, BoundedListener>) -> Self {
        stream.io().under_way()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn listener(
        connections: usize,
        idle: Duration,
        cut: CancellationToken,
    ) -> (BoundedListener, SocketAddr) {
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = inner.local_addr().unwrap();
        let limits = Limits { connections, idle, ..Limits::default() };
        (BoundedListener::new(inner, limits, cut), address)
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
    async fn a_head_that_trickles_in_is_not_waited_for_and_a_request_under_way_is() {
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = inner.local_addr().unwrap();
        let limits = Limits { head: Duration::from_millis(40), ..Limits::default() };
        let mut listener = BoundedListener::new(inner, limits, CancellationToken::new());
        let mut client = TcpStream::connect(address).await.unwrap();
        let (mut connection, _) = listener.accept().await;
        let under_way = connection.under_way();
        client.write_all(b"GE").await.unwrap();
        assert_eq!(connection.read_u8().await.unwrap(), b'G');
        let begun = under_way.begin();
        let reading = tokio::time::timeout(2 * limits.head, connection.read(&mut [0; 8])).await;
        assert_eq!(reading.unwrap().unwrap(), 1, "what is under way has the deadlines of a request");
        drop(begun);
        client.write_all(b"T").await.unwrap();
        assert_eq!(connection.read_u8().await.unwrap(), b'T');
        let error = connection.read_u8().await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().contains("head")), (io::ErrorKind::TimedOut, true));
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
