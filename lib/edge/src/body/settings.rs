//! Reads what a person changes in the settings.

use domain::id::ObjectId;
use domain::settings::TransactionDate;
use sync::settings::Change;

use super::cursor::{Field, Fields};
use super::shape::shape;
#[cfg(test)]
use crate::openapi::{
    value::{self, Id},
    words,
};

shape! {
    /// What is to be changed. Fields that are left out keep their value; an account that is `null` is no longer chosen.
    #[schemars(rename = "ChangeSettings")]
    pub(crate) SettingsShape {
        /// Income account of the items that ledgerbridge creates.
        optional income_account: AccountShape,
        /// Where payments are deposited.
        optional deposit_account: AccountShape,
        /// Which day a document is dated; it cannot be taken away.
        #[schemars(transform = value::not_null)]
        optional transaction_date: words::TransactionDate,
    }
}

shape! {
    /// An account of the connected company.
    #[schemars(rename = "ChooseAccount")]
    pub(crate) AccountShape {
        /// Its QuickBooks id.
        required id: Id,
        /// Its name may come along; QuickBooks' own is what counts.
        optional name: String,
    }
}

/// Reads a change. Fields that are left out keep their value; an account that is `null` is no longer chosen.
pub(super) fn read(root: &Field<'_>) -> Option<Change> {
    let fields = root.object(SettingsShape::FIELDS)?;
    let income_account = account(&fields, "income_account");
    let deposit_account = account(&fields, "deposit_account");
    let transaction_date = fields.optional("transaction_date").and_then(|field| date(&field));
    if fields.is_null("transaction_date") {
        fields.fail(
            "transaction_date",
            "missing",
            "cannot be empty",
            "Send sync_day or close_date.",
        );
    }
    Some(Change { income_account, deposit_account, transaction_date })
}

fn account(fields: &Fields<'_>, name: &'static str) -> Option<Option<ObjectId>> {
    if fields.is_null(name) {
        return Some(None);
    }
    let fields = fields.optional(name)?.object(AccountShape::FIELDS)?;
    // The name may come along, so that what GET answered can be sent back; QuickBooks' own is what counts.
    let _ = fields.optional("name").and_then(|field| field.text());
    Some(Some(fields.required("id")?.object_id()?))
}

fn date(field: &Field<'_>) -> Option<TransactionDate> {
    match field.text()? {
        "sync_day" => Some(TransactionDate::SyncDay),
        "close_date" => Some(TransactionDate::CloseDate),
        _ => {
            field.fail("unknown_choice", "is not a known choice", "Send sync_day or close_date.");
            None
        }
    }
}
