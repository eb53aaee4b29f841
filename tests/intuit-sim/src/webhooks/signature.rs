//! The signature by which an app knows that a notification comes from Intuit.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The value of `intuit-signature`: base64 of the body's HMAC-SHA256 under the verifier token.
pub(super) fn of(body: &str, verifier_token: &str) -> String {
    let mut code = Hmac::<Sha256>::new_from_slice(verifier_token.as_bytes())
        .expect("HMAC takes keys of every length");
    code.update(body.as_bytes());
    STANDARD.encode(code.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_signature_is_the_one_of_intuits_own_library() {
        let body = r#"{"eventNotifications":[{"realmId":"1185883450","dataChangeEvent":{"entities":[{"name":"Customer","id":"1","operation":"Create","lastUpdated":"2015-10-05T14:42:19-0700"}]}}]}"#;
        assert_eq!(
            super::of(body, "b5771f19b12ddb4bcdb9f08bdc50bc63878a"),
            "JC2GUwciPmRBwEO7WvrRmKqu9tGOKL8FFallocTFi8Q="
        );
    }
}
