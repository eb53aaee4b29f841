//! What a document of QuickBooks Online says, part by part, in the words of `domain::ledger::image`.

use domain::ledger::image::{
    CREDIT, DEBIT, EXPENSE, booking_line, receipt_lines, received_from, sale_line, side_of,
};
use domain::ledger::{Image, ObjectKind, Part};
use quickbooks::entity::{
    Bill, Deposit, DetailType, EmailAddress, Entity, Invoice, JournalEntry, Line, PartyRef,
    Payment, PostingType, Purchase, Ref, SalesReceipt,
};
use rust_decimal::Decimal;

/// Where the marker begins and ends in a note.
const MARKER: (&str, char) = ("[lb:", ']');

/// A document that says something.
pub(crate) trait Says: Entity {
    /// What it says, part by part.
    fn says(&self) -> Image;
}

/// The members of QuickBooks' object that hold a part.
pub(super) fn members(kind: ObjectKind, part: Part) -> &'static [&'static str] {
    match (part, kind) {
        (Part::Party, ObjectKind::Bill) => &["VendorRef"],
        (Part::Party, ObjectKind::Purchase) => &["EntityRef"],
        (Part::Party, _) => &["CustomerRef"],
        (Part::Number, _) => &["DocNumber"],
        (Part::Date, _) => &["TxnDate"],
        (Part::Due, _) => &["DueDate"],
        (Part::Terms, _) => &["SalesTermRef"],
        (Part::Account, ObjectKind::Purchase) => &["AccountRef"],
        (Part::Account, _) => &["DepositToAccountRef"],
        (Part::Memo, _) => &["PrivateNote"],
        (Part::Email, _) => &["BillEmail"],
        (Part::Method, _) => &["PaymentMethodRef"],
        (Part::Reference, _) => &["PaymentRefNum"],
        (Part::Lines, ObjectKind::Payment) => &["Line", "TotalAmt"],
        // Whether there is tax is said of the lines.
        (Part::Lines, _) => &["Line", "GlobalTaxCalculation"],
    }
}

impl Says for Invoice {
    fn says(&self) -> Image {
        Image::default()
            .with(Part::Party, to(self.customer_ref.as_ref()))
            .with(Part::Number, self.doc_number.as_deref())
            .with(Part::Date, self.txn_date.map(|day| day.to_string()))
            .with(Part::Due, self.due_date.map(|day| day.to_string()))
            .with(Part::Terms, to(self.sales_term_ref.as_ref()))
            .with(Part::Memo, memo(self.private_note.as_deref()))
            .with(Part::Email, address(self.bill_email.as_ref()))
            .with_lines(texts(self.line.as_deref()))
    }
}

impl Says for SalesReceipt {
    fn says(&self) -> Image {
        Image::default()
            .with(Part::Party, to(self.customer_ref.as_ref()))
            .with(Part::Number, self.doc_number.as_deref())
            .with(Part::Date, self.txn_date.map(|day| day.to_string()))
            .with(Part::Account, to(self.deposit_to_account_ref.as_ref()))
            .with(Part::Memo, memo(self.private_note.as_deref()))
            .with(Part::Email, address(self.bill_email.as_ref()))
            .with_lines(texts(self.line.as_deref()))
    }
}

impl Says for Payment {
    fn says(&self) -> Image {
        let paid = self.line.iter().flatten().filter_map(|line| {
            let invoice = line.linked_txn.as_ref()?.first()?.txn_id.as_ref()?;
            Some((invoice.as_str(), line.amount.unwrap_or_default()))
        });
        Image::default()
            .with(Part::Party, to(self.customer_ref.as_ref()))
            .with(Part::Date, self.txn_date.map(|day| day.to_string()))
            .with(Part::Account, to(self.deposit_to_account_ref.as_ref()))
            .with(Part::Memo, memo(self.private_note.as_deref()))
            .with(Part::Method, to(self.payment_method_ref.as_ref()))
            .with(Part::Reference, self.payment_ref_num.as_deref())
            .with_lines(receipt_lines(self.total_amt.unwrap_or_default(), paid))
    }
}

impl Says for Deposit {
    fn says(&self) -> Image {
        Image::default()
            .with(Part::Date, self.txn_date.map(|day| day.to_string()))
            .with(Part::Account, to(self.deposit_to_account_ref.as_ref()))
            .with(Part::Memo, memo(self.private_note.as_deref()))
            .with_lines(texts(self.line.as_deref()))
    }
}

