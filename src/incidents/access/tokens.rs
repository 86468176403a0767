//! API tokens: random, so that a plain hash of one is safe to keep; the token itself is shown once.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use rand::RngExt;
use sha2::{Digest, Sha256};

use crate::access::audit;
use crate::sequence;
use slo_base::clock::Clock;
use slo_base::store::{Store, StoreError};
use slo_core::text::hex;

/// What every token begins with, so that scanners find one that leaked.
const PREFIX: &str = "slo_";

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Sending alerts.
    Ingest,
    /// Reading everything.
    Read,
    /// Adding and ending silences.
    Silence,
    /// Acknowledging, resolving, noting, marking.
    Acknowledge,
    /// Everything.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Ingest, Self::Read, Self::Silence, Self::Acknowledge, Self::Admin];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Silence => "silence",
            Self::Acknowledge => "acknowledge",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| {
            format!("{text:?} is not a valid scope; write ingest, read, silence, acknowledge or admin")
        })
    }
}

/// Whose token it is and what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub name: String,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
}

impl Holder {
    /// Whether it allows `scope`.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }
}

/// The tokens there are. Clones are the same.
#[derive(Clone)]
pub struct Tokens {
    store: Store,
    clock: Clock,
    known: Arc<RwLock<BTreeMap<String, Holder>>>,
    /// There was one since these were opened.
    met: Arc<AtomicBool>,
}

impl Tokens {
    /// Reads the hashes.
    pub async fn open(store: Store, clock: Clock) -> Result<Self, StoreError> {
        let tokens = Self { store, clock, known: Arc::default(), met: Arc::default() };
        tokens.refresh().await?;
        Ok(tokens)
    }

    /// Makes a token; it is returned and kept nowhere. A token of the same name is replaced.
    pub async fn add(&self, name: &str, scopes: &BTreeSet<Scope>) -> Result<String, StoreError> {
        let random: [u8; 32] = rand::rng().random();
        let token = format!("{PREFIX}{}", hex(&random));
        let listed: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let (listed, now) = (listed.join(","), self.clock.now());
        let mut writing = sequence::begin(&self.store).await?;
        writing.execute("DELETE FROM api_token WHERE name = $1", vec![name.into()]).await?;
        let args = vec![hash(&token).into(), name.into(), listed.as_str().into(), now.into()];
        writing.execute(include_str!("../sql/add_token.sql"), args).await?;
        audit::add(&mut writing, now, "admin", "token_added", name, &listed).await?;
        writing.commit().await?;
        self.refresh().await?;
        Ok(token)
    }

    /// Takes a token away; whether there was one.
    pub async fn revoke(&self, name: &str) -> Result<bool, StoreError> {
        let mut writing = sequence::begin(&self.store).await?;
        let gone = writing.execute("DELETE FROM api_token WHERE name = $1", vec![name.into()]).await?;
        if gone > 0 {
            audit::add(&mut writing, self.clock.now(), "admin", "token_revoked", name, "").await?;
        }
        writing.commit().await?;
        self.refresh().await?;
        Ok(gone > 0)
    }

    /// Whose token this is.
    pub fn holder(&self, token: &str) -> Option<Holder> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&hash(token)).cloned()
    }

    /// Everybody who has one, by name.
    pub fn all(&self) -> Vec<Holder> {
        let mut all: Vec<Holder> =
            self.known.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether whoever asks has to show one. It stays so when the last one is taken away: whose token was revoked must not
    /// find the door open.
    pub fn are_needed(&self) -> bool {
        self.met.load(Ordering::Acquire)
    }

    /// Reads what others added or took away.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let rows: Vec<(String, String, String)> =
            self.store.fetch("SELECT hash, name, scopes FROM api_token", Vec::new()).await?;
        let known = rows.into_iter().map(|(hash, name, scopes)| {
            // A scope that this version does not know allows nothing.
            let scopes = scopes.split(',').filter_map(|scope| scope.parse().ok()).collect();
            (hash, Holder { name, scopes })
        });
        let known: BTreeMap<String, Holder> = known.collect();
        if !known.is_empty() {
            self.met.store(true, Ordering::Release);
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }
}

/// SHA-256, in hexadecimal digits.
pub(crate) fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_base::store::ENGINE;

    #[tokio::test]
    async fn a_token_opens_what_it_is_for_until_it_is_revoked() {
        let database = Store::open("sqlite::memory:", &ENGINE).await.unwrap();
        let tokens = Tokens::open(database.clone(), Clock::manual(0)).await.unwrap();
        assert!(tokens.is_empty() && !tokens.are_needed());
        let token = tokens.add("prometheus", &[Scope::Ingest].into()).await.unwrap();
        let holder = tokens.holder(&token).unwrap();
        assert!(holder.may(Scope::Ingest) && !holder.may(Scope::Read));
        assert!(tokens.holder("slo_x").is_none());
        let rows: Vec<(String,)> = database.fetch("SELECT hash FROM api_token", Vec::new()).await.unwrap();
        assert!(!rows[0].0.contains(token.trim_start_matches(PREFIX)));
        let admin = tokens.add("root", &[Scope::Admin].into()).await.unwrap();
        assert!(tokens.holder(&admin).unwrap().may(Scope::Silence));
        assert!(tokens.revoke("prometheus").await.unwrap());
        assert!(tokens.holder(&token).is_none() && !tokens.revoke("prometheus").await.unwrap());
        assert!(tokens.revoke("root").await.unwrap());
        assert!(tokens.is_empty() && tokens.are_needed());
    }
}
