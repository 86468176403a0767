//! A server from its socket to its end.

use std::io;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::connection::UnderWay;
use super::listener::BoundedListener;

/// Serves `routes` until `shutdown`, then lets requests under way end, at most [`Limits::drain`] long. Dropping the future
/// ends it at once; in neither case does a connection outlive it.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    // Connections are tasks of their own; this ends those that are left when we leave, in whichever way.
    let cut = CancellationToken::new();
    let _cut_when_left = cut.clone().drop_guard();
    let listener = BoundedListener::new(listener, limits, cut);
    let routes = routes.into_make_service_with_connect_info::<UnderWay>();
    let serving = axum::serve(listener, routes).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let drained = async {
        shutdown.cancelled().await;
        tokio::time::sleep(limits.drain).await;
    };
    tokio::select! {
        served = serving.into_future() => served,
        () = drained => {
            tracing::warn!(seconds = limits.drain.as_secs_f64(), "requests were still under way; they are cut off");
            Ok(())
        }
    }
}
