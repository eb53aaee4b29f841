//! Tokens that cannot be printed or stored by accident.

use secrecy::{ExposeSecret, SecretString};

macro_rules! token {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// Its `Debug` form hides the content and it has no `Serialize`: storing it takes a deliberate
        /// [`expose`](Self::expose).
        #[derive(Clone, Debug)]
        pub struct $name(SecretString);

        impl $name {
            /// Takes the token as Intuit gave it.
            pub fn new(token: impl Into<String>) -> Self {
                Self(SecretString::from(token.into()))
            }

            /// The token itself, for a request header or a secret store.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }
    };
}

token! {
    /// What an API call presents; lives an hour.
    AccessToken
}

token! {
    /// What renews an access token; lives 100 days from its last change and five years in all.
    RefreshToken
}

token! {
    /// What Intuit signs its notifications with; one per application and environment.
    WebhookVerifier
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_token() {
        let shown =
            format!("{:?} {:?}", AccessToken::new("canary-a"), RefreshToken::new("canary-r"));
        let shown = format!("{shown} {:?}", WebhookVerifier::new("canary-w"));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
