//! Keeps our requests out of places that a URL must not reach: this machine, its network, the cloud's metadata service.
//!
//! A name may resolve to anything, and to something else a moment later, so addresses are judged where the connection
//! is made: [`Guard`] is the client's resolver. Addresses written into a URL never reach a resolver; those are judged
//! before each request and after each redirect ([`Guard::check`]).

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// A URL leads where it must not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Blocked(String);

/// What may be reached besides the public internet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guard {
    hosts: BTreeSet<String>,
    networks: Vec<Network>,
}

/// Addresses with a common prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: u128,
    mask: u128,
}

impl Guard {
    /// A guard that lets `allowed` pass: addresses, networks (`10.1.0.0/16`, `fd00::/8`) and host names. Fails with the
    /// entry that is none of these.
    pub fn allowing<S: AsRef<str>>(allowed: &[S]) -> Result<Self, String> {
        let mut guard = Self::default();
        for entry in allowed {
            let entry = entry.as_ref().trim();
            if let Some(network) = Network::parse(entry) {
                guard.networks.push(network);
            } else if is_host_name(entry) {
                guard.hosts.insert(entry.trim_end_matches('.').to_ascii_lowercase());
            } else {
                return Err(format!(
                    "{entry:?} is not a valid address, network or host name; write e.g. 10.1.0.0/16, fd00::/8 or hooks.example.com"
                ));
            }
        }
        Ok(guard)
    }

    /// Whether a request to `url` may be sent at all. A name passes: its addresses are judged when they are connected to.
    pub fn check(&self, url: &Url) -> Result<(), Blocked> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Blocked(format!(
                "{}: is not a web address; write http:// or https://",
                url.scheme()
            )));
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_address(address.into(), &address.to_string()),
            Some(Host::Ipv6(address)) => self.check_address(address.into(), &address.to_string()),
            Some(Host::Domain(_)) => Ok(()),
            None => Err(Blocked("it names no host".to_owned())),
        }
    }

    fn check_address(&self, address: IpAddr, named: &str) -> Result<(), Blocked> {
        let bits = bits(address);
        if is_public(address) || self.networks.iter().any(|network| network.holds(bits)) {
            return Ok(());
        }
        Err(Blocked(format!(
            "{named} is {address}, which is not on the public internet; if it is meant, start the engine with --allow-host \
             {named}"
        )))
    }

    /// The addresses of a name that may be connected to.
    fn judge(&self, name: &str, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Blocked> {
        if self.hosts.contains(&name.trim_end_matches('.').to_ascii_lowercase()) {
            return Ok(addresses);
        }
        let mut blocked = None;
        let mut good = Vec::new();
        for address in addresses {
            match self.check_address(address.ip(), name) {
                Ok(()) => good.push(address),
                Err(reason) => blocked = Some(reason),
            }
        }
        match blocked {
            Some(reason) if good.is_empty() => Err(reason),
            _ => Ok(good),
        }
    }
}

/// The resolver of a client that is guarded.
pub(super) struct GuardedResolver(pub Arc<Guard>);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(guard.judge(&name, found)?.into_iter()) as Addrs)
        })
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (width, offset) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = length.unwrap_or(width);
        if length > width {
            return None;
        }
        let mask = u128::MAX.checked_shl(128 - offset - length).unwrap_or(0);
        Some(Self { address: bits(address) & mask, mask })
    }

    fn holds(&self, bits: u128) -> bool {
        bits & self.mask == self.address
    }
}

/// An address as a number; IPv4 as its mapped IPv6 form, so that both ways to write it are one.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn is_host_name(text: &str) -> bool {
    let name = text.trim_end_matches('.');
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        })
        // A name of numbers would be a mistyped address.
        && name.chars().any(|c| c.is_ascii_alphabetic())
}

