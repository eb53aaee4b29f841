//! Answers: a posting as the host sees it, and what sync's errors mean to a caller.

pub(crate) mod disbursement;
pub(crate) mod event;
pub(crate) mod issued;
pub(crate) mod workflow;

use axum::response::{IntoResponse, Response};
use domain::id::CompanyId;
use domain::ledger::{Object, ObjectKind, Removal};
use domain::money::Currency;
use domain::name::Change;
use domain::posting::{Outcome, Posting, State};
use domain::reason::Reason;
use domain::record::Record;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use jiff::civil::Date;
use quickbooks::entity::{PaymentType, Purchase};
use quickbooks::{Endpoints, EntityKind, RealmId};
use rust_decimal::Decimal;
use serde::Serialize;
use sync::{Answer, Error, chain};

#[cfg(test)]
use crate::openapi::words;
use crate::problem::Problem;
use crate::telemetry::Ending;

/// What a call about a record answers.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "PostingAnswer"))]
pub(crate) struct Body<'a> {
    posting: PostingView<'a>,
}

/// A posting as the host sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Posting"))]
pub(crate) struct PostingView<'a> {
    /// Where the posting stands.
    #[cfg_attr(test, schemars(with = "words::State"))]
    state: State,
    /// What this call did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Outcome>"))]
    outcome: Option<Outcome>,
    /// The newest version of the record that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The version that QuickBooks shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    posted_version: Option<u64>,
    /// What stands for the record in QuickBooks.
    objects: Vec<ObjectView<'a>>,
    /// Why it is not posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Reason>"))]
    reason: Option<&'a Reason>,
    /// What was changed so that QuickBooks takes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "Option<Vec<words::Change>>"))]
    changes: Vec<&'a Change>,
    /// What a person should look at although it is posted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "Option<Vec<words::Reason>>"))]
    warnings: Vec<&'a Reason>,
    /// Failed attempts since the record last changed.
    attempts: u32,
    /// When the posting last changed.
    updated_at: Timestamp,
}

/// A QuickBooks object as the host sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "QuickBooksObject"))]
pub(crate) struct ObjectView<'a> {
    /// What it is.
    #[serde(rename = "type")]
    #[cfg_attr(test, schemars(with = "words::ObjectKind"))]
    kind: ObjectKind,
    /// Its QuickBooks id, unique per type.
    id: &'a str,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_number: Option<&'a str>,
    /// Its date.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<Date>,
    /// Its total.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<String>,
    /// What is still open of an invoice or bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
    /// What no invoice took of a payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    unapplied: Option<String>,
    /// It no longer counts, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Removal>"))]
    removal: Option<Removal>,
    /// Its page in QuickBooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// The answer about a posting: 200, or 202 when it waits and goes on by itself.
pub(crate) fn respond(answer: &Answer, endpoints: &Endpoints) -> Response {
    let status = if answer.waits { StatusCode::ACCEPTED } else { StatusCode::OK };
    let company = answer.company.as_ref().map(|company| &company.id);
    let body = Body { posting: view(&answer.posting, answer.outcome, endpoints, company) };
    let mut response = json(status, &body);
    response.extensions_mut().insert(Ending {
        state: Some(answer.posting.state.as_str()),
        outcome: answer.outcome.map(|outcome| outcome.as_str().to_owned()),
        attempt: Some(answer.posting.attempts),
        ..Ending::default()
    });
    response
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let text =
        serde_json::to_string(body).expect("our own types have string keys only and serialize");
    let mut response = (status, text).into_response();
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// What an error of sync's means to a caller; `what` is the word for the record concerned. The log keeps the cause.
pub(crate) fn refuse(error: Error, what: &str) -> Problem {
    match error {
        Error::VersionReused { known } => Problem::version_reused(known),
        Error::UnknownRecord => Problem::unknown_record(what),
        Error::NotConfigured(..) => {
            tracing::error!(error = %chain(&error), "the deployment is not set up");
            Problem::misconfigured()
        }
        Error::Unavailable(..) => {
            tracing::warn!(error = %chain(&error), "a dependency is not available");
            Problem::unavailable()
        }
        Error::Newer(..) => {
            tracing::error!(error = %chain(&error), "this version is older than what it found");
            Problem::newer_version()
        }
        Error::Internal(..) => {
            tracing::error!(error = %chain(&error), "a defect of ledgerbridge");
            Problem::internal()
        }
    }
}

/// A posting as it is shown while `company` is connected.
pub(crate) fn view<'a>(
    posting: &'a Posting,
    outcome: Option<Outcome>,
    endpoints: &Endpoints,
    company: Option<&CompanyId>,
) -> PostingView<'a> {
    let currency = posting.record.as_ref().map(Record::currency);
    PostingView {
        state: posting.state,
        outcome,
        version: posting.record.as_ref().map(Record::version),
        posted_version: posting.posted.as_ref().map(|posted| posted.version),
        // What lies in the books of a company that was connected before is kept, and shown again with that company.
        objects: posting
            .objects
            .iter()
            .filter(|object| company.is_none_or(|company| object.company == *company))
            .map(|object| object_view(object, currency, endpoints))
            .collect(),
        reason: posting.reason.as_ref(),
        changes: posting.all_changes().collect(),
        warnings: posting.warnings.iter().collect(),
        attempts: posting.attempts,
        updated_at: posting.updated_at,
    }
}

