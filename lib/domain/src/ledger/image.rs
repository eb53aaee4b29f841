//! What a document says, part by part, so that what a bookkeeper changed in QuickBooks is told from what the record
//! changed.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Booking, BookingLine, Document, Receipt, Sale};
use crate::fingerprint;
use crate::id::ObjectId;

/// What a line of a bill or check does to its account.
pub const EXPENSE: &str = "expense";
/// What the first line of a journal entry does to its account.
pub const CREDIT: &str = "credit";
/// What the other lines of a journal entry do to their accounts.
pub const DEBIT: &str = "debit";

/// A part of a document that a record determines. The lines are one part: a mixture of the lines of two people would be
/// a document that neither of them made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Customer, vendor or payee.
    Party,
    /// Shown number.
    Number,
    /// Date.
    Date,
    /// When it is due.
    Due,
    /// Terms of payment.
    Terms,
    /// The account on the other side.
    Account,
    /// The private note, without the marker.
    Memo,
    /// E-mail.
    Email,
    /// How it was paid.
    Method,
    /// Check number or processor reference.
    Reference,
    /// Lines and amounts.
    Lines,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 11] = [
        Self::Party,
        Self::Number,
        Self::Date,
        Self::Due,
        Self::Terms,
        Self::Account,
        Self::Memo,
        Self::Email,
        Self::Method,
        Self::Reference,
        Self::Lines,
    ];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Number => "number",
            Self::Date => "date",
            Self::Due => "due",
            Self::Terms => "terms",
            Self::Account => "account",
            Self::Memo => "memo",
            Self::Email => "email",
            Self::Method => "method",
            Self::Reference => "reference",
            Self::Lines => "lines",
        }
    }

    /// What a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Party => "customer or vendor",
            Self::Due => "due date",
            Self::Method => "payment method",
            Self::Lines => "lines and amounts",
            part => part.as_str(),
        }
    }
}

/// What a document says: a text for each part that it has. Two texts are equal exactly if the parts say the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image(BTreeMap<Part, String>);

impl Image {
    /// The image with this part. Nothing and an empty text are the same.
    #[must_use]
    pub fn with(mut self, part: Part, text: Option<impl Into<String>>) -> Self {
        if let Some(text) = text.map(Into::into).filter(|text: &String| !text.is_empty()) {
            self.0.insert(part, text);
        }
        self
    }

    /// The image with lines, in their order.
    #[must_use]
    pub fn with_lines(self, lines: impl IntoIterator<Item = String>) -> Self {
        self.with(Part::Lines, Some(lines.into_iter().collect::<Vec<_>>().join("; ")))
    }

    /// What a part says.
    pub fn text(&self, part: Part) -> Option<&str> {
        self.0.get(&part).map(String::as_str)
    }

    /// The parts that a document of this image determines. Without a memo of the record, the note is to be empty.
    pub fn determined(&self) -> BTreeSet<Part> {
        self.0.keys().copied().chain([Part::Memo]).collect()
    }

    fn prints(&self) -> BTreeMap<Part, String> {
        Part::ALL.into_iter().filter_map(|part| Some((part, self.print(part)?))).collect()
    }

    fn print(&self, part: Part) -> Option<String> {
        let empty = (part == Part::Memo).then_some("");
        self.text(part).or(empty).map(print)
    }
}

/// A line of a sale, as a part of an image.
pub fn sale_line(
    item: &str,
    description: Option<&str>,
    quantity: Decimal,
    price: Decimal,
    amount: Decimal,
    class: Option<&str>,
) -> String {
    let (quantity, price) = (quantity.normalize(), price.normalize());
    let what = format!("{}item {item}, {quantity} × {price}", described(description));
    format!("{what} = {}{}", amount.normalize(), classed(class))
}

/// A line that books an amount, as a part of an image; `side` says what it does to the account.
pub fn booking_line(
    side: &str,
    account: &str,
    description: Option<&str>,
    amount: Decimal,
    class: Option<&str>,
) -> String {
    let what = format!("{}{side} account {account}", described(description));
    format!("{what}: {}{}", amount.normalize(), classed(class))
}

/// What a payment comes to and what it pays, as parts of an image.
pub fn receipt_lines<'a>(
    amount: Decimal,
    paid: impl IntoIterator<Item = (&'a str, Decimal)>,
) -> Vec<String> {
    let one = |(invoice, paid): (&str, Decimal)| format!("invoice {invoice}: {}", paid.normalize());
    let all = format!("{} received", amount.normalize());
    std::iter::once(all).chain(paid.into_iter().map(one)).collect()
}

