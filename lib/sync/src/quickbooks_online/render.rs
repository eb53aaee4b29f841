//! Steps in ledger terms become requests of the QuickBooks Online API, once; what is stored is sent.

use domain::connection::Company;
use domain::id::ObjectId as LedgerId;
use domain::ledger::{Invoice, InvoiceLine, NewEntry, Object, Receipt, Ref as LedgerRef, Step};
use domain::link::ListKind;
use quickbooks::entity::{
    self, Customer, EmailAddress, GlobalTaxCalculation, Item, Line, PaymentMethod, Ref, SalesLine,
};
use quickbooks::{ObjectId, RequestId, SyncToken, Write};
use uuid::Uuid;

use super::id;

/// The pseudo tax code of United States companies for "no sales tax".
const NOT_TAXED: &str = "NON";
/// Room QuickBooks has in a private note.
const PRIVATE_NOTE_LENGTH: usize = 4000;

/// The request that performs `step`. Every reference in the step is known: it is the first of its plan.
pub(crate) fn render(step: &Step, company: &Company, request_id: Uuid) -> Write {
    let request = RequestId::new(request_id.to_string()).expect("a UUID has 36 safe characters");
    let token = |object: &Object| SyncToken::new(&object.sync_token);
    match step {
        Step::CreateEntry(entry) => create_entry(entry, request),
        Step::CreateInvoice(document) => Write::create(request, &invoice(document, &[], company)),
        Step::UpdateInvoice(object, document) => {
            let changed = invoice(document, &object.line_ids, company);
            Write::sparse_update(request, &id(&object.id), &token(object), &changed)
        }
        Step::CreatePayment(receipt) => Write::create(request, &payment(receipt, company)),
        Step::UpdatePayment(object, receipt) => Write::sparse_update(
            request,
            &id(&object.id),
            &token(object),
            &payment(receipt, company),
        ),
        Step::VoidPayment(object) => {
            Write::void::<entity::Payment>(request, &id(&object.id), &token(object))
        }
    }
}

fn create_entry(entry: &NewEntry, request: RequestId) -> Write {
    match entry.key.kind {
        ListKind::Customer => {
            let mut customer = Customer::named(&entry.name);
            customer.primary_email_addr = entry.email.as_deref().map(EmailAddress::of);
            customer.currency_ref =
                entry.currency.as_ref().map(|currency| reference(currency.as_str()));
            Write::create(request, &customer)
        }
        ListKind::Item => {
            let account =
                entry.income_account.as_ref().expect("a planned item has its income account");
            Write::create(request, &Item::service(&entry.name, &id(account)))
        }
        ListKind::PaymentMethod => Write::create(
            request,
            &PaymentMethod { name: Some(entry.name.clone()), ..PaymentMethod::default() },
        ),
    }
}

fn invoice(document: &Invoice, line_ids: &[String], company: &Company) -> entity::Invoice {
    let lines = document
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| sales_line(line, line_ids.get(index), company));
    entity::Invoice {
        doc_number: document.number.clone(),
        txn_date: document.date,
        due_date: document.due,
        currency_ref: company.multicurrency.then(|| reference(document.currency.as_str())),
        private_note: Some(note(document.memo.as_deref(), &document.marker)),
        bill_email: document.email.as_deref().map(EmailAddress::of),
        global_tax_calculation: (!company.is_us()).then_some(GlobalTaxCalculation::NotApplicable),
        ..entity::Invoice::to_customer(&known(&document.customer), lines)
    }
}

fn sales_line(line: &InvoiceLine, line_id: Option<&String>, company: &Company) -> Line {
    let mut sales =
        SalesLine::of_item(&known(&line.item), line.amount).priced(line.quantity, line.unit_price);
    if let Some(description) = &line.description {
        sales = sales.described(description);
    }
    if company.is_us() {
        sales = sales.taxed(&ObjectId::new(NOT_TAXED));
    }
    Line { id: line_id.map(ObjectId::new), ..sales.into() }
}

fn payment(receipt: &Receipt, company: &Company) -> entity::Payment {
    // An invoice with nothing open takes no line: QuickBooks refuses one of zero.
    let lines = receipt.lines.iter().filter(|line| !line.amount.is_zero());
    entity::Payment {
        txn_date: receipt.date,
        payment_method_ref: receipt.method.as_ref().map(|method| Ref::to(&known(method))),
        payment_ref_num: receipt.reference.clone(),
        deposit_to_account_ref: Some(Ref::to(&id(&receipt.deposit_account))),
        currency_ref: company.multicurrency.then(|| reference(receipt.currency.as_str())),
        private_note: Some(note(receipt.memo.as_deref(), &receipt.marker)),
        ..entity::Payment::from_customer(
            &known(&receipt.customer),
            receipt.amount,
            lines.map(|line| Line::paying_invoice(&known(&line.invoice), line.amount)),
        )
    }
}

/// The memo with the marker at its end, where people can see it without harm.
fn note(memo: Option<&str>, marker: &str) -> String {
    let Some(memo) = memo.filter(|memo| !memo.is_empty()) else { return marker.to_owned() };
    let room = PRIVATE_NOTE_LENGTH - marker.len() - 1;
    format!("{} {marker}", memo.chars().take(room).collect::<String>())
}

fn known(reference: &LedgerRef) -> ObjectId {
    let id: &LedgerId = reference.id().expect("the first step of a plan depends on no other");
    super::id(id)
}

fn reference(value: &str) -> Ref {
    Ref::to(&ObjectId::new(value))
}
