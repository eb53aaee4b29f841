//! What people see in their browser when they come back from Intuit.
//!
//! One page with different words. Each says what happened and what to do now; nothing on it runs or is loaded from
//! elsewhere.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use url::Url;

use crate::telemetry::Ending;

/// The style sheet, inline so that nothing has to be loaded.
const CSS: &str = include_str!("../templates/page.css");
/// Allows exactly [`CSS`], by its SHA-256.
const POLICY: &str = "default-src 'none'; style-src 'sha256-jxdm10I1UmBhDpITaOsmIJSD+NWAcXFc1NIskN7a300='; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// One page.
#[derive(Debug)]
pub(crate) struct Page {
    /// Stable, for logs.
    pub(crate) code: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) what: String,
    pub(crate) next: String,
    /// Where the host wants the person to go on; checked when the connection was started.
    pub(crate) return_url: Option<String>,
}

/// How a page feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Calm,
    Bad,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Html<'a> {
    css: &'static str,
    tone: &'static str,
    title: &'a str,
    what: &'a str,
    next: &'a str,
    back: Option<Back<'a>>,
}

struct Back<'a> {
    url: &'a str,
    host: String,
}

impl Page {
    fn html(&self) -> String {
        let back = self.return_url.as_deref().and_then(|url| {
            let parsed =
                Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
            Some(Back { url, host: parsed.host_str()?.to_owned() })
        });
        let html = Html {
            css: CSS,
            tone: match self.tone {
                Tone::Good => "good",
                Tone::Calm => "calm",
                Tone::Bad => "bad",
            },
            title: &self.title,
            what: &self.what,
            next: &self.next,
            back,
        };
        html.render().expect("writing to a String cannot fail")
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.html()).into_response();
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let outcome = Some(self.code.to_owned());
        response.extensions_mut().insert(Ending { outcome, ..Ending::default() });
        response
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    fn page(return_url: Option<&str>) -> Page {
        Page {
            code: "connected",
            status: StatusCode::OK,
            tone: Tone::Good,
            title: "QuickBooks is connected".to_owned(),
            what: "<script>alert(1)</script> & \"Sons\" is connected.".to_owned(),
            next: "Close this window.".to_owned(),
            return_url: return_url.map(str::to_owned),
        }
    }

    #[test]
    fn the_policy_allows_the_style_sheet_and_nothing_else() {
        let hash = BASE64_STANDARD.encode(Sha256::digest(CSS));
        assert!(POLICY.contains(&format!("style-src 'sha256-{hash}';")), "the hash is now {hash}");
        assert!(POLICY.contains("default-src 'none'"));
        assert!(page(None).html().contains(&format!("<style>{CSS}</style>")));
    }

    #[test]
    fn names_are_shown_as_text() {
        let html = page(None).html();
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("&#60;script&#62;"), "{html}");
    }

    #[test]
    fn the_way_back_is_a_web_address_or_absent() {
        let html = page(Some("https://app.example.com/settings?a=1&b=\"2\"")).html();
        assert!(html.contains("Back to app.example.com"), "{html}");
        assert!(!html.contains("\"2\""), "{html}");
        for url in ["javascript:alert(1)", "data:text/html,x", "/settings", ""] {
            assert!(!page(Some(url)).html().contains("Back to"), "{url}");
        }
    }
}
