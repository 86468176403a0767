//! Links that acknowledge an incident: signed, for one person and one incident, until a moment; what is stored is a hash.

use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::Sha256;

use crate::access::tokens::hash;
use crate::sequence;
use slo_base::clock::Clock;
use slo_base::store::{Fault, Store, StoreError, WriteTransaction};
use slo_core::text::{hex, unhex};
use slo_core::time::Timestamp;

/// The longest token that is read.
const LONGEST: usize = 2048;

/// Why a link does not acknowledge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nobody here made it.
    #[error("this link is not valid; use the one from the newest message")]
    Forged,
    /// Its time is over.
    #[error("this link has expired; use the one from the newest message, or `slo alerts ack`")]
    Expired,
    /// The database refused.
    #[error(transparent)]
    Database(#[from] StoreError),
}

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The incident.
    pub incident: String,
    /// The person, e.g. `ann`.
    pub person: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Makes and checks links.
#[derive(Clone)]
pub struct Links {
    store: Store,
    clock: Clock,
    key: [u8; 32],
}

impl Links {
    /// Reads the key, or makes it: it is the same on every engine of one database.
    pub async fn open(store: Store, clock: Clock) -> Result<Self, StoreError> {
        let random: [u8; 32] = rand::rng().random();
        let args = vec!["acknowledge".into(), hex(&random).into()];
        store.execute(include_str!("../sql/add_secret.sql"), args).await?;
        let rows: Vec<(String,)> =
            store.fetch("SELECT value FROM desk_secret WHERE name = $1", vec!["acknowledge".into()]).await?;
        let stored = rows.first().and_then(|row| unhex(&row.0));
        let key = stored.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
            store.error(Fault::Damaged("its key for acknowledge links is not a key".to_owned()))
        })?;
        Ok(Self { store, clock, key })
    }

    /// A new link's token. The same link has the same token.
    pub async fn issue(&self, link: &Link) -> Result<String, StoreError> {
        let tokens = self.issue_all(std::slice::from_ref(link)).await?;
        Ok(tokens.into_iter().next().unwrap_or_default())
    }

    /// Tokens of new links, in order.
    pub async fn issue_all(&self, links: &[Link]) -> Result<Vec<String>, StoreError> {
        let mut writing = sequence::begin(&self.store).await?;
        let tokens = self.issue_in(&mut writing, links).await?;
        writing.commit().await?;
        Ok(tokens)
    }

    /// The same in a transaction that does more.
    pub async fn issue_in(
        &self,
        writing: &mut WriteTransaction,
        links: &[Link],
    ) -> Result<Vec<String>, StoreError> {
        let (mut tokens, mut rows) = (Vec::with_capacity(links.len()), Vec::with_capacity(links.len()));
        for link in links {
            let payload = format!("{}\n{}\n{}", link.expires_at.ms(), link.person, link.incident);
            let token =
                format!("{}.{}", hex(payload.as_bytes()), hex(&self.mac(&payload).finalize().into_bytes()));
            rows.push(vec![
                hash(&token).into(),
                link.incident.as_str().into(),
                link.person.as_str().into(),
                link.expires_at.into(),
            ]);
            tokens.push(token);
        }
        let put = "INSERT INTO acknowledge_link (hash, incident, person, expires_at) {rows} \
                   ON CONFLICT (hash) DO NOTHING";
        writing.insert(put, rows).await?;
        Ok(tokens)
    }

    /// What a token is for, if it was issued here, is for just that and has not expired.
    pub async fn check(&self, token: &str) -> Result<Link, LinkError> {
        let link = self.signed(token).ok_or(LinkError::Forged)?;
        if link.expires_at <= self.clock.now() {
            return Err(LinkError::Expired);
        }
        let sql = "SELECT incident, person, expires_at FROM acknowledge_link WHERE hash = $1";
        let rows: Vec<(String, String, i64)> = self.store.fetch(sql, vec![hash(token).into()]).await?;
        let stored = rows.into_iter().next().map(|(incident, person, expires_at)| {
            let expires_at = Timestamp::from_ms(expires_at);
            Link { incident, person, expires_at }
        });
        match stored {
            Some(stored) if stored == link => Ok(link),
            Some(_) | None => Err(LinkError::Forged),
        }
    }

    /// Forgets links that have expired.
    pub async fn collect_garbage(&self) -> Result<(), StoreError> {
        let sql = "DELETE FROM acknowledge_link WHERE expires_at <= $1";
        self.store.execute(sql, vec![self.clock.now().into()]).await.map(drop)
    }

    fn signed(&self, token: &str) -> Option<Link> {
        if token.len() > LONGEST {
            return None;
        }
        let (payload, signature) = token.split_once('.')?;
        let payload = String::from_utf8(unhex(payload)?).ok()?;
        // In constant time.
        self.mac(&payload).verify_slice(&unhex(signature)?).ok()?;
        let mut parts = payload.splitn(3, '\n');
        let expires_at = Timestamp::from_ms(parts.next()?.parse().ok()?);
        let person = parts.next()?.to_owned();
        Some(Link { incident: parts.next()?.to_owned(), person, expires_at })
    }

    fn mac(&self, payload: &str) -> Hmac<Sha256> {
        // As long as a block, so that any key of ours fits without being hashed first.
        let mut key = [0_u8; 64];
        for (to, from) in key.iter_mut().zip(self.key) {
            *to = from;
        }
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(b"acknowledge\n");
        mac.update(payload.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_base::store::ENGINE;

    #[tokio::test]
    async fn only_what_was_issued_and_has_not_expired_is_taken() {
        let clock = Clock::manual(1000);
        let database = Store::open("sqlite::memory:", &ENGINE).await.unwrap();
        let links = Links::open(database.clone(), clock.clone()).await.unwrap();
        let link = Link {
            incident: "i/1\n2".to_owned(),
            person: "ann".to_owned(),
            expires_at: Timestamp::from_ms(2000),
        };
        let token = links.issue(&link).await.unwrap();
        assert_eq!(links.check(&token).await, Ok(link.clone()));
        let again = Links::open(database.clone(), clock.clone()).await.unwrap();
        assert_eq!(again.check(&token).await, Ok(link));
        for forged in ["", ".", "x.y", &token.replace('.', ".0"), &format!("{token}00"), &token[2..], "é.é"]
        {
            assert_eq!(links.check(forged).await, Err(LinkError::Forged), "{forged}");
        }
        let mut flipped = token.clone().into_bytes();
        flipped[3] ^= 1;
        assert_eq!(links.check(&String::from_utf8(flipped).unwrap()).await, Err(LinkError::Forged));
        clock.set_ms(2000);
        assert_eq!(links.check(&token).await, Err(LinkError::Expired));
        clock.set_ms(1500);
        database.execute("DELETE FROM acknowledge_link", Vec::new()).await.unwrap();
        assert_eq!(links.check(&token).await, Err(LinkError::Forged));
    }
}
