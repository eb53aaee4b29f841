//! Words of a fixed choice, and stored forms that appear in answers as they are.
//!
//! They are `domain`'s own, which knows nothing of descriptions. So the words come from the values themselves, and a
//! value that is missing here does not compile.

use std::borrow::Cow;

use domain::dead_letter::Subject;
use domain::event::{FAMILIES, Kind, TYPE_PREFIX};
use domain::issued::{self, IssuedState as Issued};
use domain::list::List;
use domain::matching::Why;
use domain::template::{self, Template};
use domain::{connection, import, ledger, link, posting, record, settings};
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::body::asked::DECISIONS;
use crate::body::retry::RETRIABLE;
use crate::routes::filters::LISTED;
use crate::routes::lists::ENTRY_USES;

/// Declares a choice of words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident => $words:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let words: Vec<Value> = $words;
                json!({"type": "string", "enum": words}).try_into().expect("an object is a schema")
            }
        }
    )*};
}

/// The words that all values of an enum are written as.
macro_rules! every {
    ($type:path { $($variant:ident),* $(,)? }) => {{
        const _: fn($type) = |value| {
            use $type as Every;
            match value { $(Every::$variant => {})* }
        };
        use $type as Every;
        vec![$(serde_json::to_value(Every::$variant).expect("a word")),*]
    }};
}

words! {
    /// Where a posting stands.
    State => every!(posting::State { Expected, Held, Queued, Posting, Posted, Blocked, Rejected, Skipped });
    /// What an event did.
    Outcome => every!(posting::Outcome { Created, Updated, Voided, Unchanged, Superseded });
    /// What a QuickBooks object is.
    ObjectKind => every!(ledger::ObjectKind {
        Customer, Item, PaymentMethod, Invoice, Payment, Vendor, SalesReceipt, Deposit, Bill, Purchase, JournalEntry,
    });
    /// A part of a document that a record determines.
    DocumentPart => texts(ledger::Part::ALL.map(ledger::Part::as_str));
    /// What becomes of parts of a document that the record and a bookkeeper both changed.
    Decision => texts(DECISIONS.map(|(word, _)| word));
    /// Why an object no longer counts.
    Removal => every!(ledger::Removal { Voided, Deleted, VoidedInQuickbooks, DeletedInQuickbooks, Replaced, Unlinked });
    /// How a connection stands.
    ConnectionStatus => every!(connection::Status { Connected, NeedsReconnect, Disconnected });
    /// How a link came about.
    Origin => every!(link::Origin { Created, FoundByName, ByHand });
    /// What became of charging a card.
    Charge => every!(record::Charge { Succeeded, Failed });
    /// Whether a disbursement counts.
    DisbursementStatus => every!(record::DisbursementStatus { Draft, Approved, Canceled });
    /// What kind of record.
    RecordKind => texts(record::RecordKind::ALL.map(record::RecordKind::as_str));
    /// What kind of link.
    ListKind => texts(link::ListKind::ALL.map(link::ListKind::as_str));
    /// The name of a list.
    ListName => texts(List::ALL.map(List::as_str));
    /// Why a match is proposed.
    MatchReason => texts(WHY.map(Why::as_str));
    /// States by which postings are listed.
    Listed => texts(LISTED.map(posting::State::as_str));
    /// States from which postings can be tried again.
    Retriable => texts(RETRIABLE.map(posting::State::as_str));
    /// What was given up.
    DeadSubject => texts(Subject::ALL.map(Subject::as_str));
    /// What is shown beyond the usual.
    Include => texts(["hidden"]);
    /// What a record is posted by.
    Workflow => texts(posting::Workflow::ALL.map(posting::Workflow::as_str));
    /// A way to post one kind of record.
    TemplateName => texts(Template::ALL.map(Template::as_str));
    /// How far a workflow has come.
    Stage => every!(settings::Stage { Draft, Applied, Active, Paused });
    /// A choice of a workflow.
    WorkflowField => texts(template::Field::ALL.map(template::Field::as_str));
    /// The choice that an entry of a list is for.
    EntryUse => ENTRY_USES.iter().map(|field| field.as_str().into()).collect();
    /// What changed, as an event says it.
    EventType => Kind::ALL.iter().map(|kind| format!("{TYPE_PREFIX}{}", kind.as_str()).into()).collect();
    /// Events by family or type.
    EventChoice => {
        let kinds = Kind::ALL.iter().map(|kind| kind.as_str());
        let bare: Vec<&str> = FAMILIES.into_iter().chain(kinds).collect();
        let full = bare.iter().map(|word| format!("{TYPE_PREFIX}{word}").into());
        bare.iter().map(|word| (*word).into()).chain(full).collect()
    };
    /// Where an import stands.
    ImportState => every!(import::State { AwaitingFile, Validating, Importing, Paused, Done, Cancelled, Failed });
    /// Which pass through its file an import is in.
    ImportPhase => every!(import::Phase { Validating, Documents, Payments });
    /// Whose an endpoint is.
    EndpointScope => texts(["tenant", "deployment"]);
    /// How an issued payment stands.
    IssuedState => texts(Issued::ALL.map(Issued::as_str));
    /// The color in which a state of issued payments is shown.
    IssuedColor => texts(Issued::ALL.map(|state| state.color().as_str()));
    /// How a bill was paid.
    PayType => every!(issued::PayType { Check, CreditCard });
    /// Who wants a record to be posted.
    Trigger => texts(["person", "event"]);
}

