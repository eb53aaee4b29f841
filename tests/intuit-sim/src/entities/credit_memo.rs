//! Credit memos, and the payment that applies one by itself.

use rust_decimal::Decimal;
use serde_json::json;

use super::{
    Draft, EntityType, Kind, SENT, Voidable, account, currency,
    sales_form::{self, table},
    settlement,
};
use crate::{
    api::Fault,
    company::Company,
    json::{Object, amount_or_zero, number, reference, set, text},
    ledger::{Ledger, Leg, Options, Write, write},
};

pub(super) static CREDIT_MEMO: EntityType = EntityType {
    kind: Kind::CreditMemo,
    name: "CreditMemo",
    table: table!(
        "
CustomerRef ref q need
SalesTermRef ref
RemainingCredit dec ro
InvoiceRef ref
PaymentMethodRef ref ro
CreditMemoEx any ro
"
    ),
    numbered: true,
    prepare,
    index: sales_form::number_taken,
    legs,
    void: Some(|object| {
        sales_form::void(object);
        set(object, "RemainingCredit", 0);
    }),
    voidable: Voidable::OnScreens,
    // Recorded: a credit memo does not list the payments that use it.
    settled: Some(|object, settled, _| {
        let remaining = amount_or_zero(object, "TotalAmt") - settled;
        set(object, "RemainingCredit", number(remaining));
        set(object, "Balance", number(remaining));
    }),
    may_delete: |ledger, switches, object| {
        settlement::may_delete(Kind::CreditMemo, ledger, switches, object)
    },
    follow_up: Some(apply_to_named_invoice),
    ..SENT
};

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let customer =
        draft.refer("CustomerRef", Kind::Customer)?.ok_or_else(|| Fault::missing("CustomerRef"))?;
    draft.dated();
    currency::settle(draft, reference(customer, "CurrencyRef"))?;
    draft.refer("SalesTermRef", Kind::Term)?;
    let total = sales_form::settle(draft, Some(customer))?;
    if let (None, Some(id)) = (draft.before, reference(&draft.object, "InvoiceRef")) {
        let invoice = super::entity(Kind::Invoice).find(draft.ledger, id)?;
        if reference(invoice, "CustomerRef") != text(customer, "Id") {
            return Err(Fault::business(
                "The invoice belongs to another customer than the credit memo.",
            ));
        }
    }
    let settled = settlement::of(draft, Kind::CreditMemo, total, "CustomerRef")?;
    set(&mut draft.object, "RemainingCredit", number(total - settled));
    set(&mut draft.object, "Balance", number(total - settled));
    sales_form::appearance(draft, Some(customer))
}

fn legs(ledger: &Ledger, object: &Object) -> Vec<Leg> {
    let receivable = account::system_account(ledger, "AccountsReceivable");
    let customer = reference(object, "CustomerRef").unwrap_or_default();
    let mut legs = vec![Leg::credit(&receivable, amount_or_zero(object, "TotalAmt")).of(customer)];
    let credits = sales_form::credits(ledger, object);
    legs.extend(credits.into_iter().map(|(account, credit)| Leg::debit(&account, credit)));
    legs.retain(|leg| !leg.amount.is_zero());
    legs
}

/// A memo made for an invoice is applied at once, by the kind of payment QuickBooks makes itself.
fn apply_to_named_invoice(company: &mut Company, memo: &Object) {
    let Some(invoice) =
        reference(memo, "InvoiceRef").and_then(|id| company.ledger.get(Kind::Invoice, id))
    else {
        return;
    };
    let applied = amount_or_zero(invoice, "Balance").min(amount_or_zero(memo, "RemainingCredit"));
    if applied <= Decimal::ZERO {
        return;
    }
    let line = |object: &Object, kind: &str| json!({"Amount": number(applied), "LinkedTxn": [{"TxnId": object["Id"], "TxnType": kind}]});
    let payment = json!({
        "CustomerRef": memo["CustomerRef"], "TotalAmt": 0, "TxnDate": memo["TxnDate"], "CurrencyRef": memo["CurrencyRef"],
        "PrivateNote": "Created by QB Online to link credits to charges.",
        "Line": [line(invoice, "Invoice"), line(memo, "CreditMemo")]
    });
    if let Some(payment) = payment.as_object() {
        // The memo stands either way; only a rule about the invoice's period can refuse this.
        let _ = write(company, Kind::Payment, Write::Save, payment, &Options::default());
    }
}
