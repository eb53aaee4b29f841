//! Reads the shares of a disbursement.

use std::collections::BTreeMap;

use domain::id::HostId;
use domain::money::Currency;
use domain::name::MAX_PARTY_NAME;
use domain::record::{BillItem, Party, Role, Share, Withheld, Withholding};

use super::NEGATIVE;
use crate::body::MAX_NUMBER;
#[cfg(test)]
use crate::body::bill::{ItemShape, MAX_EMAIL};
use crate::body::bill::{email, item};
use crate::body::cursor::{Field, Fields};
use crate::body::shape::shape;
#[cfg(test)]
use crate::openapi::value::{self, Email, Id, Line, List, Name, Switch, Text};

/// Payees' lines of a disbursement; each payee is a document in QuickBooks.
pub(super) const MAX_PAYEES: usize = 50;
/// Fees, and as many deductions, of an agent. They are all named in the description of one line, where QuickBooks takes
/// 4,000 characters.
const MAX_WITHHELD: usize = 10;
/// Longest name of a fee or deduction.
const MAX_WITHHELD_NAME: usize = 100;
/// Leaves room for fees, deductions and the address on the same line.
const MAX_DESCRIPTION: usize = 1000;

shape! {
    /// What the brokerage keeps of the gross commission.
    #[schemars(rename = "CompanyShare")]
    pub(crate) CompanyShareShape {
        /// How much.
        required amount: value::Amount,
        /// What the line is called; otherwise "Company share".
        optional description: Text<MAX_DESCRIPTION>,
        /// The product or service of the line; otherwise the workflow's.
        optional item: ItemShape,
        /// The QuickBooks id of the account it is booked to in a deposit; otherwise the workflow's.
        optional account: Id,
        /// Whether it is on the income document.
        optional sync: Switch,
    }
}

shape! {
    /// What an agent gets of the gross commission. The agent becomes a QuickBooks vendor.
    #[schemars(rename = "AgentShare")]
    pub(crate) AgentShape {
        /// The host's id of the agent. One id has one name in a disbursement.
        required id: Id,
        /// The name that people know the agent by.
        required name: Name<MAX_PARTY_NAME>,
        /// The agent's e-mail address.
        optional email: Email<MAX_EMAIL>,
        /// The agent's part of the gross commission.
        required split: value::Amount,
        /// What the lines are called; otherwise "Commission".
        optional description: Text<MAX_DESCRIPTION>,
        /// The number of the agent's document.
        optional number: Line<MAX_NUMBER>,
        /// The product or service of the income line; otherwise the workflow's.
        optional item: ItemShape,
        /// The QuickBooks id of the account of the expense; otherwise the workflow's.
        optional account: Id,
        /// Whether it is on documents, as income and as expense.
        optional sync: Switch,
        /// What the company keeps back for itself.
        optional fees: List<WithheldShape, 0, MAX_WITHHELD>,
        /// What the company keeps back because the agent owes it.
        optional deductions: List<WithheldShape, 0, MAX_WITHHELD>,
    }
}

shape! {
    /// What somebody else gets of the gross commission. They become a QuickBooks vendor.
    #[schemars(rename = "OtherShare")]
    pub(crate) OtherShareShape {
        /// The host's id of who gets it. One id has one name in a disbursement.
        required id: Id,
        /// The name that people know them by.
        required name: Name<MAX_PARTY_NAME>,
        /// Their e-mail address.
        optional email: Email<MAX_EMAIL>,
        /// How much they get.
        required amount: value::Amount,
        /// What the lines are called; otherwise "Referral" or "Franchise fee".
        optional description: Text<MAX_DESCRIPTION>,
        /// The number of their document.
        optional number: Line<MAX_NUMBER>,
        /// The product or service of the income line; otherwise the workflow's.
        optional item: ItemShape,
        /// The QuickBooks id of the account of the expense; otherwise the workflow's.
        optional account: Id,
        /// Whether it is on documents, as income and as expense.
        optional sync: Switch,
    }
}

shape! {
    /// Something that is kept back.
    #[schemars(rename = "Withheld")]
    pub(crate) WithheldShape {
        /// What for.
        required name: Name<MAX_WITHHELD_NAME>,
        /// How much.
        required amount: value::Amount,
        /// Whether the payout is lowered by it.
        optional sync: Switch,
    }
}

/// A share, and where it is in the body.
pub(super) struct Placed<'a> {
    pub(super) share: Share,
    pub(super) field: Field<'a>,
}

/// Reads all shares; `None` when something was reported.
pub(super) fn read<'a>(
    fields: &Fields<'a>,
    currency: Option<&Currency>,
) -> Option<Vec<Placed<'a>>> {
    let mut known = Known::default();
    let mut shares = Vec::new();
    if let Some(field) = fields.optional("company_share") {
        let share = company(&field, currency, &mut known);
        shares.push(share.map(|share| Placed { share, field }));
    }
    let lists =
        [("agents", Role::Agent), ("referrals", Role::Referral), ("franchise", Role::Franchise)];
    let mut payees = 0;
    for (name, role) in lists {
        let Some(field) = fields.optional(name) else { continue };
        let Some(entries) = field.list(0, MAX_PAYEES) else {
            shares.push(None);
            continue;
        };
        payees += entries.len();
        for field in entries {
            let share = payee(&field, role, currency, &mut known);
            shares.push(share.map(|share| Placed { share, field }));
        }
    }
    if payees > MAX_PAYEES {
        fields.fail(
            "agents",
            "too_many_payees",
            format!("are {payees} lines together with referrals and franchise"),
            format!("Send at most {MAX_PAYEES} lines, or split the disbursement into several."),
        );
        return None;
    }
    shares.into_iter().collect()
}

