//! What channels are made with.

use super::http::Http;
use super::template::Templates;

/// What channels share: the way out, the words and the engine's address.
#[derive(Clone)]
pub struct Tools {
    /// The way out for those that speak HTTP.
    pub http: Http,
    /// The words.
    pub templates: Templates,
    /// Where people reach this engine, for formats that carry it.
    pub external_url: String,
}
