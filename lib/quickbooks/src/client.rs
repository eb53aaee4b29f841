//! The client: one per process, cheap to clone, with connections that are reused.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value as Json;
use url::Url;

use crate::entity::{CompanyInfo, Entity, Preferences, can};
use crate::send::{Answer, Body, Call, Effect, bad_answer};
use crate::{
    AccessToken, Count, Endpoints, Error, Made, Object, ObjectId, Page, Query, RealmId, Write,
};

/// Longer statements go in the body: gateways cut addresses off at 8 kB, and encoding can triple a statement.
const LONGEST_STATEMENT_IN_URL: usize = 2000;

/// Connections that were idle for longer are not used again: QuickBooks closes them, and a function that was frozen
/// meanwhile would not notice before a write on one had become uncertain.
const LONGEST_IDLE: Duration = Duration::from_secs(30);

/// How long a call may take. Both limits belong to the caller, who knows how long it may run itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the connection, TLS included. Running out means [`Error::Unreachable`].
    pub connect: Duration,
    /// For the whole call. QuickBooks itself gives up after 120 s. Running out leaves a write
    /// [`Error::Uncertain`].
    pub total: Duration,
}

/// Whose books, and the right to touch them.
#[derive(Clone, Debug)]
pub struct Access {
    /// The company.
    pub realm: RealmId,
    /// An access token that was granted for this company.
    pub token: AccessToken,
}

/// Talks to one QuickBooks. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    endpoints: Endpoints,
    count: Option<Count>,
}

impl Client {
    /// Makes a client without connecting. Redirects are not followed: the API has none, and following one would
    /// hand the token to another host.
    ///
    /// # Panics
    ///
    /// If the TLS library cannot start, which no configuration can cause.
    pub fn new(endpoints: Endpoints, timeouts: Timeouts) -> Self {
        let http = reqwest::Client::builder()
            .user_agent(concat!("ledgerbridge/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.total)
            .pool_idle_timeout(LONGEST_IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client without custom certificates or proxies can always be built");
        Self { http, endpoints, count: None }
    }

    /// Reports each call that went out.
    pub fn counted_by(self, count: Count) -> Self {
        Self { count: Some(count), ..self }
    }

    pub(crate) fn made(&self, call: Made) {
        if let Some(count) = self.count {
            count(call);
        }
    }

    /// Where this client goes.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Sends a write. Sending the same value again, byte for byte, is how an uncertain one is settled.
    pub async fn write(&self, access: &Access, write: &Write) -> Result<Object, Error> {
        let mut url = self.endpoints.company_url(&access.realm, &[write.entity().path()]);
        for (key, value) in write.parameters() {
            url.query_pairs_mut().append_pair(key, value);
        }
        let effect = Effect::Write(write.request_id().clone());
        let call = Call {
            method: Method::POST,
            entity: write.entity().name(),
            operation: write.operation().name(),
            url,
            body: Some(Body { content_type: "application/json", text: write.body().to_owned() }),
            effect: effect.clone(),
        };
        let Answer { json, intuit_tid, .. } = self.send(access, call).await?;
        write
            .result(json)
            .ok_or_else(|| bad_answer("not the object that was written", &effect, intuit_tid))
    }

    /// Reads one object. A metered call.
    pub async fn read<T: can::Read>(&self, access: &Access, id: &ObjectId) -> Result<T, Error> {
        self.fetch(access, &[T::PATH, id.as_str()]).await
    }

    /// Reads what the company says about itself. A metered call.
    pub async fn company_info(&self, access: &Access) -> Result<CompanyInfo, Error> {
        self.fetch(access, &[CompanyInfo::PATH, access.realm.as_str()]).await
    }

    /// Reads how the company has set up QuickBooks. A metered call.
    pub async fn preferences(&self, access: &Access) -> Result<Preferences, Error> {
        self.fetch(access, &[Preferences::PATH]).await
    }

    /// Runs a query and returns one page of its result. A metered call, except that a query which cannot match
    /// anything is answered without one.
    pub async fn query<T: Entity>(
        &self,
        access: &Access,
        query: &Query<T>,
    ) -> Result<Page<T>, Error> {
        if query.matches_nothing() {
            return Ok(query.page(Vec::new(), None, None));
        }
        let statement = query.statement();
        let url = self.endpoints.company_url(&access.realm, &["query"]);
        let call = |method, url, body| Call {
            method,
            entity: T::NAME,
            operation: "query",
            url,
            body,
            effect: Effect::Read,
        };
        let call = if statement.len() > LONGEST_STATEMENT_IN_URL {
            call(
                Method::POST,
                url,
                Some(Body { content_type: "application/text", text: statement }),
            )
        } else {
            call(Method::GET, with_statement(url, &statement), None)
        };
        let Answer { mut json, time, intuit_tid } = self.send(access, call).await?;
        let Some(Json::Object(mut response)) = json.remove("QueryResponse") else {
            return Err(bad_answer("no QueryResponse", &Effect::Read, intuit_tid));
        };
        // Without any match the member is missing altogether.
        let rows = response.remove(T::NAME).unwrap_or_else(|| Json::Array(Vec::new()));
        let total = response.get("totalCount").and_then(Json::as_u64);
        let objects = serde_json::from_value(rows)
            .map_err(|error| Error::unreadable(T::NAME, &error, intuit_tid))?;
        Ok(query.page(objects, total, time))
    }

    async fn fetch<T: Entity>(&self, access: &Access, path: &[&str]) -> Result<T, Error> {
        let url = self.endpoints.company_url(&access.realm, path);
        let call = Call {
            method: Method::GET,
            entity: T::NAME,
            operation: "read",
            url,
            body: None,
            effect: Effect::Read,
        };
        let Answer { mut json, intuit_tid, .. } = self.send(access, call).await?;
        match json.remove(T::NAME) {
            Some(object) => serde_json::from_value(object)
                .map_err(|error| Error::unreadable(T::NAME, &error, intuit_tid)),
            None => Err(bad_answer("the object is missing", &Effect::Read, intuit_tid)),
        }
    }
}

/// Spaces become `%20`: the form encoding's `+` is read as a plus sign by some servers, and a plus sign is part of
/// every time with an offset.
fn with_statement(mut url: Url, statement: &str) -> Url {
    let encoded: String = url::form_urlencoded::byte_serialize(statement.as_bytes()).collect();
    url.set_query(Some(&format!("query={}", encoded.replace('+', "%20"))));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_survives_the_address() {
        let base = Url::parse("https://quickbooks.api.intuit.com/v3/company/1/query").unwrap();
        let check = |statement: &str, encoded: &[&str]| {
            let url = with_statement(base.clone(), statement);
            let query = url.query().unwrap();
            assert!(!query.contains('+') && !query.contains(' '), "{query}");
            assert!(encoded.iter().all(|part| query.contains(part)), "{query}");
            let (_, decoded) = url.query_pairs().next().unwrap();
            assert_eq!(decoded, statement);
        };
        check(
            r"SELECT * FROM Customer WHERE DisplayName LIKE '100% A+B & Søn\'s #1'",
            &["%25", "%2B", "%26"],
        );
        check(
            "SELECT * FROM BillPayment WHERE MetaData.LastUpdatedTime >= '2026-05-05T14:36:31+05:30'",
            &["%3E%3D%20%272026-05-05T14%3A36%3A31%2B05%3A30%27"],
        );
    }
}
