//! Reads what a person switches on and off.

use sync::switches::Change;

use super::cursor::{Field, Fields};
use super::shape::shape;

shape! {
    /// What is to be switched. Fields that are left out keep their value.
    #[schemars(rename = "ChangeSettings")]
    pub(crate) SettingsShape {
        /// What is posted without a person, once it arrives by itself.
        optional auto_sync: AutoSyncShape,
        /// Whether the customer uses agent billing, so that its workflow can be set up.
        optional agent_billing: bool,
    }
}

shape! {
    /// What is posted without a person, once it arrives by itself.
    #[schemars(rename = "ChangeAutoSync")]
    pub(crate) AutoSyncShape {
        /// Whether a disbursement is posted once it has reached 100 %.
        optional disbursement_at_100_percent: bool,
        /// Whether a bill or payment is posted once the agent's card was charged.
        optional billing_when_card_charged: bool,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<Change> {
    let fields = root.object(SettingsShape::FIELDS)?;
    let mut change =
        Change { agent_billing: switch(&fields, "agent_billing"), ..Change::default() };
    if let Some(field) = fields.optional("auto_sync") {
        let fields = field.object(AutoSyncShape::FIELDS)?;
        change.disbursement_at_100_percent = switch(&fields, "disbursement_at_100_percent");
        change.billing_when_card_charged = switch(&fields, "billing_when_card_charged");
    }
    Some(change)
}

fn switch(fields: &Fields<'_>, name: &'static str) -> Option<bool> {
    fields.optional(name).and_then(|field| field.boolean())
}
