//! The `slo` binary: parse, dispatch.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    slo::cli::main().await
}
