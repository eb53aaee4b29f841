//! Reads a commission disbursement, and proves that its amounts are tied to each other.

pub(crate) mod shares;
#[cfg(test)]
mod tests;

use domain::money::Currency;
use domain::name::MAX_PARTY_NAME;
use domain::record::{Disbursement, DisbursementStatus, Party, Transaction};
use rust_decimal::Decimal;

#[cfg(test)]
use super::bill::MAX_EMAIL;
use super::bill::email;
use super::cursor::Field;
use super::shape::shape;
use super::values::Negative;
use super::{MAX_MEMO, MAX_NUMBER};
#[cfg(test)]
use crate::openapi::{
    value::{self, Day, Email, Id, Line, List, Name, Percent, Text, Version},
    words,
};
use shares::Placed;
#[cfg(test)]
use shares::{AgentShape, CompanyShareShape, MAX_PAYEES, OtherShareShape};

/// The address is on every document and on every line of it, where QuickBooks takes 4,000 characters.
const MAX_ADDRESS: usize = 500;

/// Money of a disbursement is positive or zero.
const NEGATIVE: Negative = Negative {
    code: "negative_amount",
    remedy: "Send zero or more. What a payee owes goes under fees or deductions, as a positive amount.",
};

const BELOW_ZERO_PERCENT: Negative =
    Negative { code: "bad_percent", remedy: "Send a number from 0 to 100." };

shape! {
    /// One version of what a sale brought in, and who gets which share of it.
    #[schemars(rename = "Disbursement")]
    pub(crate) DisbursementShape {
        /// The host's version; a higher one replaces a lower one. The same version must have the same content.
        required version: Version,
        /// The host's number, shown on the income document.
        optional number: Line<MAX_NUMBER>,
        /// The sale behind it.
        required transaction: TransactionShape,
        /// ISO 4217 code of the currency of every amount in the disbursement.
        required currency: value::Currency,
        /// All the commission that the sale brought in. The shares of the company, of the agents, of referrals and of the
        /// franchise add up to it.
        required gross_commission: value::Amount,
        /// Who pays the gross commission; becomes a QuickBooks customer.
        required payer: PartyShape,
        /// What the brokerage keeps.
        optional company_share: CompanyShareShape,
        /// What agents get.
        optional agents: List<AgentShape, 0, MAX_PAYEES>,
        /// Referral fees to other brokerages.
        optional referrals: List<OtherShareShape, 0, MAX_PAYEES>,
        /// What the franchisor gets.
        optional franchise: List<OtherShareShape, 0, MAX_PAYEES>,
        /// How far the disbursement has come. What arrives by itself is posted at 100 %.
        required percent_complete: Percent,
        /// Whether it counts; `approved` when it is left out.
        optional status: words::DisbursementStatus,
        /// A note for the bookkeeper.
        optional memo: Text<MAX_MEMO>,
    }
}

shape! {
    /// A sale.
    #[schemars(rename = "DisbursedTransaction")]
    pub(crate) TransactionShape {
        /// The host's id of it.
        required id: Id,
        /// Where the property is.
        required address: Name<MAX_ADDRESS>,
        /// The day the sale closes.
        required closed_on: Day,
        /// What the property sold for.
        optional sale_price: value::Amount,
    }
}

shape! {
    /// Who pays.
    #[schemars(rename = "Payer")]
    pub(crate) PartyShape {
        /// The host's id.
        required id: Id,
        /// The name that people know it by. Characters that QuickBooks refuses are replaced, and the answer says so.
        required name: Name<MAX_PARTY_NAME>,
        /// Where QuickBooks may send documents.
        optional email: Email<MAX_EMAIL>,
    }
}

