//! Document numbers: given, counted on, or refused as duplicates.

use super::{Draft, entity};
use crate::{
    api::Fault,
    json::{set, text},
    ledger::Pool,
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
    let Some(holder) = draft.ledger.holder(pool, taken, draft.id()) else { return Ok(()) };
    let object = draft.ledger.get(holder.kind, holder.id.as_str());
    let kind =
        object.map_or(entity(holder.kind).name, |object| entity(holder.kind).link_type(object));
    Err(Fault::duplicate_number(number, &spaced(kind), holder.id.as_str()))
}

/// `JournalEntry` as `Journal Entry`, the way the fault quotes it.
fn spaced(name: &str) -> String {
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
