//! Genuine or not, both formats, and what is not understood.

use super::*;

const TOKEN: &str = "b5771f19b12ddb4bcdb9f08bdc50bc63878a";
const CLASSIC: &str = r#"{"eventNotifications":[{"realmId":"1185883450","dataChangeEvent":{"entities":[{"name":"Customer","id":"1","operation":"Create","lastUpdated":"2015-10-05T14:42:19-0700"}]}}]}"#;
const SIGNATURE: &str = "JC2GUwciPmRBwEO7WvrRmKqu9tGOKL8FFallocTFi8Q=";

#[test]
fn what_intuit_signed_is_told_from_what_it_did_not() {
    let check = |body: &str, signature: &str, token: &str, expect: bool| {
        let signed = is_signed(body.as_bytes(), signature, &WebhookVerifier::new(token));
        assert_eq!(signed, expect, "{body} {signature} {token}");
    };
    check(CLASSIC, SIGNATURE, TOKEN, true);
    check(CLASSIC, &format!(" {SIGNATURE}\r\n"), TOKEN, true);
    check(&CLASSIC.replace("Create", "create"), SIGNATURE, TOKEN, false);
    check(&format!("{CLASSIC}\n"), SIGNATURE, TOKEN, false);
    check(&CLASSIC[..CLASSIC.len() - 1], SIGNATURE, TOKEN, false);
    check("", SIGNATURE, TOKEN, false);
    check(CLASSIC, SIGNATURE, "another", false);
    check(CLASSIC, &SIGNATURE.replace('J', "j"), TOKEN, false);
    check(CLASSIC, &SIGNATURE[..SIGNATURE.len() - 4], TOKEN, false);
    check(CLASSIC, SIGNATURE.trim_end_matches('='), TOKEN, false);
    check(CLASSIC, "", TOKEN, false);
    check(CLASSIC, "no base 64!", TOKEN, false);
    // The signature that an empty key makes of nothing: whoever forgot to set the verifier is not fooled by it.
    check("", "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=", "", false);
}
