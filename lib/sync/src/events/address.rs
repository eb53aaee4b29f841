//! Which addresses events may be sent to: public ones only, so that nobody can have ledgerbridge look around in the
//! network that it runs in.
//!
//! A name is resolved when an endpoint is saved, and again whenever a connection is made, so that it cannot lead
//! elsewhere in between.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};

/// A resolver that takes longer has no answer.
const LOOKUP_TIME: Duration = Duration::from_secs(3);

/// Whether endpoints may be on this very machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// They may not.
    Refused,
    /// They may, for a stack on a developer's machine.
    Allowed,
}

/// Why events are not sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is not https.
    NotHttps,
    /// It has a user name or a password.
    Credentials,
    /// It is not on the public internet, or its name leads to somewhere that is not.
    NotPublic,
    /// Its name cannot be resolved.
    Unresolvable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttps => "the address is not https",
            Self::Credentials => "the address has a user name",
            Self::NotPublic => "the address is not public",
            Self::Unresolvable => "the name cannot be resolved",
        })
    }
}

impl StdError for Refusal {}

/// Checks an address as it is written, and where its name leads just now.
pub(super) async fn check(url: &Url, loopback: Loopback) -> Result<(), Refusal> {
    check_written(url, loopback)?;
    match url.host() {
        Some(Host::Domain(name)) => resolve(name, loopback).await.map(drop),
        _ => Ok(()),
    }
}

/// Checks an address as it is written.
pub(super) fn check_written(url: &Url, loopback: Loopback) -> Result<(), Refusal> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err(Refusal::NotHttps),
    };
    let own_machine =
        address.map_or(url.host_str() == Some("localhost"), |it| it.to_canonical().is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if own_machine && loopback == Loopback::Allowed => {}
        _ => return Err(Refusal::NotHttps),
    }
    match address {
        Some(address) if !may_be_called(address, loopback) => Err(Refusal::NotPublic),
        _ => Ok(()),
    }
}

/// The addresses of a name. One that may not be called spoils them all: an honest name has none such.
async fn resolve(name: &str, loopback: Loopback) -> Result<Vec<SocketAddr>, Refusal> {
    let found = timeout(LOOKUP_TIME, lookup_host((name, 0))).await;
    let Ok(Ok(found)) = found else { return Err(Refusal::Unresolvable) };
    let found: Vec<SocketAddr> = found.collect();
    match found.iter().all(|address| may_be_called(address.ip(), loopback)) {
        _ if found.is_empty() => Err(Refusal::Unresolvable),
        true => Ok(found),
        false => Err(Refusal::NotPublic),
    }
}

fn may_be_called(address: IpAddr, loopback: Loopback) -> bool {
    let address = address.to_canonical();
    let own_machine = loopback == Loopback::Allowed && address.is_loopback();
    own_machine
        || match address {
            IpAddr::V4(address) => is_public(address),
            IpAddr::V6(address) => is_public_v6(address),
        }
}

/// <https://www.iana.org/assignments/iana-ipv4-special-registry>
fn is_public(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        // This network, loopback, multicast, reserved, broadcast.
        (0 | 127 | 224.., _, _)
        // Private networks.
        | (10, _, _) | (172, 16..=31, _) | (192, 168, _)
        // Shared by carriers; link-local, where clouds tell machines their secrets; protocols; old relays.
        | (100, 64..=127, _) | (169, 254, _) | (192, 0, 0) | (192, 88, 99)
        // Documentation and benchmarks.
        | (192, 0, 2) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113)
    )
}

/// Only what is allotted to the public, without the special parts of that; and what a translator makes of a public
/// address of version 4.
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        // Protocols and tunnels, documentation, and 6to4, which hides an address of version 4.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => {
            false
        }
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Resolves names for connections, and refuses those that lead somewhere else than in public.
#[derive(Debug)]
pub(super) struct PublicNames(pub(super) Loopback);

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.0;
        Box::pin(async move {
            let found = resolve(name.as_str(), loopback).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_may_be_called() {
        for (address, expected) in [
            ("8.8.8.8", true),
            ("1.1.1.1", true),
            ("172.15.255.255", true),
            ("172.32.0.1", true),
            ("100.63.255.255", true),
            ("100.128.0.1", true),
            ("223.255.255.255", true),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("169.254.170.2", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("198.51.100.7", false),
            ("203.0.113.7", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("2001:4860:4860::8888", true),
            ("64:ff9b::808:808", true),
            ("64:ff9b::a9fe:a9fe", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b:1::808:808", false),
            ("::ffff:8.8.8.8", true),
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:10.0.0.1", false),
            ("::", false),
            ("::1", false),
            ("::808:808", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:10::1", false),
            ("2001:db8::1", false),
            ("2002:808:808::1", false),
            ("2002:7f00:1::1", false),
            ("3fff::1", false),
            ("5f00::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!(may_be_called(parsed, Loopback::Refused), expected, "{address}");
            let allowed = may_be_called(parsed, Loopback::Allowed);
            let own_machine = parsed.to_canonical().is_loopback();
            assert_eq!(allowed, expected || own_machine, "{address} on a developer's machine");
        }
    }

    #[test]
    fn an_address_is_refused_as_it_is_written() {
        use Refusal::{Credentials, NotHttps, NotPublic};
        for (url, refused, allowed) in [
            ("https://host.example/hooks?x=1", Ok(()), Ok(())),
            ("https://host.example:8443", Ok(()), Ok(())),
            ("https://8.8.8.8/", Ok(()), Ok(())),
            ("http://host.example/", Err(NotHttps), Err(NotHttps)),
            ("http://8.8.8.8/", Err(NotHttps), Err(NotHttps)),
            ("ftp://host.example/", Err(NotHttps), Err(NotHttps)),
            ("https://user@host.example/", Err(Credentials), Err(Credentials)),
            ("https://:word@host.example/", Err(Credentials), Err(Credentials)),
            ("https://127.0.0.1/", Err(NotPublic), Ok(())),
            ("https://[::1]:1/", Err(NotPublic), Ok(())),
            ("http://127.0.0.1:9/", Err(NotHttps), Ok(())),
            ("http://[::ffff:127.0.0.1]/", Err(NotHttps), Ok(())),
            ("http://localhost:9/", Err(NotHttps), Ok(())),
            // Other ways to write the same addresses.
            ("https://2130706433/", Err(NotPublic), Ok(())),
            ("https://0x7f.1/", Err(NotPublic), Ok(())),
            ("https://0251.0376.0251.0376/", Err(NotPublic), Err(NotPublic)),
            ("https://169.254.169.254/latest/meta-data/", Err(NotPublic), Err(NotPublic)),
            ("https://[fd00:ec2::254]/", Err(NotPublic), Err(NotPublic)),
            ("https://[::ffff:a00:1]/", Err(NotPublic), Err(NotPublic)),
            ("https://10.1.2.3/", Err(NotPublic), Err(NotPublic)),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(check_written(&parsed, Loopback::Refused), refused, "{url}");
            assert_eq!(check_written(&parsed, Loopback::Allowed), allowed, "{url} locally");
        }
    }

    #[tokio::test]
    async fn a_name_is_refused_for_where_it_leads() {
        let url = Url::parse("https://localhost/hooks").unwrap();
        assert_eq!(check(&url, Loopback::Refused).await, Err(Refusal::NotPublic));
        assert_eq!(check(&url, Loopback::Allowed).await, Ok(()));
        let nowhere = Url::parse("https://host.invalid/").unwrap();
        assert_eq!(check(&nowhere, Loopback::Refused).await, Err(Refusal::Unresolvable));
    }
}
