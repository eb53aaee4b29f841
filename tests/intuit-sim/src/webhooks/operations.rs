//! Which entities Intuit tells about, and which of their operations.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::changes::{Change, What};
use crate::{
    entities::entity,
    ledger::Key,
    switches::{Inactivation, OnOff, Switches, Told},
};

/// An operation that a notification names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Update,
    Delete,
    Merge,
    Void,
    Emailed,
}

use Operation::{Create, Delete, Emailed, Merge, Update, Void};

/// Intuit's table of supported entities; what is in no row has no notifications.
const OFFERED: &[(&[&str], &[Operation])] = &[
    (
        &["Account", "Class", "Customer", "Employee", "Item", "Vendor"],
        &[Create, Update, Delete, Merge],
    ),
    (&["Department", "PaymentMethod"], &[Create, Update, Merge]),
    (
        &["Bill", "ChangeOrder", "Deposit", "JournalEntry", "TimeActivity", "VendorCredit"],
        &[Create, Update, Delete],
    ),
    (&["BillPayment", "Purchase", "Transfer"], &[Create, Update, Delete, Void]),
    (
        &["CreditMemo", "Invoice", "Payment", "RefundReceipt", "SalesReceipt"],
        &[Create, Update, Delete, Void, Emailed],
    ),
    (&["Estimate", "PurchaseOrder"], &[Create, Update, Delete, Emailed]),
    (&["Budget", "CompanyCurrency", "JournalCode", "TaxAgency", "Term"], &[Create, Update]),
    (&["Preferences"], &[Update]),
];

/// One thing to tell, in neither format yet.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(super) id: Uuid,
    pub(crate) entity: &'static str,
    pub(crate) object: String,
    pub(crate) operation: Operation,
    /// The object that was merged away.
    pub(super) loser: Option<String>,
    pub(super) at: Timestamp,
}

/// What an app hears of changes, by the company's switches.
pub(super) fn events(
    changes: &[Change],
    switches: &Switches,
    mut instant: impl FnMut(&Key) -> Timestamp,
) -> Vec<Event> {
    let told = changes.iter().filter_map(|change| {
        let entity = entity(change.object.kind).name;
        let operation = operation(entity, &change.what, switches)?;
        Some(Event {
            id: Uuid::new_v4(),
            entity,
            object: change.object.id.as_str().to_owned(),
            operation,
            loser: match &change.what {
                What::Merged { loser } => Some(loser.clone()),
                _ => None,
            },
            at: instant(&change.object),
        })
    });
    told.collect()
}

fn operation(entity: &str, what: &What, switches: &Switches) -> Option<Operation> {
    let offered = OFFERED
        .iter()
        .find(|(entities, _)| entities.contains(&entity))
        .map(|(_, offered)| offered)?;
    let wanted = match what {
        What::BalanceMoved if switches.webhook_balance_changes == OnOff::Off => return None,
        What::Settled if switches.webhook_settled_documents == Told::Untold => return None,
        What::BalanceMoved | What::Settled | What::Updated => Update,
        What::Inactivated if switches.webhook_inactivation == Inactivation::Deleted => Delete,
        What::Inactivated => Update,
        What::Emailed => Emailed,
        What::Created => Create,
        What::Voided => Void,
        What::Deleted => Delete,
        What::Merged { .. } => Merge,
    };
    // What changes an object without an operation of its own in Intuit's table is an update of it.
    let fitting = match wanted {
        Delete | Void | Emailed if !offered.contains(&wanted) && *what != What::Deleted => Update,
        _ => wanted,
    };
    offered.contains(&fitting).then_some(fitting)
}

impl Event {
    /// What a person needs to know of it.
    pub(crate) fn in_brief(&self) -> Value {
        json!({"entity": self.entity, "id": self.object, "operation": self.operation.name()})
    }
}

impl Operation {
    /// As the classic format names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Create => "Create",
            Update => "Update",
            Delete => "Delete",
            Merge => "Merge",
            Void => "Void",
            Emailed => "Emailed",
        }
    }

    /// As the type of a CloudEvent ends.
    pub(super) fn past(self) -> &'static str {
        match self {
            Create => "created",
            Update => "updated",
            Delete => "deleted",
            Merge => "merged",
            Void => "void",
            Emailed => "emailed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Operation, What, operation};
    use crate::switches::{Inactivation, Switches};

    #[test]
    fn every_entity_is_told_with_the_operations_that_intuit_offers() {
        let merged = || What::Merged { loser: "2".to_owned() };
        let rows = [
            ("Vendor", What::Created, Some(Operation::Create)),
            ("Vendor", What::Inactivated, Some(Operation::Delete)),
            ("Vendor", merged(), Some(Operation::Merge)),
            ("Vendor", What::BalanceMoved, None),
            ("Department", What::Inactivated, Some(Operation::Update)),
            ("Department", merged(), Some(Operation::Merge)),
            ("Term", What::Inactivated, Some(Operation::Update)),
            ("Term", merged(), None),
            ("VendorCredit", What::Deleted, Some(Operation::Delete)),
            ("Bill", What::Settled, Some(Operation::Update)),
            ("Bill", What::Voided, Some(Operation::Update)),
            ("BillPayment", What::Voided, Some(Operation::Void)),
            ("Purchase", What::Deleted, Some(Operation::Delete)),
            ("SalesReceipt", What::Emailed, Some(Operation::Emailed)),
            ("Preferences", What::Updated, Some(Operation::Update)),
            ("Preferences", What::Created, None),
            ("TaxCode", What::Updated, None),
            ("CompanyInfo", What::Updated, None),
        ];
        for (entity, what, expected) in rows {
            assert_eq!(
                operation(entity, &what, &Switches::default()),
                expected,
                "{entity} {what:?}"
            );
        }
        let updating =
            Switches { webhook_inactivation: Inactivation::Updated, ..Switches::default() };
        assert_eq!(operation("Vendor", &What::Inactivated, &updating), Some(Operation::Update));
    }
}
