//! Which entities there are, what they are called, and what QuickBooks lets be done to each.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Account, Bill, BillPayment, Class, CompanyInfo, CreditMemo, Customer, Department, Deposit,
    Entity, Invoice, Item, JournalEntry, Payment, PaymentMethod, Preferences, Purchase,
    SalesReceipt, TaxCode, Term, Vendor, VendorCredit,
};
use crate::{ObjectId, Operation, SyncToken};

/// What QuickBooks offers, as bounds: a call that it would refuse with fault 500 does not compile.
pub mod can {
    use crate::Entity;

    /// Can be read by its id.
    pub trait Read: Entity {}
    /// Can be made.
    pub trait Create: Entity {}
    /// Can be replaced as a whole.
    pub trait Update: Entity {}
    /// Can be changed in part.
    pub trait SparseUpdate: Entity {}
    /// Can be changed in part, by an update that repeats some members even when they stay as they are.
    pub trait SparseUpdateRepeating: Entity {
        /// Those members, by their QuickBooks names.
        const REPEATED: &'static [&'static str];
    }
    /// Can be set to zero.
    pub trait Void: Entity {}
    /// Can be taken out of use, and is then left out of queries that do not ask for it.
    pub trait Retire: Entity {}
    /// Can be removed. Names and lists cannot: they become inactive through an update.
    pub trait Delete: Entity {}
}

macro_rules! entities {
    ($($(#[$meta:meta])* $name:ident at $path:literal, reads [$($read:ident)?], writes [$($operation:ident)*]
        $(, and $sparse:ident repeating [$($repeated:literal)+])?;)*) => {
        /// An entity as a value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum EntityKind {
            $($(#[$meta])* $name,)*
        }

        impl EntityKind {
            /// Every entity there is here.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name in answers and statements, `Invoice`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The name in addresses, `invoice`.
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)*
                }
            }

            /// The writes that QuickBooks offers.
            pub const fn operations(self) -> &'static [Operation] {
                match self {
                    $(Self::$name => &[$(Operation::$operation,)* $(Operation::$sparse,)?],)*
                }
            }
        }

        $(
            impl Entity for $name {
                const KIND: EntityKind = EntityKind::$name;

                fn id(&self) -> Option<&ObjectId> {
                    self.id.as_ref()
                }

                fn sync_token(&self) -> Option<&SyncToken> {
                    self.sync_token.as_ref()
                }
            }

            $(impl can::$read for $name {})?
            $(impl can::$operation for $name {})*
            $(impl can::SparseUpdateRepeating for $name {
                const REPEATED: &'static [&'static str] = &[$($repeated),+];
            })?
        )*
    };
}

// Sparse updates beyond the documented ones are those that were seen to work in recorded answers.
entities! {
    /// What the company says about itself; one object, read by the realm's id.
    CompanyInfo at "companyinfo", reads [], writes [Update SparseUpdate];
    /// How the company set up QuickBooks; one object without an id in its address.
    Preferences at "preferences", reads [], writes [Update];
    /// An account of the chart.
    Account at "account", reads [Read], writes [Create Update SparseUpdate];
    /// A customer, sub-customer, job or project.
    Customer at "customer", reads [Read], writes [Create Update SparseUpdate];
    /// A product or service.
    Item at "item", reads [Read], writes [Create Update SparseUpdate];
    /// A payment term.
    Term at "term", reads [Read], writes [Create Update];
    /// A sales tax code.
    TaxCode at "taxcode", reads [Read], writes [];
    /// A way to pay.
    PaymentMethod at "paymentmethod", reads [Read], writes [Create Update];
    /// An invoice.
    Invoice at "invoice", reads [Read], writes [Create Update SparseUpdate Void Delete];
    /// Money received.
    Payment at "payment", reads [Read], writes [Create Update SparseUpdate Void Delete];
    /// A vendor.
    Vendor at "vendor", reads [Read], writes [Create Update SparseUpdate];
    /// What is owed to a vendor.
    Bill at "bill", reads [Read], writes [Create Update Delete], and SparseUpdate repeating ["VendorRef"];
    /// Money spent, by check, from the bank or with a card.
    Purchase at "purchase", reads [Read], writes [Create Update Delete],
        and SparseUpdate repeating ["PaymentType"];
    /// A sale that was paid at once.
    SalesReceipt at "salesreceipt", reads [Read], writes [Create Update SparseUpdate Void Delete];
    /// A credit for a customer.
    CreditMemo at "creditmemo", reads [Read], writes [Create Update SparseUpdate Delete];
    /// What went to the bank together.
    Deposit at "deposit", reads [Read], writes [Create Update Delete],
        and SparseUpdate repeating ["DepositToAccountRef" "Line"];
    /// Debits and credits as such.
    JournalEntry at "journalentry", reads [Read], writes [Create Update SparseUpdate Delete];
    /// A class.
    Class at "class", reads [Read], writes [Create Update];
    /// A location.
    Department at "department", reads [Read], writes [Create Update];
    /// Money paid to a vendor for bills.
    BillPayment at "billpayment", reads [Read], writes [Create Update Void Delete];
    /// A credit from a vendor.
    VendorCredit at "vendorcredit", reads [Read], writes [Create Update Delete];
}

/// Names and lists: a query finds the rows in use only, unless it asks for the others too.
macro_rules! retiring {
    ($($name:ident)*) => {
        $(impl can::Retire for $name {})*
    };
}

retiring! { Account Class Customer Department Item PaymentMethod TaxCode Term Vendor }

impl EntityKind {
    /// The entity of that name, `Invoice`, without regard to case: the new form of Intuit's notifications writes all
    /// of it in small letters.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// Whether QuickBooks offers this write.
    pub fn allows(self, operation: Operation) -> bool {
        self.operations().contains(&operation)
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
