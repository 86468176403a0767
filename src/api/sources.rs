//! The data sources of an engine, as people are shown them.

use slo_model::source::{Health, Sources};

/// The name of the one that is read when nothing names another.
const DEFAULT: &str = "default";

/// A source, and how it is doing.
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) health: Health,
}

/// Those that are servers of their own.
pub(super) fn asked(sources: &Sources) -> Vec<Shown> {
    let shown = |(name, source): (String, std::sync::Arc<dyn slo_model::source::Source>)| {
        let name = if name.is_empty() { DEFAULT.to_owned() } else { name };
        Some(Shown { name, place: source.place(), health: source.health()? })
    };
    sources.all().into_iter().filter_map(shown).collect()
}
