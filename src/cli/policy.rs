//! Where the error-budget policy is.

use std::path::{Path, PathBuf};

use clap::Args;

use super::out::errln;
use slo_definitions::{SHIPPED_POLICY, load_policy, policy_str, render};
use slo_model::policy::BudgetPolicy;

/// Where it is when nobody says.
const POLICY: &str = "alerts/policy.yaml";

/// Which policy.
#[derive(Debug, Clone, Args)]
pub(super) struct PolicyFile {
    /// The error-budget policy; alerts/policy.yaml when it is there, or else the one that ships
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
}

impl PolicyFile {
    /// The policy and where it stands, for people; `None` with its findings printed.
    pub(super) fn read(&self) -> Option<(String, BudgetPolicy)> {
        let usual = Path::new(POLICY);
        let (place, read) = match self.policy.as_deref().or_else(|| usual.exists().then_some(usual)) {
            Some(path) => (path.display().to_string(), load_policy(path)),
            None => ("the policy that ships".to_owned(), policy_str(POLICY, SHIPPED_POLICY)),
        };
        for finding in &read.diagnostics {
            errln!("{}", render(finding));
        }
        Some((place, read.policy?))
    }
}
