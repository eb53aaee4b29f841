//! A commission disbursement: what a sale brought in, and who gets which share of it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::BillItem;
use crate::id::{HostId, ObjectId};
use crate::money::Currency;

/// One version of a commission disbursement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disbursement {
    /// The host's version; a higher one replaces a lower one.
    pub version: u64,
    /// The host's number, shown on the income document.
    pub number: Option<String>,
    /// The sale behind it.
    pub transaction: Transaction,
    /// The currency of every amount.
    pub currency: Currency,
    /// All the commission that the sale brought in.
    pub gross_commission: Decimal,
    /// Who pays the gross commission; becomes a QuickBooks customer.
    pub payer: Party,
    /// Who gets which part of the gross commission; together they are all of it.
    pub shares: Vec<Share>,
    /// How far the disbursement has come, from 0 to 100.
    pub percent_complete: Decimal,
    /// Whether it counts.
    pub status: DisbursementStatus,
    /// A note for the bookkeeper.
    pub memo: Option<String>,
}

/// A sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The host's id of it.
    pub id: HostId,
    /// Where the property is.
    pub address: String,
    /// The day the sale closes.
    pub closed_on: Date,
    /// What the property sold for.
    pub sale_price: Option<Decimal>,
}

/// Who pays, or is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The host's id.
    pub id: HostId,
    /// Cleaned display name.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
}

/// Whether a disbursement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisbursementStatus {
    /// Still being worked out; never posted.
    Draft,
    /// Counts.
    #[default]
    Approved,
    /// Taken back; what was posted is removed.
    Canceled,
}

/// Somebody's part of the gross commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Why they get it.
    pub role: Role,
    /// Who gets it; nobody where the company keeps it.
    pub payee: Option<Party>,
    /// What it is called on documents; the role's own words when absent.
    pub description: Option<String>,
    /// The part of the gross commission.
    pub amount: Decimal,
    /// What the company keeps back of it.
    pub withheld: Vec<Withheld>,
    /// Switched out of the sync when false: on no document, neither as income nor as expense.
    pub synced: bool,
    /// The number of the payee's document.
    pub number: Option<String>,
    /// The product or service of the income line, where it is not the workflow's.
    pub item: Option<BillItem>,
    /// The account of a payee's expense, or of the company's income in a deposit, where it is not the workflow's.
    pub account: Option<ObjectId>,
}

/// Why somebody gets a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the brokerage keeps.
    Company,
    /// An agent's split.
    Agent,
    /// A referral fee to another brokerage.
    Referral,
    /// The franchisor's part.
    Franchise,
}

impl Role {
    /// What the share is called on documents.
    pub fn label(self) -> &'static str {
        match self {
            Self::Company => "Company share",
            Self::Agent => "Commission",
            Self::Referral => "Referral",
            Self::Franchise => "Franchise fee",
        }
    }
}

/// Something the company keeps back of a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// A fee of the company, or a deduction.
    pub kind: Withholding,
    /// What for.
    pub name: String,
    /// How much.
    pub amount: Decimal,
    /// Switched out of the sync when false: the share is paid without it.
    pub synced: bool,
}

/// Why something is kept back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withholding {
    /// A fee of the company.
    Fee,
    /// Something the payee owes.
    Deduction,
}

/// Why a disbursement's amounts are not tied to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imbalance {
    /// The shares are not the gross commission.
    Shares {
        /// What they come to.
        sum: Decimal,
    },
    /// More is kept back from a payee than they get.
    Withheld {
        /// The payee.
        payee: HostId,
        /// What would be left: less than nothing.
        net: Decimal,
    },
}

impl Disbursement {
    /// Proves that the shares are the gross commission, and that nobody is paid less than nothing. Then the income
    /// document is the sum of what the expense documents pay out and what the company keeps.
    pub fn prove(&self) -> Result<(), Imbalance> {
        let sum: Decimal = self.shares.iter().map(|share| share.amount).sum();
        if sum != self.gross_commission {
            return Err(Imbalance::Shares { sum: sum.normalize() });
        }
        for payee in self.payees() {
            let net = self.net_of(&payee);
            if net < Decimal::ZERO {
                return Err(Imbalance::Withheld { payee, net });
            }
        }
        Ok(())
    }

    /// Everybody who is paid.
    pub fn payees(&self) -> BTreeSet<HostId> {
        self.shares
            .iter()
            .filter_map(|share| share.payee.as_ref())
            .map(|payee| payee.id.clone())
            .collect()
    }

    /// The shares that are on documents.
    pub fn synced_shares(&self) -> impl Iterator<Item = &Share> {
        self.shares.iter().filter(|share| share.synced)
    }

    /// The shares of a payee that are on their document.
    pub fn synced_shares_of(&self, payee: &HostId) -> impl Iterator<Item = &Share> {
        self.synced_shares()
            .filter(move |share| share.payee.as_ref().is_some_and(|party| party.id == *payee))
    }

    /// The total of the income document.
    pub fn income(&self) -> Decimal {
        self.synced_shares().map(|share| share.amount).sum::<Decimal>().normalize()
    }

    /// The total of a payee's document.
    pub fn net_of(&self, payee: &HostId) -> Decimal {
        self.synced_shares_of(payee).map(Share::net).sum::<Decimal>().normalize()
    }

    /// What the company keeps of the income: its share, and what it keeps back from payees.
    pub fn retained(&self) -> Decimal {
        let paid_out: Decimal = self.payees().iter().map(|payee| self.net_of(payee)).sum();
        (self.income() - paid_out).normalize()
    }

    /// Whether all of it may be paid out.
    pub fn is_complete(&self) -> bool {
        self.percent_complete >= Decimal::ONE_HUNDRED
    }
}

impl Share {
    /// What is paid out of it.
    pub fn net(&self) -> Decimal {
        self.amount - self.withheld().map(|withheld| withheld.amount).sum::<Decimal>()
    }

    /// What is kept back of it on the payee's document.
    pub fn withheld(&self) -> impl Iterator<Item = &Withheld> {
        self.withheld.iter().filter(|withheld| withheld.synced)
    }
}

#[cfg(test)]
#[path = "disbursement_tests.rs"]
mod tests;