/// Whether an address is on the public internet (IANA's special-purpose registries, RFC 6890 and after).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0                                    // this network
        || a == 127                             // loopback
        || address.is_private()
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT
        || address.is_link_local()              // with 169.254.169.254
        || (a == 192 && b == 0 && c == 0)       // protocol assignments
        || (a == 192 && b == 88 && c == 99)     // 6to4 relays
        || (a == 198 && (b == 18 || b == 19))   // benchmarks
        || address.is_documentation()
        || a >= 224) // multicast, reserved, broadcast
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Addresses that stand for an IPv4 one are what that is: mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96).
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    if address.to_bits() >> 32 == 0x64_ff9b << 64 {
        return is_public_v4(Ipv4Addr::from_bits(address.to_bits() as u32));
    }
    let [a, b, ..] = address.segments();
    // Only global unicast (2000::/3); without protocol assignments and Teredo (2001::/23), documentation (2001:db8::/32,
    // 3fff::/20) and 6to4 (2002::/16), which leads to any IPv4 address.
    a & 0xe000 == 0x2000
        && !(a == 0x2001 && b < 0x200)
        && !(a == 0x2001 && b == 0xdb8)
        && a != 0x2002
        && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(guard: &Guard, url: &str) -> bool {
        guard.check(&Url::parse(url).unwrap()).is_ok()
    }

    #[test]
    fn only_the_public_internet_is_open() {
        let guard = Guard::default();
        for url in [
            "http://169.254.169.254/latest/meta-data",
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://10.0.0.1/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://100.64.0.1/",
            "http://100.127.255.255/",
            "http://224.0.0.1/",
            "http://239.1.1.1/",
            "http://255.255.255.255/",
            "http://240.0.0.1/",
            "http://192.0.0.8/",
            "http://198.18.0.1/",
            "http://203.0.113.7/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[::127.0.0.1]/",
            "http://[fc00::1]/",
            "http://[fd12:3456::1]/",
            "http://[fe80::1]/",
            "http://[fec0::1]/",
            "http://[ff02::1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::1]/",
            "http://[2001::1]/",
            "http://[2001:db8::1]/",
            "ftp://example.com/",
            "file:///etc/passwd",
        ] {
            assert!(!check(&guard, url), "{url}");
        }
        for url in [
            "https://93.184.216.34/",
            "http://172.32.0.1/",
            "http://100.128.0.1/",
            "http://[2606:4700::1111]/",
            "http://[64:ff9b::808:808]/",
            "https://hooks.slack.com/x",
        ] {
            assert!(check(&guard, url), "{url}");
        }
    }

    #[test]
    fn names_are_judged_by_what_they_resolve_to() {
        let addresses =
            |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let guard = Guard::default();
        let blocked = guard.judge("meta.example.com", addresses(&["169.254.169.254:0"])).unwrap_err();
        assert!(blocked.to_string().contains("meta.example.com is 169.254.169.254"), "{blocked}");
        let mixed = guard.judge("a.example.com", addresses(&["10.0.0.1:0", "8.8.8.8:0"])).unwrap();
        assert_eq!(mixed, addresses(&["8.8.8.8:0"]));
        let guard = Guard::allowing(&["Hooks.Internal"]).unwrap();
        assert!(guard.judge("hooks.internal.", addresses(&["10.0.0.1:0"])).is_ok());
        assert!(guard.judge("other.internal", addresses(&["10.0.0.1:0"])).is_err());
    }

    #[test]
    fn what_is_allowed_is_open_and_nothing_else() {
        let guard = Guard::allowing(&["10.1.0.0/16", "127.0.0.1", "fd00:1::/32"]).unwrap();
        for url in
            ["http://10.1.2.3/", "http://127.0.0.1:9/", "http://[::ffff:10.1.2.3]/", "http://[fd00:1::7]/"]
        {
            assert!(check(&guard, url), "{url}");
        }
        for url in ["http://10.2.0.1/", "http://127.0.0.2/", "http://[fd00:2::7]/", "http://169.254.169.254/"]
        {
            assert!(!check(&guard, url), "{url}");
        }
        assert!(check(&Guard::allowing(&["0.0.0.0/0"]).unwrap(), "http://10.0.0.1/"));
        assert!(!check(&Guard::allowing(&["0.0.0.0/0"]).unwrap(), "http://[::1]/"));
        for wrong in ["10.0.0.0/33", "10.0.0", "a b", "", "-x.example", "fd00::/129", "http://x/"] {
            assert!(Guard::allowing(&[wrong]).unwrap_err().contains("hooks.example.com"), "{wrong}");
        }
    }
}
