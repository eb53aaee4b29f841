//! The answer about a disbursement: how it stands as a whole, and each of its parts.

use axum::response::Response;
use domain::id::CompanyId;
use domain::posting::{Outcome, State};
use http::StatusCode;
use quickbooks::Endpoints;
use serde::Serialize;
use sync::Answer;

use super::{PostingView, json, view};
#[cfg(test)]
use crate::openapi::words;
use crate::telemetry::Ending;

/// What a call about a disbursement answers.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "DisbursementAnswer"))]
pub(crate) struct Body<'a> {
    /// The disbursement as a whole: the first of rejected, blocked, posting, queued, held, posted and skipped that any
    /// part is in, that part's reason, and the objects of all parts.
    posting: PostingView<'a>,
    /// The income first, then the expense of each payee.
    parts: Vec<Part<'a>>,
}

/// One posting of a disbursement.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "DisbursementPart"))]
struct Part<'a> {
    /// What kind of workflow posts it.
    #[cfg_attr(test, schemars(with = "words::Workflow"))]
    workflow: &'static str,
    /// The host's id of who is paid, for an expense.
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<&'a str>,
    #[serde(flatten)]
    posting: PostingView<'a>,
}

/// States in the order in which a person has to know them.
const URGENCY: [State; 8] = [
    State::Rejected,
    State::Blocked,
    State::Posting,
    State::Queued,
    State::Held,
    State::Posted,
    State::Skipped,
    State::Expected,
];

/// Outcomes in the order in which one of them stands for all.
const WEIGHT: [Outcome; 4] =
    [Outcome::Created, Outcome::Updated, Outcome::Voided, Outcome::Unchanged];

/// The answer about a disbursement: 200, or 202 when a part of it waits and goes on by itself. The first of `parts` is
/// that of the income.
pub(crate) fn respond(parts: &[Answer], endpoints: &Endpoints) -> Response {
    let waits = parts.iter().any(|part| part.waits);
    let status = if waits { StatusCode::ACCEPTED } else { StatusCode::OK };
    let whole = whole(parts, endpoints);
    let ending = Ending {
        state: Some(whole.state.as_str()),
        outcome: whole.outcome.map(|outcome| outcome.as_str().to_owned()),
        attempt: Some(whole.attempts),
        ..Ending::default()
    };
    let body = Body { posting: whole, parts: each(parts, endpoints) };
    let mut response = json(status, &body);
    response.extensions_mut().insert(ending);
    response
}

fn each<'a>(parts: &'a [Answer], endpoints: &Endpoints) -> Vec<Part<'a>> {
    let part = |answer: &'a Answer| Part {
        workflow: answer.posting.key.workflow.as_str(),
        payee: answer.posting.key.payee.as_ref().map(|payee| payee.as_str()),
        posting: view(&answer.posting, answer.outcome, endpoints, company(answer)),
    };
    parts.iter().map(part).collect()
}

fn whole<'a>(parts: &'a [Answer], endpoints: &Endpoints) -> PostingView<'a> {
    let income = parts.first().expect("a disbursement has its income posting");
    let urgency = |part: &&Answer| URGENCY.iter().position(|state| *state == part.posting.state);
    let foremost = parts.iter().min_by_key(urgency).expect("a disbursement has its income posting");
    let mut objects = Vec::new();
    for part in parts {
        objects.extend(view(&part.posting, None, endpoints, company(part)).objects);
    }
    PostingView {
        state: foremost.posting.state,
        outcome: outcome(parts),
        // Each part says which version is in QuickBooks.
        posted_version: None,
        objects,
        reason: foremost.posting.reason.as_ref(),
        changes: parts.iter().flat_map(|part| part.posting.all_changes()).collect(),
        warnings: parts.iter().flat_map(|part| &part.posting.warnings).collect(),
        attempts: parts.iter().map(|part| part.posting.attempts).max().unwrap_or_default(),
        updated_at: parts
            .iter()
            .map(|part| part.posting.updated_at)
            .fold(income.posting.updated_at, std::cmp::Ord::max),
        ..view(&income.posting, None, endpoints, company(income))
    }
}

/// What the call did to the disbursement as a whole; nothing while a part waits or was refused.
fn outcome(parts: &[Answer]) -> Option<Outcome> {
    // The income posting is the judge of versions; the others are looked at with the newest one.
    if parts.first().is_some_and(|income| income.outcome == Some(Outcome::Superseded)) {
        return Some(Outcome::Superseded);
    }
    let is_open =
        |part: &Answer| part.waits || !matches!(part.posting.state, State::Posted | State::Skipped);
    if parts.iter().any(is_open) {
        return None;
    }
    WEIGHT.into_iter().find(|outcome| parts.iter().any(|part| part.outcome == Some(*outcome)))
}

fn company(answer: &Answer) -> Option<&CompanyId> {
    answer.company.as_ref().map(|company| &company.id)
}

#[cfg(test)]
pub(super) mod tests {
    use domain::connection::{Books, Company};
    use domain::id::{HostId, ObjectId};
    use domain::ledger::{Object, ObjectKind};
    use domain::money::Currency;
    use domain::posting::{Posting, PostingKey};
    use domain::reason::Reason;
    use jiff::Timestamp;
    use rust_decimal::Decimal;
    use serde_json::{Value, json};

    use super::*;
    use crate::body::{Json, disbursement};