/// A side of a journal entry that is about a party.
pub fn side_of(side: &str, party: &str) -> String {
    format!("{side} of {party},")
}

/// The side of a deposit's line, whose money came from a party.
pub fn received_from(party: &str) -> String {
    format!("from {party} into")
}

fn described(description: Option<&str>) -> String {
    description.filter(|text| !text.is_empty()).map_or(String::new(), |text| format!("{text}, "))
}

fn classed(class: Option<&str>) -> String {
    class.map_or(String::new(), |class| format!(", class {class}"))
}

impl Document {
    /// What it says. References that are not known yet say nothing.
    pub fn image(&self) -> Image {
        match self {
            Self::Invoice(sale) | Self::SalesReceipt(sale) => sale.image(),
            Self::Payment(receipt) => receipt.image(),
            Self::Deposit(booking) => {
                let side = received_from(known(&booking.party));
                booking.image(booking.account.as_ref()).with_lines(booking.texts(&side))
            }
            Self::Bill(booking) | Self::Check(booking) => booking
                .image(booking.account.as_ref())
                .with(Part::Party, booking.party.id().map(ObjectId::as_str))
                .with_lines(booking.texts(EXPENSE)),
            Self::JournalEntry(booking) => {
                let party = known(&booking.party);
                let account = booking.account.as_ref().map_or("", ObjectId::as_str);
                let class = booking.class.as_ref().map(ObjectId::as_str);
                let (side, total) = (side_of(CREDIT, party), booking.total());
                let credit = booking_line(&side, account, booking.tie(), total, class);
                let debits = booking.texts(&side_of(DEBIT, party));
                booking.image(None).with_lines(std::iter::once(credit).chain(debits))
            }
        }
    }
}

fn known(reference: &super::Ref) -> &str {
    reference.id().map_or("", ObjectId::as_str)
}

impl Sale {
    fn image(&self) -> Image {
        let class = self.class.as_ref().map(ObjectId::as_str);
        Image::default()
            .with(Part::Party, self.customer.id().map(ObjectId::as_str))
            .with(Part::Number, self.number.as_deref())
            .with(Part::Date, self.date.map(|day| day.to_string()))
            .with(Part::Due, self.due.map(|day| day.to_string()))
            .with(Part::Terms, self.term.as_ref().map(ObjectId::as_str))
            .with(Part::Account, self.deposit_account.as_ref().map(ObjectId::as_str))
            .with(Part::Memo, self.memo.as_deref())
            .with(Part::Email, self.email.as_deref())
            .with_lines(self.lines.iter().map(|line| {
                let (item, text) = (known(&line.item), line.description.as_deref());
                sale_line(item, text, line.quantity, line.unit_price, line.amount, class)
            }))
    }
}

impl Receipt {
    fn image(&self) -> Image {
        let paid = self.lines.iter().filter(|line| !line.amount.is_zero());
        let paid = paid.map(|line| (known(&line.invoice), line.amount));
        Image::default()
            .with(Part::Party, self.customer.id().map(ObjectId::as_str))
            .with(Part::Date, self.date.map(|day| day.to_string()))
            .with(Part::Account, Some(self.deposit_account.as_str()))
            .with(Part::Memo, self.memo.as_deref())
            .with(
                Part::Method,
                self.method.as_ref().and_then(|method| method.id()).map(ObjectId::as_str),
            )
            .with(Part::Reference, self.reference.as_deref())
            .with_lines(receipt_lines(self.amount, paid))
    }
}

impl Booking {
    /// All but the lines, and the party where it is named by them.
    fn image(&self, account: Option<&ObjectId>) -> Image {
        Image::default()
            .with(Part::Number, self.number.as_deref())
            .with(Part::Date, self.date.map(|day| day.to_string()))
            .with(Part::Terms, self.term.as_ref().map(ObjectId::as_str))
            .with(Part::Account, account.map(ObjectId::as_str))
            .with(Part::Memo, self.memo.as_deref())
    }

    fn texts(&self, side: &str) -> Vec<String> {
        let class = self.class.as_ref().map(ObjectId::as_str);
        let text = |line: &BookingLine| {
            let (account, text) = (line.account.as_str(), line.description.as_deref());
            booking_line(side, account, text, line.amount, class)
        };
        self.lines.iter().map(text).collect()
    }
}

