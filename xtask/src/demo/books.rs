//! What the bookkeeper sees in QuickBooks, read from the simulator.

use anyhow::Context;
use serde_json::Value;

use super::calls::Calls;

/// Counts and balances at one moment.
pub(crate) struct Books {
    trial_balance: Value,
}

impl Books {
    /// Opens the books of a company.
    pub(crate) fn open(calls: &Calls<'_>, realm: &str) -> anyhow::Result<Self> {
        Ok(Self { trial_balance: calls.simulator(&format!("companies/{realm}/trial-balance"))? })
    }

    /// An account's balance, debit positive, in cents: only to be compared and printed.
    pub(crate) fn cents(&self, account: &str) -> i64 {
        let accounts = self.trial_balance["accounts"].as_array().map_or(&[][..], Vec::as_slice);
        let found = accounts.iter().find(|found| found["name"] == account);
        found.map_or(0, |found| cents(&found["debit"]) - cents(&found["credit"]))
    }

    /// Debits less credits: zero, or the books are broken.
    pub(crate) fn difference(&self) -> i64 {
        cents(&self.trial_balance["difference"])
    }
}

/// The number of the latest call in a company's journal.
pub(crate) fn last_call(calls: &Calls<'_>, realm: &str) -> anyhow::Result<u64> {
    let journal = calls.simulator(&format!("companies/{realm}/journal"))?;
    let last = journal["calls"].as_array().and_then(|calls| calls.last());
    Ok(last.and_then(|call| call["seq"].as_u64()).unwrap_or(0))
}

/// How many API calls a company has seen after `seq`; sign-in does not count.
pub(crate) fn calls_after(calls: &Calls<'_>, realm: &str, seq: u64) -> anyhow::Result<usize> {
    let journal = calls.simulator(&format!("companies/{realm}/journal?after={seq}"))?;
    let entries = journal["calls"].as_array().context("the journal has no calls")?;
    Ok(entries
        .iter()
        .filter(|call| !call["operation"].as_str().unwrap_or_default().starts_with("token"))
        .count())
}

/// How many invoices carry a number.
pub(crate) fn invoices_numbered(
    calls: &Calls<'_>,
    realm: &str,
    number: &str,
) -> anyhow::Result<usize> {
    let objects = calls.simulator(&format!("companies/{realm}/objects/invoice"))?;
    let invoices = objects["objects"].as_array().context("there is no list of invoices")?;
    Ok(invoices.iter().filter(|invoice| invoice["DocNumber"] == number).count())
}

/// The documents of a kind that ledgerbridge made and that count, as the bookkeeper sees them: id, whose, total.
pub(crate) fn documents(
    calls: &Calls<'_>,
    realm: &str,
    kind: &str,
) -> anyhow::Result<Vec<[String; 3]>> {
    let entity = kind.to_lowercase();
    let objects = calls.simulator(&format!("companies/{realm}/objects/{entity}"))?;
    let objects = objects["objects"].as_array().with_context(|| format!("no list of {kind}"))?;
    let is_ours = |object: &&Value| {
        let note = object["PrivateNote"].as_str().unwrap_or_default();
        note.contains("[lb:") && object["status"] != "Deleted"
    };
    let shown = |object: &Value| {
        let whose = ["CustomerRef", "VendorRef"].map(|party| object[party]["name"].as_str());
        let whose = whose.into_iter().flatten().next().unwrap_or_default();
        let id = object["Id"].as_str().unwrap_or_default();
        [id.to_owned(), whose.to_owned(), money(cents(&object["TotalAmt"]))]
    };
    Ok(objects.iter().filter(is_ours).map(shown).collect())
}

/// `1,234.50` for 123450.
pub(crate) fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let digits = whole.to_string();
    let grouped: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    format!("{sign}{}.{rest:02}", grouped.join(","))
}

/// Cents of a JSON number or string; 0 when it is neither.
fn cents(amount: &Value) -> i64 {
    let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
    let (sign, text) = text.strip_prefix('-').map_or((1, text.as_str()), |text| (-1, text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: String = fraction.chars().chain("00".chars()).take(2).collect();
    sign * (whole.parse::<i64>().unwrap_or(0) * 100 + fraction.parse::<i64>().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_become_cents_and_text_again() {
        let cases = [
            (json!(1234.5), 123_450, "1,234.50"),
            (json!("-0.07"), -7, "-0.07"),
            (json!(1000000), 100_000_000, "1,000,000.00"),
        ];
        for (value, expected, text) in cases {
            assert_eq!(cents(&value), expected);
            assert_eq!(money(expected), text);
        }
        assert_eq!(cents(&Value::Null), 0);
    }
}
