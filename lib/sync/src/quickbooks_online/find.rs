//! The few questions asked of QuickBooks Online. Each is a metered read, so none is asked in the steady state.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::CompanyId;
use domain::ledger::ObjectKind;
use domain::link::ListKind;
use domain::posting::Search;
use jiff::{SignedDuration, Timestamp};
use quickbooks::entity::{
    Bill, Customer, Deposit, Entity, Invoice, Item, ItemType, JournalEntry, Payment, PaymentMethod,
    Purchase, SalesReceipt, Vendor,
};
use quickbooks::{Access, Client, Direction, Error, Field, Op, Query};
use rust_decimal::Decimal;

use super::answer::{Readable, Seen};
use super::{id, last_changed, object_id};

/// Names asked for in one statement; keeps it far below the length that gateways cut off.
pub(crate) const NAMES_IN_ONE_QUERY: usize = 40;
/// Rows of one page; the most QuickBooks gives.
const PAGE: u32 = 1000;
/// The clocks of QuickBooks and AWS may differ, and offsets be misread, by less than this.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// An entry of a list, as far as linking it needs.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: domain::id::ObjectId,
    pub(crate) name: String,
    /// Absent where the list has no currency.
    pub(crate) currency: Option<String>,
    /// False for categories and bundles, which no line can sell.
    pub(crate) sellable: bool,
    /// When it last changed, by QuickBooks' clock.
    pub(crate) changed_at: Option<Timestamp>,
}

/// The active entries of a list that have one of `names`.
pub(crate) async fn entries_named(
    client: &Client,
    access: &Access,
    kind: ListKind,
    names: &[String],
) -> Result<Vec<Entry>, Error> {
    match kind {
        ListKind::Customer => {
            named(client, access, Customer::DISPLAY_NAME, names, |customer: Customer| {
                let currency =
                    customer.currency_ref.map(|currency| currency.value.as_str().to_owned());
                Some(Entry {
                    id: object_id(&customer.id?)?,
                    name: customer.display_name?,
                    currency,
                    sellable: true,
                    changed_at: last_changed(customer.meta_data.as_ref()),
                })
            })
            .await
        }
        ListKind::Vendor => {
            named(client, access, Vendor::DISPLAY_NAME, names, |vendor: Vendor| {
                let currency =
                    vendor.currency_ref.map(|currency| currency.value.as_str().to_owned());
                Some(Entry {
                    id: object_id(&vendor.id?)?,
                    name: vendor.display_name?,
                    currency,
                    sellable: true,
                    changed_at: last_changed(vendor.meta_data.as_ref()),
                })
            })
            .await
        }
        ListKind::Item => {
            named(client, access, Item::ITEM_NAME, names, |item: Item| {
                let sellable =
                    !matches!(item.item_type, Some(ItemType::Category | ItemType::Group));
                Some(Entry {
                    id: object_id(&item.id?)?,
                    name: item.name?,
                    currency: None,
                    sellable,
                    changed_at: last_changed(item.meta_data.as_ref()),
                })
            })
            .await
        }
        ListKind::PaymentMethod => {
            named(client, access, PaymentMethod::METHOD_NAME, names, |method: PaymentMethod| {
                Some(Entry {
                    id: object_id(&method.id?)?,
                    name: method.name?,
                    currency: None,
                    sellable: true,
                    changed_at: last_changed(method.meta_data.as_ref()),
                })
            })
            .await
        }
    }
}

async fn named<T: Entity>(
    client: &Client,
    access: &Access,
    field: Field<T>,
    names: &[String],
    entry: impl Fn(T) -> Option<Entry>,
) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for names in names.chunks(NAMES_IN_ONE_QUERY) {
        let query = Query::new().one_of(field, names.iter().map(String::as_str)).max(PAGE);
        entries.extend(client.query(access, &query).await?.objects.into_iter().filter_map(&entry));
    }
    Ok(entries)
}

/// Where a document with a marker is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Among<'a> {
    /// Among those that were made around or after this time.
    MadeSince(Timestamp),
    /// Among those with this number, however old they are.
    Numbered(&'a str),
}

/// A document that carries a marker.
#[derive(Debug)]
pub(crate) struct Marked {
    /// The marker.
    pub(crate) marker: String,
    /// The document.
    pub(crate) seen: Seen,
}

/// The documents of a kind that carry the marker of one of `searches`.
pub(crate) async fn documents_with_markers(
    client: &Client,
    access: &Access,
    company: &CompanyId,
    kind: ObjectKind,
    searches: &[&Search],
    among: Among<'_>,
) -> Result<Vec<Marked>, Error> {
    let find = Finding { client, access, company, searches, among };
    match kind {
        ObjectKind::Invoice => {
            find.documents(Some(Invoice::DOC_NUMBER), Some(Invoice::CUSTOMER)).await
        }
        ObjectKind::SalesReceipt => {
            find.documents(Some(SalesReceipt::DOC_NUMBER), Some(SalesReceipt::CUSTOMER)).await
        }
        ObjectKind::Payment => {
            find.documents(Some(Payment::REF_NUM), Some(Payment::CUSTOMER)).await
        }
        ObjectKind::Bill => find.documents(Some(Bill::DOC_NUMBER), Some(Bill::VENDOR)).await,
        ObjectKind::Deposit => find.documents::<Deposit>(None, None).await,
        ObjectKind::Purchase => find.documents(Some(Purchase::DOC_NUMBER), None).await,
        ObjectKind::JournalEntry => find.documents(Some(JournalEntry::DOC_NUMBER), None).await,
        ObjectKind::Customer
        | ObjectKind::Item
        | ObjectKind::PaymentMethod
        | ObjectKind::Vendor => Ok(Vec::new()),
    }
}

