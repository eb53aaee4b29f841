//! Plain HTTP for every part of the harness.

use reqwest::{Client, Method};
use serde_json::Value;

use crate::Answer;

pub(crate) fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .build()
        .expect("a plain client can be built")
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