impl Says for Bill {
    fn says(&self) -> Image {
        Image::default()
            .with(Part::Party, to(self.vendor_ref.as_ref()))
            .with(Part::Number, self.doc_number.as_deref())
            .with(Part::Date, self.txn_date.map(|day| day.to_string()))
            .with(Part::Terms, to(self.sales_term_ref.as_ref()))
            .with(Part::Memo, memo(self.private_note.as_deref()))
            .with_lines(texts(self.line.as_deref()))
    }
}

impl Says for Purchase {
    fn says(&self) -> Image {
        Image::default()
            .with(Part::Party, whose(self.entity_ref.as_ref()))
            .with(Part::Number, self.doc_number.as_deref())
            .with(Part::Date, self.txn_date.map(|day| day.to_string()))
            .with(Part::Account, to(self.account_ref.as_ref()))
            .with(Part::Memo, memo(self.private_note.as_deref()))
            .with_lines(texts(self.line.as_deref()))
    }
}

impl Says for JournalEntry {
    fn says(&self) -> Image {
        Image::default()
            .with(Part::Number, self.doc_number.as_deref())
            .with(Part::Date, self.txn_date.map(|day| day.to_string()))
            .with(Part::Memo, memo(self.private_note.as_deref()))
            .with_lines(texts(self.line.as_deref()))
    }
}

/// The lines that add to the total, in their order.
fn texts(lines: Option<&[Line]>) -> impl Iterator<Item = String> {
    let sums = |line: &&Line| line.detail_type.as_ref() != Some(&DetailType::SubTotal);
    lines.into_iter().flatten().filter(sums).map(text)
}

fn text(line: &Line) -> String {
    let description = line.description.as_deref();
    let amount = line.amount.unwrap_or_default();
    let booked = |side: &str, account: Option<&Ref>, class: Option<&Ref>| {
        booking_line(side, to(account).unwrap_or_default(), description, amount, to(class))
    };
    if let Some(sold) = &line.sales_item_line_detail {
        let item = to(sold.item_ref.as_ref()).unwrap_or_default();
        let price = sold.unit_price.unwrap_or(amount);
        let quantity = sold.qty.unwrap_or(Decimal::ONE);
        sale_line(item, description, quantity, price, amount, to(sold.class_ref.as_ref()))
    } else if let Some(spent) = &line.account_based_expense_line_detail {
        booked(EXPENSE, spent.account_ref.as_ref(), spent.class_ref.as_ref())
    } else if let Some(deposited) = &line.deposit_line_detail {
        let side = received_from(whose(deposited.entity.as_ref()).unwrap_or_default());
        booked(&side, deposited.account_ref.as_ref(), deposited.class_ref.as_ref())
    } else if let Some(entry) = &line.journal_entry_line_detail {
        let is_credit = entry.posting_type == Some(PostingType::Credit);
        let party = entry.entity.as_ref().and_then(|party| to(party.entity_ref.as_ref()));
        let side = side_of(if is_credit { CREDIT } else { DEBIT }, party.unwrap_or_default());
        booked(&side, entry.account_ref.as_ref(), entry.class_ref.as_ref())
    } else {
        let kind = line.detail_type.as_ref().map_or("line", DetailType::as_str);
        format!("{}{kind} {}", description.unwrap_or_default(), amount.normalize())
    }
}

/// A note without the marker.
fn memo(note: Option<&str>) -> Option<String> {
    let note = note?;
    let found = note.find(MARKER.0).and_then(|start| {
        let length = note[start..].find(MARKER.1)? + MARKER.1.len_utf8();
        Some((start, start + length))
    });
    let text = match found {
        Some((start, end)) => format!("{}{}", &note[..start], &note[end..]),
        None => note.to_owned(),
    };
    Some(text.trim().to_owned())
}

fn to(reference: Option<&Ref>) -> Option<&str> {
    reference.map(|reference| reference.value.as_str())
}

fn whose(party: Option<&PartyRef>) -> Option<&str> {
    party.map(|party| party.value.as_str())
}

fn address(email: Option<&EmailAddress>) -> Option<&str> {
    email.and_then(|email| email.address.as_deref())
}

#[cfg(test)]
mod tests;