fn company(field: &Field<'_>, currency: Option<&Currency>, known: &mut Known) -> Option<Share> {
    let fields = field.object(CompanyShareShape::FIELDS)?;
    let amount = fields.required("amount").and_then(|field| field.amount(currency, &NEGATIVE));
    let blank = Share {
        role: Role::Company,
        payee: None,
        description: None,
        amount: amount.unwrap_or_default(),
        withheld: Vec::new(),
        synced: true,
        number: None,
        item: None,
        account: None,
    };
    let share = details(&fields, blank, known);
    amount.and(share)
}

fn payee(
    field: &Field<'_>,
    role: Role,
    currency: Option<&Currency>,
    known: &mut Known,
) -> Option<Share> {
    let (names, amount): (_, &'static str) = match role {
        Role::Agent => (AgentShape::FIELDS, "split"),
        _ => (OtherShareShape::FIELDS, "amount"),
    };
    let fields = field.object(names)?;
    let id = fields.required("id").and_then(|field| field.host_id());
    let name = fields.required("name").and_then(|field| field.name(MAX_PARTY_NAME));
    let email = fields.optional("email").and_then(|field| email(&field));
    let amount = fields.required(amount).and_then(|field| field.amount(currency, &NEGATIVE));
    let number = fields.optional("number").and_then(|field| field.short_text(MAX_NUMBER));
    let mut withheld = Some(Vec::new());
    if role == Role::Agent {
        for (name, kind) in [("fees", Withholding::Fee), ("deductions", Withholding::Deduction)] {
            let Some(field) = fields.optional(name) else { continue };
            let kept = kept_back(&field, kind, currency);
            withheld = withheld.zip(kept).map(|(all, kept)| [all, kept].concat());
        }
    }
    if let Some(id) = &id {
        known.payee(&fields, id, name.as_deref(), email.as_deref(), number.as_deref());
    }
    let blank = Share {
        role,
        payee: id.zip(name).map(|(id, name)| Party { id, name, email }),
        description: None,
        amount: amount.unwrap_or_default(),
        withheld: withheld.clone().unwrap_or_default(),
        synced: true,
        number,
        item: None,
        account: None,
    };
    let share = details(&fields, blank, known).filter(|share| share.payee.is_some());
    amount.and(withheld).and(share)
}

/// What all shares have in common.
fn details(fields: &Fields<'_>, share: Share, known: &mut Known) -> Option<Share> {
    let description =
        fields.optional("description").and_then(|field| field.free_text(MAX_DESCRIPTION));
    let item = fields.optional("item").and_then(|field| item(&field));
    if let Some(item) = &item {
        known.item(fields, item);
    }
    let account = fields.optional("account").and_then(|field| field.object_id());
    let synced = synced(fields)?;
    Some(Share { description, item, account, synced, ..share })
}

fn kept_back(
    field: &Field<'_>,
    kind: Withholding,
    currency: Option<&Currency>,
) -> Option<Vec<Withheld>> {
    let entries = field.list(0, MAX_WITHHELD)?;
    let one = |entry: &Field<'_>| {
        let fields = entry.object(WithheldShape::FIELDS)?;
        let name = fields.required("name").and_then(|field| field.name(MAX_WITHHELD_NAME));
        let amount = fields.required("amount").and_then(|field| field.amount(currency, &NEGATIVE));
        let synced = synced(&fields);
        Some(Withheld { kind, name: name?, amount: amount?, synced: synced? })
    };
    // All are read before the first bad one ends it.
    let read: Vec<_> = entries.iter().map(one).collect();
    read.into_iter().collect()
}

fn synced(fields: &Fields<'_>) -> Option<bool> {
    fields.optional("sync").map_or(Some(true), |field| field.boolean())
}

/// What the record said before of payees and items; it must not say something else later.
#[derive(Default)]
struct Known {
    names: BTreeMap<HostId, String>,
    emails: BTreeMap<HostId, String>,
    numbers: BTreeMap<HostId, String>,
    items: BTreeMap<HostId, String>,
}

impl Known {
    fn payee(
        &mut self,
        fields: &Fields<'_>,
        id: &HostId,
        name: Option<&str>,
        email: Option<&str>,
        number: Option<&str>,
    ) {
        if contradicts(&mut self.names, id, name) {
            fields.fail(
                "name",
                "payee_named_twice",
                format!("is not the name that payee {id} has before in this disbursement"),
                "Give one payee one name, and different payees different ids.",
            );
        }
        if contradicts(&mut self.emails, id, email) {
            fields.fail(
                "email",
                "payee_mailed_twice",
                format!("is not the address that payee {id} has before in this disbursement"),
                "Give one payee one e-mail address, and different payees different ids.",
            );
        }
        if contradicts(&mut self.numbers, id, number) {
            fields.fail(
                "number",
                "payee_numbered_twice",
                format!("is not the number that payee {id} has before in this disbursement"),
                "All that one payee gets is on one document: send one number for it.",
            );
        }
    }

    fn item(&mut self, fields: &Fields<'_>, item: &BillItem) {
        if contradicts(&mut self.items, &item.id, Some(&item.name)) {
            fields.fail(
                "item",
                "item_named_twice",
                "has an id that another line of this disbursement uses with a different name",
                "Give one item one name, and different items different ids.",
            );
        }
    }
}

fn contradicts(known: &mut BTreeMap<HostId, String>, id: &HostId, value: Option<&str>) -> bool {
    let Some(value) = value else { return false };
    known.entry(id.clone()).or_insert_with(|| value.to_owned()) != value
}
