//! Document numbers: given, counted on, or refused as duplicates.

use super::{Draft, Kind, bill_payment, entity, purchase};
use crate::{
    api::Fault,
    json::{Object, amount_or_zero, reference, set, text},
    ledger::{Key, Ledger, Pool},
    switches::{BillNumbers, SalesNumbers, VoidedNumbers},
};

/// Settles `DocNumber` by the company's preference.
pub(super) fn settle(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let before = draft.before.and_then(|before| text(before, "DocNumber"));
    let custom = draft.switches.custom_txn_numbers;
    match (text(&draft.object, "DocNumber").map(str::to_owned), before) {
        (Some(number), before) if before != Some(number.as_str()) => unused(draft, &number),
        (Some(_), _) => Ok(()),
        (None, Some(before)) if !custom => {
            set(&mut draft.object, "DocNumber", before);
            Ok(())
        }
        (None, None) if !custom => {
            let number = following(draft);
            set(&mut draft.object, "DocNumber", number);
            Ok(())
        }
        (None, _) => Ok(()),
    }
}

fn unused(draft: &Draft<'_>, number: &str) -> Result<(), Fault> {
    refuse_taken(
        draft,
        Pool::SalesNumbers,
        number,
        number,
        draft.switches.warn_duplicate_doc_numbers,
    )
}

/// Checks the number of a document that is never numbered automatically; `taken` is how its pool knows it.
pub(super) fn given(draft: &Draft<'_>, pool: Pool, taken: &str, warns: bool) -> Result<(), Fault> {
    let number = text(&draft.object, "DocNumber").unwrap_or_default();
    let before = draft.before.and_then(|before| text(before, "DocNumber"));
    if number.is_empty() || before == Some(number) {
        return Ok(());
    }
    refuse_taken(draft, pool, taken, number, warns)
}

fn refuse_taken(
    draft: &Draft<'_>,
    pool: Pool,
    taken: &str,
    number: &str,
    warns: bool,
) -> Result<(), Fault> {
    if !warns || draft.options.allow_duplicate_number {
        return Ok(());
    }
    let mut holders = draft.ledger.holders(pool, taken, draft.id());
    let Some((holder, object)) = holders.find(|(holder, object)| counts(draft, holder, object))
    else {
        return Ok(());
    };
    let kind = entity(holder.kind).link_type(object);
    Err(Fault::duplicate_number(number, &spaced(kind), holder.id.as_str()))
}

/// Whether the number of another document is in the way of the drafted one.
fn counts(draft: &Draft<'_>, holder: &Key, object: &Object) -> bool {
    let switches = draft.switches;
    let voided = switches.voided_numbers == VoidedNumbers::Free && is_voided(object);
    let other_kind = switches.sales_numbers == SalesNumbers::PerKind
        && draft.kind != holder.kind
        && entity(holder.kind).numbered;
    let other_vendor = switches.bill_numbers == BillNumbers::PerVendor
        && holder.kind == Kind::Bill
        && reference(object, "VendorRef") != reference(&draft.object, "VendorRef");
    !voided && !other_kind && !other_vendor
}

/// A void leaves its mark in the note and takes every amount.
pub(crate) fn is_voided(object: &Object) -> bool {
    amount_or_zero(object, "TotalAmt").is_zero()
        && text(object, "PrivateNote").is_some_and(|note| note.starts_with("Voided"))
}

/// The number behind the last check and payment by check of a bank account.
pub(super) fn next_check(ledger: &Ledger, account: &str) -> String {
    let checks = ledger.all(Kind::Purchase).filter_map(purchase::check_number);
    let payments = ledger.all(Kind::BillPayment).filter_map(bill_payment::check_number);
    let numbers = checks.chain(payments).filter_map(|(_, taken)| {
        let (of, number) = taken.split_once(' ')?;
        (of == account).then(|| number.parse::<u64>().ok())?
    });
    (numbers.max().unwrap_or_default() + 1).to_string()
}

/// `JournalEntry` as `Journal Entry`, the way the fault quotes it.
pub(crate) fn spaced(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character);
    }
    words
}

fn following(draft: &Draft<'_>) -> String {
    let mut number = next(&draft.ledger.last_number);
    while draft.ledger.holder(Pool::SalesNumbers, &number, None).is_some() {
        number = next(&number);
    }
    number
}

/// The last number with its trailing digits counted up.
fn next(last: &str) -> String {
    let stem = last.trim_end_matches(|character: char| character.is_ascii_digit());
    let digits = &last[stem.len()..];
    match digits.parse::<u64>() {
        Ok(number) => format!("{stem}{:0width$}", number + 1, width = digits.len()),
        Err(_) => format!("{last}1"),
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_trailing_digits_are_counted_up() {
        for (last, expected) in
            [("1037", "1038"), ("B-099", "B-100"), ("B-9", "B-10"), ("draft", "draft1"), ("", "1")]
        {
            assert_eq!(next(last), expected);
        }
    }
}
