//! Reads what a person changes in the settings.

use domain::id::ObjectId;
use domain::settings::TransactionDate;
use sync::settings::Change;

use super::cursor::{Field, Fields};

/// Reads a change. Fields that are left out keep their value; an account that is `null` is no longer chosen.
pub(super) fn read(root: &Field<'_>) -> Option<Change> {
    let fields = root.object(&["income_account", "deposit_account", "transaction_date"])?;
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
    let fields = fields.optional(name)?.object(&["id", "name"])?;
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