    pub(in crate::answer) fn object(kind: ObjectKind, id: &str) -> Object {
        Object {
            kind,
            id: ObjectId::parse(id).unwrap(),
            company: CompanyId::parse("9130").unwrap(),
            sync_token: "0".to_owned(),
            doc_number: Some("D-1042".to_owned()),
            date: Some(jiff::civil::date(2026, 5, 1)),
            total: Some(Decimal::new(15000, 0)),
            balance: None,
            unapplied: None,
            party: None,
            removal: None,
            line_ids: Vec::new(),
            content: String::new(),
            trace: None,
            edits: Vec::new(),
        }
    }

    fn part(payee: Option<&str>, state: State, outcome: Option<Outcome>) -> Answer {
        let id = HostId::parse("D-1").unwrap();
        let key = match payee {
            None => PostingKey::income(id),
            Some(payee) => PostingKey::expense(id, HostId::parse(payee).unwrap()),
        };
        let mut posting = Posting::new(key, state, Timestamp::UNIX_EPOCH);
        let json = r#"{"version":1,"transaction":{"id":"T","address":"12 Elm Street","closed_on":"2026-05-01"},
            "currency":"USD","gross_commission":"0","payer":{"id":"E","name":"First Title"},"percent_complete":100}"#;
        let (record, _) = disbursement(&Json::parse(json.as_bytes()).unwrap()).unwrap();
        posting.record = Some(record);
        let company = Company {
            id: CompanyId::parse("9130").unwrap(),
            name: "Sandbox".to_owned(),
            country: "US".to_owned(),
            edition: None,
            currency: Currency::parse("USD").unwrap(),
            multicurrency: false,
            books: Books::default(),
        };
        let waits = matches!(state, State::Queued | State::Posting);
        Answer { posting, outcome, waits, company: Some(company) }
    }

    #[test]
    fn the_whole_stands_where_the_part_stands_that_a_person_has_to_know_of() {
        use Outcome::{Created, Superseded, Unchanged, Updated, Voided};
        use State::{Blocked, Held, Posted, Posting, Queued, Rejected, Skipped};
        for (parts, state, outcome) in [
            (&[(Posted, Some(Created)), (Posted, Some(Created))][..], Posted, Some(Created)),
            (&[(Posted, Some(Updated)), (Posted, Some(Created))], Posted, Some(Created)),
            (&[(Posted, Some(Updated)), (Posted, Some(Unchanged))], Posted, Some(Updated)),
            (&[(Posted, Some(Unchanged)), (Posted, Some(Voided))], Posted, Some(Voided)),
            (&[(Posted, Some(Unchanged)), (Skipped, None)], Posted, Some(Unchanged)),
            (&[(Skipped, None), (Skipped, None)], Skipped, None),
            (&[(Posted, Some(Created)), (Held, None)], Held, None),
            (&[(Held, None), (Queued, None)], Queued, None),
            (&[(Queued, None), (Posting, None)], Posting, None),
            (&[(Posted, Some(Created)), (Blocked, None), (Posting, None)], Blocked, None),
            (&[(Blocked, None), (Rejected, None), (Posted, Some(Created))], Rejected, None),
            (&[(Posted, Some(Superseded)), (Blocked, Some(Superseded))], Blocked, Some(Superseded)),
            (&[(Posted, Some(Superseded)), (Posted, Some(Unchanged))], Posted, Some(Superseded)),
            (&[(Posted, Some(Unchanged)), (Posted, Some(Updated))], Posted, Some(Updated)),
        ] {
            let payees = [None, Some("A1"), Some("A2")];
            let answers: Vec<Answer> = parts
                .iter()
                .zip(payees)
                .map(|((state, outcome), payee)| part(payee, *state, *outcome))
                .collect();
            let whole = whole(&answers, &Endpoints::production());
            assert_eq!((whole.state, whole.outcome), (state, outcome), "{parts:?}");
        }
    }

    #[test]
    fn an_answer_shows_the_whole_and_each_part() {
        let mut income = part(None, State::Posted, Some(Outcome::Created));
        income.posting.objects.push(object(ObjectKind::Invoice, "145"));
        let mut expense = part(Some("A1"), State::Held, None);
        expense.posting.reason = Some(Reason::on_hold());
        expense.posting.updated_at = Timestamp::from_second(60).unwrap();
        let parts = [income, expense];
        let endpoints = Endpoints::production();
        let body = Body { posting: whole(&parts, &endpoints), parts: each(&parts, &endpoints) };
        let invoice = json!({"type": "Invoice", "id": "145", "doc_number": "D-1042", "date": "2026-05-01",
            "total": "15000.00", "url": "https://app.qbo.intuit.com/app/invoice?txnId=145&companyId=9130"});
        let reason = serde_json::to_value(Reason::on_hold()).unwrap();
        let expected: Value = json!({
            "posting": {"state": "held", "version": 1, "objects": [invoice], "reason": reason, "attempts": 0,
                "updated_at": "1970-01-01T00:01:00Z"},
            "parts": [
                {"workflow": "brokerage_income", "state": "posted", "outcome": "created", "version": 1,
                    "objects": [invoice], "attempts": 0, "updated_at": "1970-01-01T00:00:00Z"},
                {"workflow": "agent_expense", "payee": "A1", "state": "held", "version": 1, "objects": [],
                    "reason": reason, "attempts": 0, "updated_at": "1970-01-01T00:01:00Z"},
            ],
        });
        assert_eq!(serde_json::to_value(&body).unwrap(), expected);
    }
}
