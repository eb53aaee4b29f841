//! One exchange over HTTP, bounded in size, with what is known about a request that brought no answer.

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The most that is read of an answer. The largest legitimate one is a page of 1000 documents; recorded invoices
/// take 2 to 4 kB, and four times that still fits. More would threaten the memory of a small function.
const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// An answer, whole and decompressed.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) intuit_tid: Option<String>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Vec<u8>,
}

/// A request without a whole answer. Errors are stripped of the address, which may quote a name.
pub(crate) enum Lost {
    /// It never left: no connection was made.
    Unsent(reqwest::Error),
    /// It may have been processed.
    Unanswered { source: reqwest::Error, intuit_tid: Option<String> },
    /// It was answered at a length that is not read.
    TooLarge { status: u16, intuit_tid: Option<String> },
}

pub(crate) async fn exchange(
    http: &reqwest::Client,
    request: reqwest::Request,
) -> Result<Reply, Lost> {
    let mut response = http.execute(request).await.map_err(|error| {
        let source = error.without_url();
        if source.is_connect() || source.is_builder() {
            Lost::Unsent(source)
        } else {
            Lost::Unanswered { source, intuit_tid: None }
        }
    })?;
    let status = response.status().as_u16();
    let intuit_tid = header(response.headers(), "intuit_tid");
    let retry_after =
        header(response.headers(), RETRY_AFTER.as_str()).and_then(|seconds| seconds.parse().ok());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_RESPONSE_BYTES => {
                return Err(Lost::TooLarge { status, intuit_tid });
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(Reply { status, intuit_tid, retry_after, body }),
            Err(error) => return Err(Lost::Unanswered { source: error.without_url(), intuit_tid }),
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(|value| value.trim().to_owned())
}
