//! The journal: every API and token call of a company, and what became of it.

use serde::Serialize;
use serde_json::{Value, json};

use super::script::Strike;
use crate::{
    api::{Fault, Limit, Operation, Target, throttled},
    call::{Answer, Call},
    company::Company,
    entities::entity_named,
};

/// Seconds that the header tells a throttled caller to wait, when the company sends one.
const RETRY_AFTER_SECONDS: &str = "60";

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It was carried out, whether or not the caller saw the answer.
    Performed,
    /// An earlier answer was given again.
    Replayed,
    /// A scripted fault took its place.
    Faulted,
    /// QuickBooks refused it.
    Rejected,
}

/// All calls so far, in order.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    seq: usize,
    at: String,
    method: String,
    path: String,
    entity: String,
    operation: String,
    requestid: Option<String>,
    /// What the caller saw; absent when the connection was dropped.
    status: Option<u16>,
    outcome: Outcome,
    fault_code: Option<String>,
    /// The scripted fault that struck, by its kind.
    scripted: Option<&'static str>,
    /// The request limit that refused it.
    limit: Option<&'static str>,
    /// Counted as data-out by the vendor.
    metered: bool,
    /// The operations of a batch: each counts by itself, although the limits count one call.
    items: Option<Vec<Item>>,
    /// How many reads are counted: of a batch, its queries.
    metered_reads: usize,
    intuit_tid: String,
    request_bytes: usize,
    response_bytes: usize,
}

/// One operation of a batch.
#[derive(Debug, Serialize)]
struct Item {
    #[serde(rename = "bId")]
    id: String,
    entity: String,
    operation: String,
    fault_code: Option<String>,
}

impl Journal {
    pub(super) fn listed(&self, after: usize) -> Value {
        json!({"calls": self.entries.iter().filter(|entry| entry.seq > after).collect::<Vec<_>>()})
    }
}

/// A call on its way into the journal.
#[derive(Debug)]
pub(crate) struct Attempt {
    entry: Entry,
    /// The code of the fault QuickBooks gave.
    pub(crate) fault_code: Option<String>,
}

impl Attempt {
    pub(crate) fn new(call: &Call, company: &Company, target: &Target) -> Self {
        let mut attempt = Self::of_token(call, company, target.operation.name());
        attempt.entry.entity.clone_from(&target.name);
        attempt.entry.metered = matches!(target.operation, Operation::Read | Operation::Query)
            || call.method == http::Method::GET;
        attempt.entry.metered_reads = usize::from(attempt.entry.metered);
        if target.operation == Operation::Batch {
            let items = items(call);
            attempt.entry.metered_reads =
                items.iter().filter(|item| item.operation == "query").count();
            attempt.entry.metered = attempt.entry.metered_reads > 0;
            attempt.entry.items = Some(items);
        }
        attempt
    }

    /// A call to the token or revocation endpoint.
    pub(crate) fn of_token(call: &Call, company: &Company, operation: &str) -> Self {
        let entry = Entry {
            seq: company.journal.entries.len() + 1,
            at: company.clock.now().to_string(),
            method: call.method.to_string(),
            path: call.path.clone(),
            entity: String::new(),
            operation: operation.to_owned(),
            requestid: call.parameter("requestid").map(str::to_owned),
            status: None,
            outcome: Outcome::Rejected,
            fault_code: None,
            scripted: None,
            limit: None,
            metered: false,
            items: None,
            metered_reads: 0,
            intuit_tid: call.tid.clone(),
            request_bytes: call.body.len(),
            response_bytes: 0,
        };
        Self { entry, fault_code: None }
    }

    /// QuickBooks refused the call because of a request limit.
    pub(crate) fn limited(mut self, company: &mut Company, limit: Limit) -> Answer {
        self.entry.limit = Some(limit.name());
        let fault = throttled(&company.switches);
        self.refused(company, &fault)
    }

    /// QuickBooks refused the call before doing anything.
    pub(crate) fn refused(mut self, company: &mut Company, fault: &Fault) -> Answer {
        self.fault_code = Some(fault.code.clone());
        let mut answer = fault.answer(&company.clock);
        if fault.status == 429 && company.switches.retry_after_header {
            answer = answer.with_header("retry-after", RETRY_AFTER_SECONDS);
        }
        self.done(company, answer, Outcome::Rejected, None)
    }

    /// A scripted fault took the place of the call.
    pub(crate) fn struck(
        mut self,
        company: &mut Company,
        answer: Answer,
        scripted: &Option<Strike>,
    ) -> Answer {
        self.entry.scripted = scripted.as_ref().map(Strike::name);
        self.fault_code = scripted.as_ref().and_then(Strike::code);
        self.done(company, answer, Outcome::Faulted, None)
    }

    /// The call ran its course; a scripted fault may still change what the caller sees.
    pub(crate) fn done(
        mut self,
        company: &mut Company,
        answer: Answer,
        outcome: Outcome,
        scripted: Option<Strike>,
    ) -> Answer {
        if let Some(items) = &mut self.entry.items {
            note_faults(items, &answer);
        }
        let answer = match &scripted {
            Some(strike) => {
                self.entry.scripted = Some(strike.name());
                strike.afterwards(answer)
            }
            None => answer,
        };
        self.entry.outcome = outcome;
        self.entry.fault_code = self.fault_code;
        self.entry.status = (!answer.dropped).then_some(answer.status);
        self.entry.response_bytes = answer.body.len();
        company.journal.entries.push(self.entry);
        answer
    }
}

/// What a batch asks for.
fn items(call: &Call) -> Vec<Item> {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let items = body["BatchItemRequest"].as_array().cloned().unwrap_or_default();
    let item = |item: Value| {
        let word = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let is_query = item.get("Query").is_some();
        let is_void = word("optionsData").eq_ignore_ascii_case("void");
        let mut names = item.as_object().into_iter().flat_map(|members| members.keys());
        let entity = names.find(|name| entity_named(name).is_some()).cloned();
        Item {
            id: word("bId"),
            entity: entity.unwrap_or_default(),
            operation: match (is_query, is_void) {
                (true, _) => "query".to_owned(),
                (false, true) => "void".to_owned(),
                (false, false) => word("operation"),
            },
            fault_code: None,
        }
    };
    items.into_iter().map(item).collect()
}

fn note_faults(items: &mut [Item], answer: &Answer) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let answers = body["BatchItemResponse"].as_array().map(Vec::as_slice).unwrap_or_default();
    for item in items {
        let own = answers.iter().find(|answer| answer["bId"] == item.id.as_str());
        let code = own.and_then(|own| own["Fault"]["Error"][0]["code"].as_str());
        item.fault_code = code.map(str::to_owned);
    }
}
