//! Reads both formats of a body: the classic object and the CloudEvents list.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{NOTIFICATIONS_AT_MOST, Notification, Operation, Parsed, WebhookError};
use crate::{ObjectId, RealmId};

/// The longest id of a company or an object that is believed; real ones have at most 21 digits. They become keys of
/// whoever stores them.
pub(super) const LONGEST_ID: usize = 64;

/// The longest name of an entity, an operation or an event.
const LONGEST_NAME: usize = 200;

/// What notifications can be about. The CloudEvents format writes these names in small letters.
const ENTITIES: [&str; 31] = [
    "Account",
    "Bill",
    "BillPayment",
    "Budget",
    "ChangeOrder",
    "Class",
    "CompanyCurrency",
    "CreditMemo",
    "Currency",
    "Customer",
    "Department",
    "Deposit",
    "Employee",
    "Estimate",
    "Invoice",
    "Item",
    "JournalCode",
    "JournalEntry",
    "Payment",
    "PaymentMethod",
    "Preferences",
    "Purchase",
    "PurchaseOrder",
    "RefundReceipt",
    "SalesReceipt",
    "TaxAgency",
    "Term",
    "TimeActivity",
    "Transfer",
    "Vendor",
    "VendorCredit",
];

/// What a body says, in either format. An entry that cannot be read does not take the others with it. Check
/// [`is_signed`](super::is_signed) first.
pub fn parse(raw_body: &[u8]) -> Result<Parsed, WebhookError> {
    let body: &RawValue = serde_json::from_slice(raw_body).map_err(|_| WebhookError::NotJson)?;
    let mut parsed = Parsed::default();
    if let Ok(events) = serde_json::from_str::<Entries<'_>>(body.get()) {
        parsed.all(&events, |parsed, event| parsed.cloud_event(event));
        return Ok(parsed);
    }
    let object: Body<'_> =
        serde_json::from_str(body.get()).map_err(|_| WebhookError::UnknownFormat)?;
    match object {
        Body { companies: Some(companies), .. } => {
            parsed.all(&companies, |parsed, company| parsed.company(company));
        }
        // The form that CloudEvents has for a single event.
        Body { specversion: Some(_), .. } => parsed.cloud_event(body),
        Body { .. } => return Err(WebhookError::UnknownFormat),
    }
    Ok(parsed)
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, rename = "eventNotifications")]
    companies: Option<Entries<'a>>,
    specversion: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Company<'a> {
    #[serde(rename = "realmId")]
    realm: Value,
    #[serde(borrow, rename = "dataChangeEvent")]
    event: DataChangeEvent<'a>,
}

#[derive(Deserialize)]
struct DataChangeEvent<'a> {
    #[serde(borrow)]
    entities: Entries<'a>,
}

#[derive(Deserialize)]
struct Changed {
    name: Value,
    id: Value,
    operation: Value,
    #[serde(rename = "lastUpdated")]
    at: Value,
    #[serde(default, rename = "deletedId")]
    merged_away: Value,
}

#[derive(Deserialize)]
struct CloudEvent<'a> {
    #[serde(rename = "type")]
    event_type: Value,
    time: Value,
    #[serde(rename = "intuitaccountid")]
    realm: Value,
    #[serde(rename = "intuitentityid")]
    entity_id: Value,
    #[serde(default)]
    id: Value,
    #[serde(default, borrow)]
    data: Option<&'a RawValue>,
}

/// What Intuit puts in here is not documented beyond other names of the object, so all of it may be missing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    #[serde(rename = "deletedId")]
    merged_away: Value,
}

impl Parsed {
    fn all(&mut self, entries: &Entries<'_>, read: impl Fn(&mut Self, &RawValue)) {
        for entry in &entries.kept {
            read(self, entry);
        }
        self.left_out += entries.left_out;
    }

    fn company(&mut self, company: &RawValue) {
        let read = || -> Option<(RealmId, Entries<'_>)> {
            let Company { realm, event } = serde_json::from_str(company.get()).ok()?;
            Some((RealmId::new(id(&realm)?), event.entities))
        };
        match read() {
            Some((realm, entities)) => self.all(&entities, |parsed, entity| {
                parsed.take(|| classic(&realm, entity));
            }),
            None => self.unreadable += 1,
        }
    }

