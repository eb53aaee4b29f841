//! Steps in ledger terms become requests of the QuickBooks Online API, once; what is stored is sent.

use domain::connection::Company;
use domain::id::ObjectId as LedgerId;
use domain::ledger::{
    Booking, Document, Merge, NewEntry, Object, ObjectKind, Receipt, Ref as LedgerRef, Sale,
    SaleLine, Step,
};
use domain::link::ListKind;
use quickbooks::entity::can::SparseUpdateRepeating;
use quickbooks::entity::{
    self, AccountLine, Customer, DepositLine, EmailAddress, GlobalTaxCalculation, Item,
    JournalLine, Line, PartyRef, PaymentMethod, PrintStatus, Ref, SalesLine, Vendor,
};
use quickbooks::{ObjectId, RequestId, SyncToken, Write};
use uuid::Uuid;

use super::answer::Body;
use super::id;
use super::image::members;

/// The pseudo tax code of United States companies for "no sales tax".
const NOT_TAXED: &str = "NON";
/// Room QuickBooks has in a private note.
const PRIVATE_NOTE_LENGTH: usize = 4000;

/// The request that performs `step`. Every reference in the step is known: it is the first of its plan. `now` is the
/// document that the step changes, if it was read just now.
pub(crate) fn render(
    step: &Step,
    company: &Company,
    request_id: Uuid,
    now: Option<&Body>,
) -> Write {
    let request = RequestId::new(request_id.to_string()).expect("a UUID has 36 safe characters");
    match step {
        Step::CreateEntry(entry) => create_entry(entry, request),
        Step::Create(document) => create(document, company, request),
        Step::Update(object, document, merge) => {
            trimmed(update(object, document, company, request), document.kind(), merge, now)
        }
        Step::Void(object) | Step::Delete(object) => remove(object, request),
    }
}

fn create(document: &Document, company: &Company, request: RequestId) -> Write {
    match document {
        Document::Invoice(sale) => Write::create(request, &invoice(sale, &[], company)),
        Document::SalesReceipt(sale) => Write::create(request, &sales_receipt(sale, &[], company)),
        Document::Payment(receipt) => Write::create(request, &payment(receipt, company)),
        Document::Deposit(booking) => Write::create(request, &deposit(booking, &[], company)),
        Document::Bill(booking) => Write::create(request, &bill(booking, &[], company)),
        Document::Check(booking) => Write::create(request, &check(booking, &[], company)),
        Document::JournalEntry(booking) => {
            Write::create(request, &journal_entry(booking, &[], company))
        }
    }
}

/// Sparse, and with the ids of the lines, so that what ledgerbridge does not govern survives.
fn update(object: &Object, document: &Document, company: &Company, request: RequestId) -> Write {
    let (id, token) = (id(&object.id), SyncToken::new(&object.sync_token));
    let lines = &object.line_ids;
    let repeated = "a whole document repeats what an update has to";
    match document {
        Document::Invoice(sale) => {
            Write::sparse_update(request, &id, &token, &invoice(sale, lines, company))
        }
        Document::SalesReceipt(sale) => {
            Write::sparse_update(request, &id, &token, &sales_receipt(sale, lines, company))
        }
        Document::Payment(receipt) => {
            Write::sparse_update(request, &id, &token, &payment(receipt, company))
        }
        Document::Deposit(booking) => {
            let changed = deposit(booking, lines, company);
            Write::sparse_update_repeating(request, &id, &token, &changed).expect(repeated)
        }
        Document::Bill(booking) => {
            let changed = bill(booking, lines, company);
            Write::sparse_update_repeating(request, &id, &token, &changed).expect(repeated)
        }
        Document::Check(booking) => {
            let changed = check(booking, lines, company);
            Write::sparse_update_repeating(request, &id, &token, &changed).expect(repeated)
        }
        Document::JournalEntry(booking) => {
            Write::sparse_update(request, &id, &token, &journal_entry(booking, lines, company))
        }
    }
}

