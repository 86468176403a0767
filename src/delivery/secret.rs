//! Secrets by reference: read when a message is sent, so that a rotated one is used at once.

use secrecy::SecretString;

use slo_base::config;
use slo_base::config::source::Secret;
use slo_model::route::SecretRef;

/// The secret as it is now; what is wrong otherwise, without any of it.
pub(super) async fn read(secret: &SecretRef) -> Result<SecretString, String> {
    match secret {
        SecretRef::File(path) => Secret::File(path.clone()).read().await.map_err(|error| error.to_string()),
        SecretRef::Env(name) => config::secret(name)
            .ok_or_else(|| format!("the environment variable {name} is not set, or empty")),
    }
}
