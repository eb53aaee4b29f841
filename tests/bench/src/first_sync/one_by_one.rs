//! The same kind of records, sent as a host without imports would send them: each with a call of its own, one after the
//! other.

use std::time::Instant;

use anyhow::ensure;
use e2e::Tenant;
use reqwest::Method;
use serde::Serialize;

use super::{Calls, Put, at_rest, calls, milliseconds};

/// Records that were sent one by one.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OneByOne {
    /// How many.
    pub records: u64,
    /// From the first call until all were answered.
    pub took_ms: u64,
    /// What QuickBooks saw.
    pub calls: Calls,
}

/// Sends each line of a file with a PUT.
pub(super) async fn send(tenant: &Tenant, file: &str) -> anyhow::Result<OneByOne> {
    let mark = tenant.mark().await;
    let begun = Instant::now();
    let mut records = 0;
    for line in file.lines() {
        let Put { function, path, body } = Put::of(line)?;
        let answer = tenant.call(function, Method::PUT, &tenant.path(&path), Some(&body)).await;
        ensure!([200, 202].contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        records += 1;
    }
    let took_ms = milliseconds(begun.elapsed());
    at_rest(tenant).await;
    Ok(OneByOne { records, took_ms, calls: calls(tenant, mark).await })
}
