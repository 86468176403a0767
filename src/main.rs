//! The `slo` binary: parse, dispatch.

fn main() {}