const WHY: [Why; 4] = [Why::SameName, Why::SameEmail, Why::Punctuation, Why::SimilarName];

fn texts<const N: usize>(words: [&str; N]) -> Vec<Value> {
    words.into_iter().map(Value::from).collect()
}

/// Why something waits or was refused. Every code is explained in the README.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Reason {
    /// Stable, for programs.
    code: String,
    /// What is the matter, for people.
    message: String,
    /// Who must do what, where.
    remedy: String,
    /// What a person may decide, where there is more than one way.
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
    /// What the record and QuickBooks say, where both were changed.
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Difference>,
}

/// Two versions of one part of a document.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Difference {
    /// Which part of the document.
    #[schemars(with = "DocumentPart")]
    field: String,
    /// What the record wants it to say.
    record: String,
    /// What it says in QuickBooks.
    quickbooks: String,
}

/// What was changed in a value so that QuickBooks takes it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Change {
    /// JSON path of the value in the record.
    path: String,
    /// What the host sent.
    from: String,
    /// What QuickBooks gets.
    to: String,
    /// Why.
    why: String,
}

/// An entry of a QuickBooks list that was chosen.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Choice {
    /// Its QuickBooks id.
    id: String,
    /// Its name when it was chosen.
    name: String,
}

/// A chosen value.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum ChosenValue {
    /// An entry of a list.
    Entry(Choice),
    /// An entry of a list for each of the host's products and services, by the host's ids.
    Entries(std::collections::BTreeMap<String, Choice>),
    /// A word, a day or a text.
    Text(String),
}

/// What was chosen for a workflow, by field.
pub(crate) type Chosen = std::collections::BTreeMap<String, ChosenValue>;

/// A company, to show what is said about one.
pub(crate) fn example_company() -> connection::Company {
    connection::Company {
        id: domain::id::CompanyId::parse("9341457021722202").expect("digits are an id"),
        name: "Craig's Design and Landscaping Services".to_owned(),
        country: "US".to_owned(),
        edition: Some("QuickBooks Online Plus".to_owned()),
        currency: domain::money::Currency::parse("USD").expect("it is a code"),
        multicurrency: false,
        books: connection::Books::default(),
    }
}

/// A connection, to show what is said about one.
pub(crate) fn example_connection() -> connection::Connection {
    let at = jiff::Timestamp::UNIX_EPOCH;
    connection::Connection {
        schema: connection::SCHEMA,
        status: connection::Status::Connected,
        company: example_company(),
        connected_at: at,
        token_generation: 1,
        refresh_expires_at: at,
        hard_expires_at: None,
        paused_until: None,
        wake_pending: false,
    }
}

/// A QuickBooks company.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Company {
    /// The company's id at QuickBooks, which Intuit calls the realm id.
    id: String,
    /// Its name.
    name: String,
    /// Two-letter country of the edition.
    country: String,
    /// The edition, as QuickBooks calls it.
    edition: Option<String>,
    /// ISO 4217 code of the home currency.
    currency: String,
    /// Whether customers may have another currency.
    multicurrency: bool,
    /// Which days its books take.
    books: Books,
}

/// Which days a company's books take, as QuickBooks said when it was last asked.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Books {
    /// The day the company began.
    start: Option<Date>,
    /// The last day of the closed periods.
    closed_through: Option<Date>,
}

#[cfg(test)]
mod tests {
    use domain::id::CompanyId;
    use domain::money::Currency;
    use domain::reason::Failure;

    use super::*;
    use crate::openapi::strict;

    #[test]
    fn stored_forms_in_answers_are_described_as_they_are() {
        let company = connection::Company {
            id: CompanyId::parse("9130").unwrap(),
            name: "Sandbox".to_owned(),
            country: "US".to_owned(),
            edition: None,
            currency: Currency::parse("USD").unwrap(),
            multicurrency: false,
            books: connection::Books::default(),
        };
        let change = domain::name::change("agent.name", "a:b", "a-b").unwrap();
        let choice = settings::Choice {
            id: domain::id::ObjectId::parse("1").unwrap(),
            name: "Services".to_owned(),
        };
        strict::check::<Choice>(&choice);
        strict::check::<Reason>(&Failure::not_connected().reason);
        strict::check::<Change>(&change);
        strict::check::<Company>(&company);
    }
}