    fn cloud_event(&mut self, event: &RawValue) {
        self.take(|| cloud_event(event));
    }

    fn take(&mut self, read: impl FnOnce() -> Option<Notification>) {
        if self.notifications.len() >= NOTIFICATIONS_AT_MOST {
            self.left_out += 1;
            return;
        }
        match read() {
            Some(notification) => self.notifications.push(notification),
            None => self.unreadable += 1,
        }
    }
}

fn classic(realm: &RealmId, entity: &RawValue) -> Option<Notification> {
    let changed: Changed = serde_json::from_str(entity.get()).ok()?;
    Some(Notification {
        realm: realm.clone(),
        entity: entity_name(&text(&changed.name)?),
        id: ObjectId::new(id(&changed.id)?),
        operation: operation(&text(&changed.operation)?),
        at: moment(&changed.at)?,
        merged_away: id(&changed.merged_away).map(ObjectId::new),
        event_id: None,
    })
}

fn cloud_event(event: &RawValue) -> Option<Notification> {
    let event: CloudEvent<'_> = serde_json::from_str(event.get()).ok()?;
    let event_type = text(&event.event_type)?;
    // `qbo.billpayment.created.v1`; a later version would say the same in its first three words.
    let mut words = event_type.split('.').map(str::trim);
    let product = words.next()?;
    let (entity, done) = (words.next()?, words.next()?);
    if !product.eq_ignore_ascii_case("qbo") || entity.is_empty() || done.is_empty() {
        return None;
    }
    let data: Data =
        event.data.and_then(|data| serde_json::from_str(data.get()).ok()).unwrap_or_default();
    Some(Notification {
        realm: RealmId::new(id(&event.realm)?),
        entity: entity_name(entity),
        id: ObjectId::new(id(&event.entity_id)?),
        operation: operation(done),
        at: moment(&event.time)?,
        merged_away: id(&data.merged_away).map(ObjectId::new),
        event_id: text(&event.id),
    })
}

fn entity_name(name: &str) -> String {
    let known = ENTITIES.iter().find(|known| known.eq_ignore_ascii_case(name));
    known.map_or_else(|| name.to_owned(), |known| (*known).to_owned())
}

/// Both formats' words: `Create` and `created`, `Void` and `void`.
fn operation(word: &str) -> Operation {
    match word.to_ascii_lowercase().as_str() {
        "created" => Operation::Create,
        "updated" => Operation::Update,
        "deleted" => Operation::Delete,
        "merged" => Operation::Merge,
        "voided" => Operation::Void,
        _ => Operation::from(word.to_owned()),
    }
}

/// The three spellings that were seen: `…-0700`, `…-07:00`, and `…Z` with up to nine digits of a second.
fn moment(value: &Value) -> Option<Timestamp> {
    text(value)?.parse().ok()
}

fn id(value: &Value) -> Option<String> {
    text(value)
        .filter(|text| text.len() <= LONGEST_ID && text.bytes().all(|b| b.is_ascii_graphic()))
}

/// A text that says something, or a number where Intuit should have written a text.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let fits = !text.is_empty() && text.len() <= LONGEST_NAME && !text.contains(char::is_control);
    fits.then_some(text)
}

/// The first elements of a list, unread, and how many more there are.
struct Entries<'a> {
    kept: Vec<&'a RawValue>,
    left_out: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries<'de>, A::Error> {
                let mut kept = Vec::new();
                while kept.len() < NOTIFICATIONS_AT_MOST {
                    match list.next_element::<&'de RawValue>()? {
                        Some(element) => kept.push(element),
                        None => return Ok(Entries { kept, left_out: 0 }),
                    }
                }
                let mut left_out = 0;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    left_out += 1;
                }
                Ok(Entries { kept, left_out })
            }
        }

        deserializer.deserialize_seq(List)
    }
}
