//! Real servers for the tests, on free loopback ports with temporary folders. Each is awaited rather than slept for,
//! stopped by its pid, and its log's tail is printed when the test that used it fails.
//!
//! A server lives as long as the value that holds it. One that is shared (PostgreSQL) lives until the test binary ends,
//! however it ends: see [`process::Process`] about its watchdog.
#![allow(dead_code, reason = "a server offers what some test needs or will need; not each in every build")]

pub mod alertmanager;
pub mod between;
pub mod browser;
pub mod clock;
pub mod deadline;
pub mod home;
pub mod native_histogram_target;
pub mod postgres;
pub mod process;
pub mod prometheus;
pub mod protobuf;
pub mod receiver;
pub mod remote_write;
pub mod smtp;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rand::RngExt;

/// Below Linux' range for outgoing connections (32768 and up), so that no client takes a port between our look and
/// the server's bind.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A loopback port that nobody listens on. Never the same twice in one test binary; another test binary is kept away
/// by chance only, among 12,000.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for _ in 0..10_000 {
        let port = rand::rng().random_range(PORTS);
        if !given.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            given.insert(port);
            return port;
        }
    }
    panic!("no free loopback port in {PORTS:?}");
}

/// The first of `places` that exists; otherwise a panic that says which Debian package brings it.
pub fn binary(places: &[&str], package: &str) -> PathBuf {
    places.iter().map(Path::new).find(|place| place.is_file()).map_or_else(
        || panic!("none of {places:?} is there; install it with: apt-get install {package}"),
        Path::to_path_buf,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_never_given_twice() {
        let ports: BTreeSet<u16> = (0..20).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 20);
        for port in ports {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port can be bound");
        }
    }

    #[test]
    #[should_panic(expected = "apt-get install the-package")]
    fn a_missing_binary_names_its_package() {
        binary(&["/nonexistent/server"], "the-package");
    }
}
