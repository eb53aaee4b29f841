//! Whole lists, and single entries of them, for people who choose.

use domain::id::ObjectId;
use domain::list::{Entry, List};
use jiff::Timestamp;
use quickbooks::entity::{
    Account, Class, Customer, Department, Entity, Item, ItemType, MetaData, PaymentMethod, Ref,
    TaxCode, Term, Vendor,
};
use quickbooks::{Access, Change, Changes, Client, Direction, EntityKind, Error, Field, Query};

use super::{id, last_changed, object_id};
use crate::notices::entries::Sighting;

/// Rows of one page; the most QuickBooks gives.
const PAGE: u32 = 1000;
/// Ids asked for in one statement; keeps it far below the length that gateways cut off.
pub(crate) const IDS_IN_ONE_QUERY: usize = 40;

/// One page of a list.
pub(crate) struct Page {
    /// Its entries.
    pub(crate) entries: Vec<Entry>,
    /// Where the next one begins.
    pub(crate) next_start: Option<u32>,
}

/// A page of the active entries of a list, beginning at a position counted from 1. One metered read.
pub(crate) async fn list_page(
    client: &Client,
    access: &Access,
    list: List,
    start: u32,
) -> Result<Page, Error> {
    match list {
        List::Accounts => page(client, access, start, account).await,
        List::Items => page(client, access, start, item).await,
        List::Customers => page(client, access, start, customer).await,
        List::Vendors => page(client, access, start, vendor).await,
        List::Classes => page(client, access, start, class).await,
        List::Departments => page(client, access, start, department).await,
        List::Terms => page(client, access, start, term).await,
        List::TaxCodes => page(client, access, start, tax_code).await,
        List::PaymentMethods => page(client, access, start, payment_method).await,
    }
}

/// Those entries of a list that have one of the ids, active or not. One metered read for 40 of them.
pub(crate) async fn entries_with_ids(
    client: &Client,
    access: &Access,
    list: List,
    wanted: &[ObjectId],
) -> Result<Vec<Entry>, Error> {
    match list {
        List::Accounts => some(client, access, wanted, Account::ACTIVE, account).await,
        List::Items => some(client, access, wanted, Item::ACTIVE, item).await,
        List::Customers => some(client, access, wanted, Customer::ACTIVE, customer).await,
        List::Vendors => some(client, access, wanted, Vendor::ACTIVE, vendor).await,
        List::Classes => some(client, access, wanted, Class::ACTIVE, class).await,
        List::Departments => some(client, access, wanted, Department::ACTIVE, department).await,
        List::Terms => some(client, access, wanted, Term::ACTIVE, term).await,
        List::TaxCodes => some(client, access, wanted, TaxCode::ACTIVE, tax_code).await,
        List::PaymentMethods => {
            some(client, access, wanted, PaymentMethod::ACTIVE, payment_method).await
        }
    }
}

/// Lists whose changes are asked for together with those of payments.
pub(crate) const WATCHED: [(List, EntityKind); 8] = [
    (List::Accounts, EntityKind::Account),
    (List::Items, EntityKind::Item),
    (List::Customers, EntityKind::Customer),
    (List::Vendors, EntityKind::Vendor),
    (List::Classes, EntityKind::Class),
    (List::Departments, EntityKind::Department),
    (List::Terms, EntityKind::Term),
    (List::PaymentMethods, EntityKind::PaymentMethod),
];

/// Entries of a list that changed since a moment. One metered read; absent when more changed than an answer tells.
pub(crate) async fn entries_changed_since(
    client: &Client,
    access: &Access,
    list: List,
    since: Timestamp,
) -> Result<Option<Vec<Sighting>>, Error> {
    let Some((_, kind)) = WATCHED.iter().find(|(watched, _)| *watched == list) else {
        return Ok(None);
    };
    let changes = client.changes(access, &[*kind], since).await?;
    Ok((!changes.is_full()).then(|| changed_entries(&changes, list)))
}

/// What an answer says of the entries of a list.
pub(crate) fn changed_entries(changes: &Changes, list: List) -> Vec<Sighting> {
    match list {
        List::Accounts => sightings(changes, |it: &Account| it.meta_data.clone(), account),
        List::Items => sightings(changes, |it: &Item| it.meta_data.clone(), item),
        List::Customers => sightings(changes, |it: &Customer| it.meta_data.clone(), customer),
        List::Vendors => sightings(changes, |it: &Vendor| it.meta_data.clone(), vendor),
        List::Classes => sightings(changes, |it: &Class| it.meta_data.clone(), class),
        List::Departments => sightings(changes, |it: &Department| it.meta_data.clone(), department),
        List::Terms => sightings(changes, |it: &Term| it.meta_data.clone(), term),
        List::PaymentMethods => {
            sightings(changes, |it: &PaymentMethod| it.meta_data.clone(), payment_method)
        }
        // QuickBooks does not tell their changes.
        List::TaxCodes => Vec::new(),
    }
}