/// Without the parts that are not to be sent. Members that QuickBooks wants in every update are repeated: as they are
/// there, if they were read just now.
fn trimmed(write: Write, kind: ObjectKind, merge: &Merge, now: Option<&Body>) -> Write {
    let mut body: Body = serde_json::from_str(write.body()).expect("a write has an object");
    let repeated: &[&str] = match kind {
        ObjectKind::Deposit => entity::Deposit::REPEATED,
        ObjectKind::Bill => entity::Bill::REPEATED,
        ObjectKind::Purchase => entity::Purchase::REPEATED,
        _ => &[],
    };
    for part in &merge.unsent {
        for member in members(kind, *part) {
            if !repeated.contains(member) {
                body.remove(*member);
            } else if let Some(theirs) = now {
                body.extend(
                    theirs.get(*member).map(|theirs| ((*member).to_owned(), theirs.clone())),
                );
            }
        }
    }
    let body = serde_json::Value::Object(body).to_string();
    Write::from_parts(write.entity(), write.operation(), write.request_id().clone(), body)
        .expect("the operation is offered")
}

fn remove(object: &Object, request: RequestId) -> Write {
    let (id, token) = (id(&object.id), SyncToken::new(&object.sync_token));
    match object.kind {
        ObjectKind::Invoice => Write::void::<entity::Invoice>(request, &id, &token),
        ObjectKind::Payment => Write::void::<entity::Payment>(request, &id, &token),
        ObjectKind::SalesReceipt => Write::void::<entity::SalesReceipt>(request, &id, &token),
        ObjectKind::Deposit => Write::delete::<entity::Deposit>(request, &id, &token),
        ObjectKind::Bill => Write::delete::<entity::Bill>(request, &id, &token),
        ObjectKind::Purchase => Write::delete::<entity::Purchase>(request, &id, &token),
        ObjectKind::JournalEntry => Write::delete::<entity::JournalEntry>(request, &id, &token),
        ObjectKind::Customer
        | ObjectKind::Item
        | ObjectKind::PaymentMethod
        | ObjectKind::Vendor => unreachable!("a plan removes documents only"),
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
        ListKind::Vendor => {
            let mut vendor = Vendor::named(&entry.name);
            vendor.primary_email_addr = entry.email.as_deref().map(EmailAddress::of);
            vendor.currency_ref =
                entry.currency.as_ref().map(|currency| reference(currency.as_str()));
            Write::create(request, &vendor)
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

fn invoice(sale: &Sale, line_ids: &[String], company: &Company) -> entity::Invoice {
    entity::Invoice {
        doc_number: sale.number.clone(),
        txn_date: sale.date,
        due_date: sale.due,
        sales_term_ref: sale.term.as_ref().map(|term| Ref::to(&id(term))),
        currency_ref: company.multicurrency.then(|| reference(sale.currency.as_str())),
        private_note: Some(note(sale.memo.as_deref(), &sale.marker)),
        bill_email: sale.email.as_deref().map(EmailAddress::of),
        global_tax_calculation: untaxed(company),
        ..entity::Invoice::to_customer(&known(&sale.customer), sales_lines(sale, line_ids, company))
    }
}

fn sales_receipt(sale: &Sale, line_ids: &[String], company: &Company) -> entity::SalesReceipt {
    let lines = sales_lines(sale, line_ids, company);
    entity::SalesReceipt {
        doc_number: sale.number.clone(),
        txn_date: sale.date,
        deposit_to_account_ref: sale.deposit_account.as_ref().map(|account| Ref::to(&id(account))),
        currency_ref: company.multicurrency.then(|| reference(sale.currency.as_str())),
        private_note: Some(note(sale.memo.as_deref(), &sale.marker)),
        bill_email: sale.email.as_deref().map(EmailAddress::of),
        global_tax_calculation: untaxed(company),
        ..entity::SalesReceipt::to_customer(&known(&sale.customer), lines)
    }
}

fn sales_lines<'a>(
    sale: &'a Sale,
    line_ids: &'a [String],
    company: &'a Company,
) -> impl Iterator<Item = Line> {
    sale.lines.iter().enumerate().map(|(index, line)| {
        with_id(sales_line(line, sale.class.as_ref(), company), line_ids, index)
    })
}

fn sales_line(line: &SaleLine, class: Option<&LedgerId>, company: &Company) -> Line {
    let mut sales =
        SalesLine::of_item(&known(&line.item), line.amount).priced(line.quantity, line.unit_price);
    if let Some(description) = &line.description {
        sales = sales.described(description);
    }
    if let Some(class) = class {
        sales = sales.classified(&id(class));
    }
    if company.is_us() {
        sales = sales.taxed(&ObjectId::new(NOT_TAXED));
    }
    sales.into()
}

fn deposit(booking: &Booking, line_ids: &[String], company: &Company) -> entity::Deposit {
    let customer = known(&booking.party);
    let lines = booking.lines.iter().enumerate().map(|(index, line)| {
        let mut deposited = DepositLine::of_account(&id(&line.account), line.amount)
            .received_from(PartyRef::customer(&customer));
        if let Some(description) = &line.description {
            deposited = deposited.described(description);
        }
        if let Some(class) = &booking.class {
            deposited = deposited.classified(&id(class));
        }
        with_id(deposited.into(), line_ids, index)
    });
    entity::Deposit {
        txn_date: booking.date,
        currency_ref: company.multicurrency.then(|| reference(booking.currency.as_str())),
        private_note: Some(note(booking.memo.as_deref(), &booking.marker)),
        global_tax_calculation: untaxed(company),
        ..entity::Deposit::into_account(&other_side(booking), lines)
    }
}

fn bill(booking: &Booking, line_ids: &[String], company: &Company) -> entity::Bill {
    entity::Bill {
        doc_number: booking.number.clone(),
        txn_date: booking.date,
        sales_term_ref: booking.term.as_ref().map(|term| Ref::to(&id(term))),
        currency_ref: company.multicurrency.then(|| reference(booking.currency.as_str())),
        private_note: Some(note(booking.memo.as_deref(), &booking.marker)),
        global_tax_calculation: untaxed(company),
        ..entity::Bill::from_vendor(&known(&booking.party), expenses(booking, line_ids))
    }
}

fn check(booking: &Booking, line_ids: &[String], company: &Company) -> entity::Purchase {
    let payee = PartyRef::vendor(&known(&booking.party));
    // A check without a number is yet to be printed; once it was, an update leaves that alone.
    let is_new = line_ids.is_empty() && booking.number.is_none();
    entity::Purchase {
        doc_number: booking.number.clone(),
        print_status: is_new.then_some(PrintStatus::NeedToPrint),
        txn_date: booking.date,
        currency_ref: company.multicurrency.then(|| reference(booking.currency.as_str())),
        private_note: Some(note(booking.memo.as_deref(), &booking.marker)),
        global_tax_calculation: untaxed(company),
        ..entity::Purchase::check(&other_side(booking), payee, expenses(booking, line_ids))
    }
}

fn expenses<'a>(booking: &'a Booking, line_ids: &'a [String]) -> impl Iterator<Item = Line> {
    booking.lines.iter().enumerate().map(|(index, line)| {
        let mut expense = AccountLine::of_account(&id(&line.account), line.amount);
        if let Some(description) = &line.description {
            expense = expense.described(description);
        }
        if let Some(class) = &booking.class {
            expense = expense.classified(&id(class));
        }
        with_id(expense.into(), line_ids, index)
    })
}

/// The credit comes first, so that lines keep their ids when shares come and go.
fn journal_entry(
    booking: &Booking,
    line_ids: &[String],
    company: &Company,
) -> entity::JournalEntry {
    let vendor = known(&booking.party);
    let side = |line: JournalLine, description: Option<&str>| {
        let mut line = line.for_party(PartyRef::vendor(&vendor));
        if let Some(description) = description {
            line = line.described(description);
        }
        if let Some(class) = &booking.class {
            line = line.classified(&id(class));
        }
        Line::from(line)
    };
    let credit = side(JournalLine::credit(&other_side(booking), booking.total()), booking.tie());
    let debits = booking.lines.iter().map(|line| {
        side(JournalLine::debit(&id(&line.account), line.amount), line.description.as_deref())
    });
    let lines = std::iter::once(credit).chain(debits).enumerate();
    let lines: Vec<Line> = lines.map(|(index, line)| with_id(line, line_ids, index)).collect();
    entity::JournalEntry {
        doc_number: booking.number.clone(),
        txn_date: booking.date,
        currency_ref: company.multicurrency.then(|| reference(booking.currency.as_str())),
        private_note: Some(note(booking.memo.as_deref(), &booking.marker)),
        ..entity::JournalEntry::of_lines(lines)
    }
}

fn with_id(line: Line, line_ids: &[String], index: usize) -> Line {
    Line { id: line_ids.get(index).map(ObjectId::new), ..line }
}

fn other_side(booking: &Booking) -> ObjectId {
    id(booking.account.as_ref().expect("a plan names the other side's account where there is one"))
}

/// Outside of the United States documents say that no tax is computed.
fn untaxed(company: &Company) -> Option<GlobalTaxCalculation> {
    (!company.is_us()).then_some(GlobalTaxCalculation::NotApplicable)
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
