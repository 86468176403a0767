//! The `slo` binary.

fn main() -> std::process::ExitCode {
    slo::cli::main()
}