/// Reads a disbursement; `None` when something was reported.
pub(super) fn read(root: &Field<'_>) -> Option<Disbursement> {
    let fields = root.object(DisbursementShape::FIELDS)?;
    // Everything is read before anything is unwrapped, so that every bad field is reported.
    let version = fields.required("version").and_then(|field| field.version());
    let number = fields.optional("number").and_then(|field| field.short_text(MAX_NUMBER));
    let currency = fields.required("currency").and_then(|field| field.currency());
    let money = currency.as_ref();
    let transaction = fields.required("transaction").and_then(|field| transaction(&field, money));
    let gross_field = fields.required("gross_commission");
    let gross = gross_field.as_ref().and_then(|field| field.amount(money, &NEGATIVE));
    let payer = fields.required("payer").and_then(|field| payer(&field));
    let shares = shares::read(&fields, money);
    let percent = fields.required("percent_complete").and_then(|field| percent(&field));
    let status = match fields.optional("status") {
        Some(field) => field.choice(&[
            ("draft", DisbursementStatus::Draft),
            ("approved", DisbursementStatus::Approved),
            ("canceled", DisbursementStatus::Canceled),
        ]),
        None => Some(DisbursementStatus::default()),
    };
    let memo = fields.optional("memo").and_then(|field| field.free_text(MAX_MEMO));
    let (gross_field, gross, currency, placed) = (gross_field?, gross?, currency?, shares?);
    tie(&gross_field, gross, &placed, &currency)?;
    let disbursement = Disbursement {
        version: version?,
        number,
        transaction: transaction?,
        currency,
        gross_commission: gross,
        payer: payer?,
        shares: placed.iter().map(|placed| placed.share.clone()).collect(),
        percent_complete: percent?,
        status: status?,
        memo,
    };
    pays_nobody_less_than_nothing(&disbursement, &placed)?;
    Some(disbursement)
}

fn transaction(field: &Field<'_>, currency: Option<&Currency>) -> Option<Transaction> {
    let fields = field.object(TransactionShape::FIELDS)?;
    let id = fields.required("id").and_then(|field| field.host_id());
    let address = fields.required("address").and_then(|field| field.name(MAX_ADDRESS));
    let closed_on = fields.required("closed_on").and_then(|field| field.date());
    let sale_price =
        fields.optional("sale_price").and_then(|field| field.amount(currency, &NEGATIVE));
    Some(Transaction { id: id?, address: address?, closed_on: closed_on?, sale_price })
}

fn payer(field: &Field<'_>) -> Option<Party> {
    let fields = field.object(PartyShape::FIELDS)?;
    let id = fields.required("id").and_then(|field| field.host_id());
    let name = fields.required("name").and_then(|field| field.name(MAX_PARTY_NAME));
    let email = fields.optional("email").and_then(|field| email(&field));
    Some(Party { id: id?, name: name?, email })
}

fn percent(field: &Field<'_>) -> Option<Decimal> {
    let percent = field.amount(None, &BELOW_ZERO_PERCENT)?;
    if percent > Decimal::ONE_HUNDRED {
        let Negative { code, remedy } = BELOW_ZERO_PERCENT;
        field.fail(code, "is more than 100", remedy);
        return None;
    }
    Some(percent)
}

/// The shares are the gross commission, to the smallest unit of the currency.
fn tie(
    field: &Field<'_>,
    gross: Decimal,
    placed: &[Placed<'_>],
    currency: &Currency,
) -> Option<()> {
    let sum: Decimal = placed.iter().map(|placed| placed.share.amount).sum();
    if sum == gross {
        return Some(());
    }
    let (gross, sum) = (currency.format(gross), currency.format(sum));
    field.fail(
        "shares_differ",
        format!("is {gross}; the shares come to {sum}"),
        "Send shares that add up to the gross commission: what the company keeps, what the agents get, referrals and \
         franchise.",
    );
    None
}

/// No payee's fees and deductions are more than the payee gets.
fn pays_nobody_less_than_nothing(disbursement: &Disbursement, placed: &[Placed<'_>]) -> Option<()> {
    let mut proven = Some(());
    for payee in disbursement.payees() {
        let net = disbursement.net_of(&payee);
        let is_theirs = |placed: &&Placed<'_>| {
            placed.share.payee.as_ref().is_some_and(|party| party.id == payee)
        };
        if net >= Decimal::ZERO {
            continue;
        }
        proven = None;
        if let Some(first) = placed.iter().find(is_theirs) {
            let net = disbursement.currency.format(net);
            first.field.fail(
                "payout_negative",
                format!("has fees and deductions that leave {net} for payee {payee}"),
                "Lower the fees or deductions, or switch them out of the sync with \"sync\": false.",
            );
        }
    }
    proven
}
