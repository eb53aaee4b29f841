//! Plain HTTP for every part of the harness.

use std::sync::OnceLock;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::Answer;

/// One for all, since making one takes longer than a call. It keeps no connection, which would belong to the runtime of
/// one test.
pub(crate) fn client() -> Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    let made = || {
        Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .build()
            .expect("a plain client can be built")
    };
    CLIENT.get_or_init(made).clone()
}

/// Sends JSON to a part of the harness (not to the product) and expects success.
pub(crate) async fn order(method: Method, url: &str, body: Option<&Value>) -> Value {
    let mut request = client().request(method, url);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer =
        Answer::of(request.send().await.unwrap_or_else(|error| panic!("{url}: {error}"))).await;
    assert_eq!(answer.status, 200, "{url}: {}", answer.body);
    answer.body
}
