//! Problems: what Intuit tells cannot be taken.

use http::{HeaderName, HeaderValue, StatusCode, header};

use super::Problem;

/// Nobody authenticates by it but Intuit; an answer with this status has to name something.
const SCHEME: (HeaderName, HeaderValue) =
    (header::WWW_AUTHENTICATE, HeaderValue::from_static("intuit-signature"));

impl Problem {
    /// Not, or not rightly, signed. Says nothing of how far off it was.
    pub fn signature_invalid() -> Self {
        let mut problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "signature_invalid",
            "Not signed by Intuit",
            "The notification does not carry a valid signature.",
            "Only Intuit calls this. If it did, the operator puts the verifier token that Intuit shows for the app into the application secret, as webhook_verifier.",
        );
        problem.0.header = Some(SCHEME);
        problem
    }

    /// Signed, but in no form that is known.
    pub fn unreadable_notification(why: &str) -> Self {
        Self::bad_request(
            &format!("The body cannot be taken: {why}."),
            "Send what Intuit documents: CloudEvents, or the older format with eventNotifications.",
        )
    }

    /// Nothing is believed without a verifier. Intuit repeats it, so nothing is lost when one is filled in soon.
    pub fn webhooks_not_set_up() -> Self {
        let mut problem = Self::misconfigured();
        problem.0.status = StatusCode::SERVICE_UNAVAILABLE;
        problem.0.retryable = true;
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_makes_intuit_repeat_what_may_be_taken_later() {
        for (problem, status, code) in [
            (Problem::signature_invalid(), 401, "signature_invalid"),
            (Problem::unreadable_notification("the notification is not JSON"), 400, "bad_request"),
            (Problem::webhooks_not_set_up(), 503, "misconfigured"),
        ] {
            assert_eq!((problem.status().as_u16(), problem.code()), (status, code));
            assert!(problem.remedy().ends_with('.'), "{code}");
        }
    }
}