/// Entries that cannot be read are passed over: nothing is lost by looking at them later.
fn sightings<T: Entity>(
    changes: &Changes,
    times: impl Fn(&T) -> Option<MetaData>,
    entry: impl Fn(T) -> Option<Entry>,
) -> Vec<Sighting> {
    let sighting = |change| match change {
        Change::Is(object) => {
            let at = last_changed(times(&object).as_ref())?;
            let entry = entry(object)?;
            Some(Sighting { id: entry.id.clone(), at, entry: Some(entry) })
        }
        Change::Deleted { id, at } => {
            Some(Sighting { id: object_id(&id)?, at: at.unwrap_or(changes.time), entry: None })
        }
    };
    changes.each::<T>().flatten().filter_map(sighting).collect()
}

async fn page<T: Entity>(
    client: &Client,
    access: &Access,
    start: u32,
    entry: impl Fn(T) -> Option<Entry>,
) -> Result<Page, Error> {
    let query = Query::<T>::new().order_by(Field::ID, Direction::Ascending).start(start).max(PAGE);
    let page = client.query(access, &query).await?;
    Ok(Page {
        entries: page.objects.into_iter().filter_map(entry).collect(),
        next_start: page.next_start,
    })
}

async fn some<T: Entity>(
    client: &Client,
    access: &Access,
    wanted: &[ObjectId],
    active: Field<T>,
    entry: impl Fn(T) -> Option<Entry>,
) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for wanted in wanted.chunks(IDS_IN_ONE_QUERY) {
        let ids: Vec<_> = wanted.iter().map(id).collect();
        let query = Query::<T>::new()
            .one_of(Field::ID, ids.iter().map(quickbooks::ObjectId::as_str))
            .one_of(active, [true, false])
            .max(PAGE);
        let found = client.query(access, &query).await?.objects;
        entries.extend(found.into_iter().filter_map(&entry));
    }
    Ok(entries)
}

/// An account as people choose it.
pub(crate) fn account(account: Account) -> Option<Entry> {
    let entry = plain(account.id, account.name, account.fully_qualified_name, account.active)?;
    Some(Entry {
        kind: account.account_type.map(String::from),
        classification: account.classification.map(String::from),
        currency: currency(account.currency_ref),
        ..entry
    })
}

fn item(item: Item) -> Option<Entry> {
    let entry = plain(item.id, item.name, item.fully_qualified_name, item.active)?;
    Some(Entry {
        sellable: !matches!(item.item_type, Some(ItemType::Category | ItemType::Group)),
        kind: item.item_type.map(String::from),
        ..entry
    })
}

fn customer(customer: Customer) -> Option<Entry> {
    let Customer { id, display_name, fully_qualified_name, active, .. } = customer;
    let entry = plain(id, display_name, fully_qualified_name, active)?;
    Some(Entry {
        email: customer.primary_email_addr.and_then(|email| email.address),
        currency: currency(customer.currency_ref),
        ..entry
    })
}

fn vendor(vendor: Vendor) -> Option<Entry> {
    let entry = plain(vendor.id, vendor.display_name, None, vendor.active)?;
    Some(Entry {
        email: vendor.primary_email_addr.and_then(|email| email.address),
        currency: currency(vendor.currency_ref),
        ..entry
    })
}

fn class(class: Class) -> Option<Entry> {
    plain(class.id, class.name, class.fully_qualified_name, class.active)
}

fn department(department: Department) -> Option<Entry> {
    let Department { id, name, fully_qualified_name, active, .. } = department;
    plain(id, name, fully_qualified_name, active)
}

fn term(term: Term) -> Option<Entry> {
    plain(term.id, term.name, None, term.active)
}

fn tax_code(code: TaxCode) -> Option<Entry> {
    plain(code.id, code.name, None, code.active)
}

fn payment_method(method: PaymentMethod) -> Option<Entry> {
    let entry = plain(method.id, method.name, None, method.active)?;
    Some(Entry { kind: method.method_type, ..entry })
}

fn plain(
    id: Option<quickbooks::ObjectId>,
    name: Option<String>,
    full_name: Option<String>,
    active: Option<bool>,
) -> Option<Entry> {
    let name = name?;
    Some(Entry {
        id: object_id(&id?)?,
        full_name: full_name.unwrap_or_else(|| name.clone()),
        name,
        active: active.unwrap_or(true),
        kind: None,
        classification: None,
        email: None,
        currency: None,
        sellable: true,
    })
}

fn currency(reference: Option<Ref>) -> Option<String> {
    reference.map(|currency| currency.value.as_str().to_owned())
}
