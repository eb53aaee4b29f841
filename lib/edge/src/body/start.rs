//! Reads how a connection is to be started.

use aws::table::CompanyChange;
use sync::connection::Start;
use url::{Host, Url};

use super::cursor::Field;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::value::{Flag, ReturnUrl};

/// Longest address to return to; browsers take more, but no application needs it.
const MAX_RETURN_URL: usize = 2000;

shape! {
    /// How a connection is to be started. Every field may be left out, and so may the body.
    #[schemars(rename = "Start")]
    pub(crate) StartShape {
        /// Whether the person may choose another company than the one that was connected before.
        optional allow_different_company: Flag,
        /// Where the page at the end links to, so that the person can go on.
        optional return_url: ReturnUrl<MAX_RETURN_URL>,
    }
}

/// Reads the wish to connect; every field may be left out.
pub(super) fn read(root: &Field<'_>) -> Option<Start> {
    let fields = root.object(StartShape::FIELDS)?;
    let allow_different_company = match fields.optional("allow_different_company") {
        Some(field) => field.boolean(),
        None => Some(false),
    };
    let return_url = fields.optional("return_url").and_then(|field| return_url(&field));
    let company_change =
        if allow_different_company? { CompanyChange::Allowed } else { CompanyChange::Refused };
    Some(Start { company_change, return_url })
}

/// An address that people are shown a link to: https, or http on this very machine while developing.
fn return_url(field: &Field<'_>) -> Option<String> {
    let text = field.short_text(MAX_RETURN_URL)?;
    let allowed = |url: &Url| {
        let open = url.username().is_empty() && url.password().is_none();
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        open && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
    };
    match Url::parse(&text).ok().filter(allowed) {
        Some(url) => Some(url.into()),
        None => {
            field.fail(
                "bad_return_url",
                "is not an address that people can be sent to",
                "Send an https address without user name, such as https://app.example.com/settings.",
            );
            None
        }
    }
}
