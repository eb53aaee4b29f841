//! What the simulated developer portal knows about the one registered app.

use url::Url;

/// The registered app: its keys and where the browser may return to.
#[derive(Clone, Debug)]
pub struct Config {
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: String,
    /// Registered redirect addresses, compared exactly; empty accepts every loopback address.
    pub redirect_uris: Vec<String>,
}

impl Config {
    /// Whether the browser may be sent back to `address`.
    pub(crate) fn may_redirect_to(&self, address: &str) -> bool {
        if self.redirect_uris.is_empty() {
            is_loopback(address)
        } else {
            self.redirect_uris.iter().any(|uri| uri == address)
        }
    }
}

fn is_loopback(address: &str) -> bool {
    let Ok(address) = Url::parse(address) else { return false };
    match address.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
