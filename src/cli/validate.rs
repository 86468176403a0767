//! `slo validate`.
use super::Outcome;
#[derive(Debug, clap::Args)]
pub(super) struct Options {}
pub(super) fn run(_options: &Options) -> anyhow::Result<Outcome> {
    Ok(Outcome::Good)
}
