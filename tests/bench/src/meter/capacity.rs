//! How many request units an operation of DynamoDB takes.

use serde_json::Value;

/// A write takes one unit for each.
const WRITE_BYTES: u64 = 1024;
/// A consistent read takes one unit for each.
const READ_BYTES: u64 = 4096;
/// Each index's own keys; an index holds an item as long as it has both.
const INDEXES: [[&str; 2]; 2] = [["state_key", "state_since"], ["watch_key", "watch_at"]];

/// How often the operations of a transaction are billed: to prepare and to commit.
pub(super) const TRANSACTION: u64 = 2;

/// Bytes of an item as DynamoDB counts them:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub fn size(item: &Value) -> u64 {
    let members = item.as_object().into_iter().flatten();
    members.map(|(name, value)| length(name) + value_size(value)).sum()
}

fn value_size(value: &Value) -> u64 {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return 0;
    };
    match (kind.as_str(), value) {
        ("M", members) => {
            3 + members.as_object().into_iter().flatten().count() as u64 + size(members)
        }
        ("L", Value::Array(values)) => {
            3 + values.iter().map(|value| 1 + value_size(value)).sum::<u64>()
        }
        // About one byte for two digits, and one more.
        ("N", Value::String(digits)) => length(digits).div_ceil(2) + 1,
        ("BOOL" | "NULL", _) => 1,
        ("SS" | "NS" | "BS", Value::Array(values)) => {
            values.iter().filter_map(Value::as_str).map(length).sum()
        }
        (_, Value::String(text)) => length(text),
        _ => 0,
    }
}

fn length(text: &str) -> u64 {
    text.len() as u64
}

/// Units of a write that found `old` and left `new`, its indexes included.
pub(super) fn of_write(old: Option<&Value>, new: Option<&Value>) -> u64 {
    let bytes = |item: Option<&Value>| item.map_or(0, size);
    let item = bytes(old).max(bytes(new)).div_ceil(WRITE_BYTES).max(1);
    item + INDEXES.iter().map(|keys| of_index(old, new, keys)).sum::<u64>()
}

/// An entry of an index is below 1 KB; one that moves is taken out and put in.
fn of_index(old: Option<&Value>, new: Option<&Value>, keys: &[&str; 2]) -> u64 {
    let entry = |item: Option<&Value>| {
        let [first, second] = keys.map(|key| item?.get(key).cloned());
        first.zip(second)
    };
    match (entry(old), entry(new)) {
        (None, None) => 0,
        (Some(old), Some(new)) if old == new => 0,
        (Some(_), Some(_)) => 2,
        _ => 1,
    }
}

/// Half units of reading `items` one by one. One that is not there takes as much as the smallest.
pub(super) fn of_gets(asked: u64, items: &[&Value], consistent: bool) -> u64 {
    let found = items.iter().map(|item| size(item).div_ceil(READ_BYTES).max(1)).sum::<u64>();
    let missing = asked.saturating_sub(items.len() as u64);
    (found + missing) * halves(consistent)
}

/// Half units of a query, which counts all items together.
pub(super) fn of_query(items: &[&Value], consistent: bool) -> u64 {
    items.iter().map(|item| size(item)).sum::<u64>().div_ceil(READ_BYTES).max(1)
        * halves(consistent)
}

fn halves(consistent: bool) -> u64 {
    if consistent { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(bytes: usize) -> Value {
        json!({"pk": {"S": "T#a"}, "x": {"S": "y".repeat(bytes - 6)}})
    }

    #[test]
    fn an_item_is_as_long_as_its_names_and_values() {
        let cases = [
            (json!({"pk": {"S": "T#a"}}), 5),
            (json!({"n": {"N": "12345"}}), 5),
            (json!({"b": {"BOOL": true}}), 2),
            (json!({"l": {"L": [{"S": "ab"}, {"S": "c"}]}}), 1 + 3 + 3 + 2),
            (json!({"m": {"M": {"a": {"S": "b"}}}}), 1 + 3 + 1 + 2),
        ];
        for (item, expected) in cases {
            assert_eq!(size(&item), expected, "{item}");
        }
        assert_eq!(size(&item(100)), 100);
    }

    #[test]
    fn a_write_takes_a_unit_for_each_kilobyte_of_the_larger_image() {
        for (old, new, expected) in [
            (None, Some(10), 1),
            (None, Some(1024), 1),
            (None, Some(1025), 2),
            (Some(3000), Some(10), 3),
            (Some(10), None, 1),
            (None, None, 1),
        ] {
            let (old, new) = (old.map(item), new.map(item));
            assert_eq!(of_write(old.as_ref(), new.as_ref()), expected);
        }
    }

    #[test]
    fn an_index_takes_a_unit_when_an_item_comes_goes_or_changes_its_key() {
        let plain = item(10);
        let waiting = |since: &str| {
            let mut item = item(10);
            item["state_key"] = json!({"S": "k"});
            item["state_since"] = json!({"S": since});
            item
        };
        let units = |old: &Value, new: &Value| of_write(Some(old), Some(new));
        assert_eq!(units(&plain, &plain), 1);
        assert_eq!(units(&plain, &waiting("1")), 2);
        assert_eq!(units(&waiting("1"), &waiting("1")), 1);
        assert_eq!(units(&waiting("1"), &waiting("2")), 3);
        assert_eq!(units(&waiting("1"), &plain), 2);
    }

    #[test]
    fn a_read_takes_half_when_it_need_not_be_consistent() {
        let (small, large) = (item(10), item(4097));
        assert_eq!(of_gets(3, &[&small, &large], true), 2 + 4 + 2);
        assert_eq!(of_gets(1, &[], false), 1);
        assert_eq!(of_query(&[&small, &large], true), 4);
        assert_eq!(of_query(&[], false), 1);
    }
}
