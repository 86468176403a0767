//! The one integration-test binary.

mod house;
mod platform;
mod servers;
