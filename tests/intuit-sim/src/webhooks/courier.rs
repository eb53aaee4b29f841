//! Posting in the background: one company's deliveries one after the other, companies side by side.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};
use url::Url;

use super::{outbox::Attempt, signature};
use crate::world::{World, locked};

/// How long Intuit waits for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);
/// Nobody reads what an endpoint answers; more than this is not even received.
const LARGEST_ANSWER_BYTES: usize = 64 * 1024;

/// One POST, ready to go.
struct Parcel {
    delivery: usize,
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: String,
    attempt: Attempt,
}

/// Posts everything that is due for a company, unless another courier is at it.
pub(crate) async fn deliver(world: Arc<World>, realm: String) {
    if !took_over(&world, &realm) {
        return;
    }
    while let Some(mut parcel) = next(&world, &realm) {
        parcel.attempt.outcome = post(&parcel).await;
        record(&world, &realm, parcel);
    }
}

fn took_over(world: &World, realm: &str) -> bool {
    let Some(company) = world.company(realm) else { return false };
    !std::mem::replace(&mut locked(&company).outbox.has_courier, true)
}

/// The next parcel; without one the courier is done.
fn next(world: &World, realm: &str) -> Option<Parcel> {
    let company = world.company(realm)?;
    let company = &mut *locked(&company);
    let now = company.clock.now();
    let mut parcel = || {
        let subscription = world.webhooks.subscription()?;
        let (id, is_extra) = company.outbox.next(now, &company.switches)?;
        let delivery = company.outbox.delivery(id)?;
        // An app that changed its token meanwhile gets a signature that it can check.
        delivery.signature = signature::of(&delivery.body, &subscription.verifier_token);
        Some(Parcel {
            delivery: id,
            url: subscription.url,
            headers: delivery.headers().map(|(name, value)| (name, value.to_owned())).into(),
            body: delivery.body.clone(),
            attempt: Attempt { at: now, is_extra, outcome: Err(String::new()) },
        })
    };
    let parcel = parcel();
    company.outbox.has_courier = parcel.is_some();
    parcel
}

fn record(world: &World, realm: &str, parcel: Parcel) {
    let Some(company) = world.company(realm) else { return };
    let company = &mut *locked(&company);
    let duplicates = company.switches.webhook_duplicates;
    if let Some(delivery) = company.outbox.delivery(parcel.delivery) {
        delivery.attempted(parcel.attempt, duplicates);
    }
}

/// The status of the endpoint's answer, or why there is none.
async fn post(parcel: &Parcel) -> Result<u16, String> {
    match tokio::time::timeout(ANSWER_LIMIT, exchange(parcel)).await {
        Ok(Ok(status)) => Ok(status),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", ANSWER_LIMIT.as_secs())),
    }
}

async fn exchange(parcel: &Parcel) -> anyhow::Result<u16> {
    let url = &parcel.url;
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // The connection ends with this set, also when the answer takes too long.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let mut request = Request::post(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header(header::HOST, format!("{host}:{port}"));
    for (name, value) in &parcel.headers {
        request = request.header(*name, value);
    }
    let answer =
        sender.send_request(request.body(Full::new(Bytes::from(parcel.body.clone())))?).await?;
    let status = answer.status().as_u16();
    // The status counts, whatever becomes of the rest of the answer.
    let _ = Limited::new(answer.into_body(), LARGEST_ANSWER_BYTES).collect().await;
    Ok(status)
}