/// An object as it is shown; its money in the form of its currency, where that is known.
pub(crate) fn object_view<'a>(
    object: &'a Object,
    currency: Option<&Currency>,
    endpoints: &Endpoints,
) -> ObjectView<'a> {
    let money = |amount: Option<Decimal>| {
        amount.map(|amount| {
            currency.map_or_else(|| amount.to_string(), |currency| currency.format(amount))
        })
    };
    ObjectView {
        kind: object.kind,
        id: object.id.as_str(),
        doc_number: object.doc_number.as_deref(),
        date: object.date,
        total: money(object.total),
        balance: money(object.balance),
        unapplied: money(object.unapplied),
        removal: object.removal,
        url: url(object, endpoints),
    }
}

/// The page of an object in QuickBooks, where it has one.
fn url(object: &Object, endpoints: &Endpoints) -> Option<String> {
    let id = quickbooks::ObjectId::new(object.id.as_str());
    let realm = RealmId::new(object.company.as_str());
    let url = match object.kind {
        // Every purchase that ledgerbridge makes is a check.
        ObjectKind::Purchase => {
            let check = Purchase { id: Some(id), ..Purchase::changes(PaymentType::Check) };
            endpoints.purchase_url(&check, &realm)
        }
        kind => endpoints.object_url(entity(kind), &id, &realm),
    };
    url.map(String::from)
}

fn entity(kind: ObjectKind) -> EntityKind {
    match kind {
        ObjectKind::Customer => EntityKind::Customer,
        ObjectKind::Item => EntityKind::Item,
        ObjectKind::PaymentMethod => EntityKind::PaymentMethod,
        ObjectKind::Invoice => EntityKind::Invoice,
        ObjectKind::Payment => EntityKind::Payment,
        ObjectKind::Vendor => EntityKind::Vendor,
        ObjectKind::SalesReceipt => EntityKind::SalesReceipt,
        ObjectKind::Deposit => EntityKind::Deposit,
        ObjectKind::Bill => EntityKind::Bill,
        ObjectKind::Purchase => EntityKind::Purchase,
        ObjectKind::JournalEntry => EntityKind::JournalEntry,
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{HostId, ObjectId};
    use domain::posting::PostingKey;

    use super::*;

    #[test]
    fn a_posting_is_shown_with_its_objects_their_money_and_their_pages() {
        let key = PostingKey::bill(HostId::parse("B-1").unwrap());
        let mut posting = Posting::new(key, State::Posted, Timestamp::UNIX_EPOCH);
        posting.objects.push(Object {
            kind: ObjectKind::Invoice,
            id: ObjectId::parse("145").unwrap(),
            company: CompanyId::parse("9130").unwrap(),
            sync_token: "0".to_owned(),
            doc_number: Some("B-1042".to_owned()),
            date: Some(jiff::civil::date(2026, 4, 30)),
            total: Some(Decimal::new(125, 0)),
            balance: Some(Decimal::ZERO),
            unapplied: None,
            party: None,
            removal: None,
            line_ids: Vec::new(),
            content: "internal".to_owned(),
            trace: None,
            edits: Vec::new(),
        });
        let json = r#"{"version":1,"agent":{"id":"A","name":"Ann"},"issued_on":"2026-04-01","currency":"USD",
            "lines":[{"item":{"id":"i","name":"I"},"amount":"125.00"}]}"#;
        let (record, _) =
            crate::body::bill(&crate::body::Json::parse(json.as_bytes()).unwrap()).unwrap();
        posting.record = Some(record);
        let company = CompanyId::parse("9130").unwrap();
        let endpoints = Endpoints::production();
        let view = view(&posting, Some(Outcome::Created), &endpoints, Some(&company));
        let expected = concat!(
            r#"{"posting":{"state":"posted","outcome":"created","version":1,"objects":[{"type":"Invoice","#,
            r#""id":"145","doc_number":"B-1042","date":"2026-04-30","total":"125.00","balance":"0.00","#,
            r#""url":"https://app.qbo.intuit.com/app/invoice?txnId=145&companyId=9130"}],"attempts":0,"#,
            r#""updated_at":"1970-01-01T00:00:00Z"}}"#
        );
        assert_eq!(serde_json::to_string(&Body { posting: view }).unwrap(), expected);
    }
    #[test]
    fn every_kind_of_document_has_its_page() {
        for (kind, page) in [
            (ObjectKind::Invoice, "invoice?txnId"),
            (ObjectKind::Payment, "recvpayment?txnId"),
            (ObjectKind::SalesReceipt, "salesreceipt?txnId"),
            (ObjectKind::Deposit, "deposit?txnId"),
            (ObjectKind::Bill, "bill?txnId"),
            (ObjectKind::Purchase, "check?txnId"),
            (ObjectKind::JournalEntry, "journal?txnId"),
            (ObjectKind::Vendor, "vendordetail?nameId"),
        ] {
            let object = disbursement::tests::object(kind, "145");
            let expected = format!("https://app.qbo.intuit.com/app/{page}=145&companyId=9130");
            assert_eq!(url(&object, &Endpoints::production()), Some(expected), "{kind:?}");
        }
    }
}