/// What is remembered of a document since it was last written: of each part, what ledgerbridge sent and what QuickBooks
/// answered, as hashes. Texts that QuickBooks spells otherwise differ from the start, and that is no edit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Trace {
    /// The concurrency token of that answer.
    sync_token: String,
    /// Hashes by part.
    parts: BTreeMap<Part, Prints>,
    /// What updates said whose answers never came: QuickBooks may say that without anybody having edited it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unsure: BTreeMap<Part, BTreeSet<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Prints {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ours: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    theirs: Option<String>,
    /// `ours` was not written: what a bookkeeper made of the part was kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    kept: bool,
}

/// What a write says, kept while it is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sent {
    parts: BTreeMap<Part, String>,
    /// Parts that were left as the bookkeeper made them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    kept: BTreeSet<Part>,
}

impl Sent {
    /// What is sent with a document, but for the parts that are kept as they are in QuickBooks.
    pub fn of(document: &Document, kept: BTreeSet<Part>) -> Self {
        Self { parts: document.image().prints(), kept }
    }

    /// Whether a document says just that.
    pub fn is_what(&self, says: &Image) -> bool {
        self.parts.iter().all(|(part, print)| says.print(*part).as_ref() == Some(print))
    }
}

impl Trace {
    /// After the answer to what was sent. What was kept differs from then on from what ledgerbridge wrote `before`.
    pub fn after(sent: Sent, answer: &Image, sync_token: &str, before: Option<&Self>) -> Self {
        let mut answered = answer.prints();
        let parts = Part::ALL.into_iter().filter_map(|part| {
            let earlier = || before?.parts.get(&part)?.theirs.clone();
            let kept = sent.kept.contains(&part);
            let theirs = answered.remove(&part);
            let theirs = if kept { earlier() } else { theirs };
            let prints = Prints { ours: sent.parts.get(&part).cloned(), theirs, kept };
            (prints != Prints::default()).then_some((part, prints))
        });
        let (sync_token, parts) = (sync_token.to_owned(), parts.collect());
        Self { sync_token, parts, unsure: BTreeMap::new() }
    }

    /// After nothing was written, since all that `sent` would have changed is kept.
    #[must_use]
    pub fn keeping(mut self, sent: &Sent) -> Self {
        for part in &sent.kept {
            let prints = self.parts.entry(*part).or_default();
            prints.ours = sent.parts.get(part).cloned();
            prints.kept = true;
        }
        self
    }

    /// Whether nobody can have edited the document unnoticed if this is its newest token. A bookkeeper's version that was
    /// kept has to be looked at each time.
    pub fn covers(&self, sync_token: &str) -> bool {
        self.sync_token == sync_token && !self.keeps_anything()
    }

    /// Whether some part was left as a bookkeeper made it.
    pub fn keeps_anything(&self) -> bool {
        self.parts.values().any(|prints| prints.kept)
    }

    /// Notes an update that may or may not have been performed.
    pub fn note_unsure(&mut self, sent: &Sent) {
        for (part, print) in sent.parts.iter().filter(|(part, _)| !sent.kept.contains(part)) {
            self.unsure.entry(*part).or_default().insert(print.clone());
        }
    }

    /// Whether a part says something else in QuickBooks than when ledgerbridge last wrote the document.
    pub fn was_edited(&self, part: Part, now: &Image) -> bool {
        let now = now.print(part);
        let then = self.parts.get(&part).and_then(|prints| prints.theirs.clone());
        let unsure = self.unsure.get(&part);
        let by_us = now.as_ref().is_some_and(|now| unsure.is_some_and(|any| any.contains(now)));
        now != then && !by_us
    }

    /// Whether ledgerbridge wants a part to say something else than it may say if nobody edited it.
    pub fn is_changed(&self, part: Part, wanted: &Image) -> bool {
        let wanted = wanted.print(part);
        let then = self.parts.get(&part);
        let may_differ = self
            .unsure
            .get(&part)
            .is_some_and(|any| any.iter().any(|one| Some(one) != wanted.as_ref()));
        wanted != then.and_then(|prints| prints.ours.clone()) || may_differ
    }

    /// Whether a bookkeeper's version was kept the last time.
    pub fn was_kept(&self, part: Part) -> bool {
        self.parts.get(&part).is_some_and(|prints| prints.kept)
    }
}

fn print(text: &str) -> String {
    let mut hash = fingerprint::of(&text);
    hash.truncate(16);
    hash
}