/// A search for markers.
struct Finding<'a> {
    client: &'a Client,
    access: &'a Access,
    company: &'a CompanyId,
    searches: &'a [&'a Search],
    among: Among<'a>,
}

impl Finding<'_> {
    /// The private note cannot be filtered by; the party can, for some kinds, and narrows it down.
    async fn documents<T: Readable>(
        &self,
        number: Option<Field<T>>,
        party: Option<Field<T>>,
    ) -> Result<Vec<Marked>, Error> {
        let query = Query::<T>::new();
        let mut query = match (self.among, number) {
            (Among::MadeSince(time), _) => {
                query.filter(Field::CREATED, Op::Ge, time - CLOCK_MARGIN)
            }
            (Among::Numbered(wanted), Some(number)) => query.filter(number, Op::Eq, wanted),
            (Among::Numbered(_), None) => return Ok(Vec::new()),
        };
        let parties: Option<BTreeSet<&str>> = self
            .searches
            .iter()
            .map(|search| search.party.as_ref().map(domain::id::ObjectId::as_str))
            .collect();
        if let (Some(field), Some(parties)) = (party, parties) {
            query = match parties.iter().next() {
                Some(only) if parties.len() == 1 => query.filter(field, Op::Eq, *only),
                _ => query.one_of(field, parties),
            };
        }
        let found = all(self.client, self.access, query).await?;
        let marked = |document: &T| {
            let note = document.note()?;
            let search = self.searches.iter().find(|search| note.contains(&search.marker))?;
            let seen = document.read(self.company)?;
            Some(Marked { marker: search.marker.clone(), seen })
        };
        Ok(found.iter().filter_map(marked).collect())
    }
}

/// A document as it is in QuickBooks now. `None`: its answer cannot be understood.
pub(crate) async fn document(
    client: &Client,
    access: &Access,
    company: &CompanyId,
    kind: ObjectKind,
    wanted: &domain::id::ObjectId,
) -> Result<Option<Seen>, Error> {
    let read = Reading { client, access, company, id: id(wanted) };
    match kind {
        ObjectKind::Invoice => read.one::<Invoice>().await,
        ObjectKind::SalesReceipt => read.one::<SalesReceipt>().await,
        ObjectKind::Payment => read.one::<Payment>().await,
        ObjectKind::Deposit => read.one::<Deposit>().await,
        ObjectKind::Bill => read.one::<Bill>().await,
        ObjectKind::Purchase => read.one::<Purchase>().await,
        ObjectKind::JournalEntry => read.one::<JournalEntry>().await,
        ObjectKind::Customer
        | ObjectKind::Item
        | ObjectKind::PaymentMethod
        | ObjectKind::Vendor => Ok(None),
    }
}

struct Reading<'a> {
    client: &'a Client,
    access: &'a Access,
    company: &'a CompanyId,
    id: quickbooks::ObjectId,
}

impl Reading<'_> {
    async fn one<T: Readable + quickbooks::entity::can::Read>(
        &self,
    ) -> Result<Option<Seen>, Error> {
        Ok(self.client.read::<T>(self.access, &self.id).await?.read(self.company))
    }
}

async fn all<T: Entity>(
    client: &Client,
    access: &Access,
    query: Query<T>,
) -> Result<Vec<T>, Error> {
    let mut query = query.order_by(Field::ID, Direction::Ascending).max(PAGE);
    let mut objects = Vec::new();
    loop {
        let page = client.query(access, &query).await?;
        objects.extend(page.objects);
        match page.next_start {
            Some(start) => query = query.start(start),
            None => return Ok(objects),
        }
    }
}

/// What `invoices` have open.
pub(crate) async fn open_balances(
    client: &Client,
    access: &Access,
    invoices: &[domain::id::ObjectId],
) -> Result<BTreeMap<domain::id::ObjectId, Decimal>, Error> {
    let mut balances = BTreeMap::new();
    for invoices in invoices.chunks(NAMES_IN_ONE_QUERY) {
        let ids: Vec<_> = invoices.iter().map(id).collect();
        let query = Query::<Invoice>::new()
            .one_of(Field::ID, ids.iter().map(quickbooks::ObjectId::as_str))
            .max(PAGE);
        for invoice in client.query(access, &query).await?.objects {
            if let (Some(id), Some(balance)) =
                (invoice.id.as_ref().and_then(object_id), invoice.balance)
            {
                balances.insert(id, balance);
            }
        }
    }
    Ok(balances)
}
