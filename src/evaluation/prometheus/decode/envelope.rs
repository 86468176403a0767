//! The envelope around every answer: `{"status": …, "data": …, "errorType": …, "error": …, "warnings": […]}`, and
//! `"isPartial": true` of `VictoriaMetrics`.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::prometheus::partial::is_of_missing_data;

/// What `VictoriaMetrics` says of an answer without the data of a storage node that is away.
const PARTIAL: &str = "the answer is partial (isPartial), a storage node is away: events are missing; deny_partial_response=1 in the source's URL refuses such answers";

/// An answer, of whatever `data`.
#[derive(Debug)]
pub(in crate::prometheus) struct Envelope<T> {
    /// `success` or `error`.
    pub status: String,
    /// What was asked for.
    pub data: Option<T>,
    /// The kind of error, e.g. `bad_data`; empty without one.
    pub error_type: String,
    /// The error in words; empty without one.
    pub error: String,
    /// That it is partial, when it says so; then warnings, then infos.
    pub warnings: Vec<String>,
    /// Data may be missing, by the flag or by a warning.
    pub partial: bool,
}

impl<T> Envelope<Option<T>> {
    /// Null data is no data.
    pub(super) fn flatten(self) -> Envelope<T> {
        let Self { status, data, error_type, error, warnings, partial } = self;
        Envelope { status, data: data.flatten(), error_type, error, warnings, partial }
    }
}

/// Decodes an envelope whose data the inner seed decodes.
pub(super) struct EnvelopeSeed<S>(pub S);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Status,
    Data,
    ErrorType,
    Error,
    Warnings,
    Infos,
    IsPartial,
    #[serde(other)]
    Other,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for EnvelopeSeed<S> {
    type Value = Envelope<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for EnvelopeSeed<S> {
    type Value = Envelope<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with \"status\" and \"data\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut seed = Some(self.0);
        let mut status = None;
        let (mut data, mut error_type, mut error) = (None, None::<String>, None::<String>);
        let (mut warnings, mut infos) = (None::<Vec<String>>, None::<Vec<String>>);
        let mut partial = false;
        while let Some(key) = map.next_key()? {
            match key {
                Key::Status => status = Some(map.next_value()?),
                Key::Data => {
                    let seed = seed.take().ok_or_else(|| Error::duplicate_field("data"))?;
                    data = Some(map.next_value_seed(seed)?);
                }
                Key::ErrorType => error_type = map.next_value()?,
                Key::Error => error = map.next_value()?,
                Key::Warnings => warnings = map.next_value()?,
                Key::Infos => infos = map.next_value()?,
                Key::IsPartial => partial |= map.next_value::<Option<bool>>()?.unwrap_or_default(),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let mut all: Vec<String> = partial.then(|| PARTIAL.to_owned()).into_iter().collect();
        let warnings = warnings.unwrap_or_default();
        partial |= warnings.iter().any(|warning| is_of_missing_data(warning));
        all.extend(warnings);
        all.extend(infos.unwrap_or_default());
        Ok(Envelope {
            status: status.ok_or_else(|| Error::missing_field("status"))?,
            data,
            error_type: error_type.unwrap_or_default(),
            error: error.unwrap_or_default(),
            warnings: all,
            partial,
        })
    }
}
