//! Guesses what a misspelt field was meant to be.

/// The known name that `name` is most likely a slip of.
pub(super) fn closest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>().to_lowercase()
    };
    let name = plain(name);
    known
        .iter()
        .map(|candidate| (distance(&name, &plain(candidate)), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len() / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance of two short ASCII texts.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognized() {
        let known = &["issued_on", "due_on", "closed_on", "unit_price"];
        for (name, expected) in [
            ("issuedOn", Some("issued_on")),
            ("due", Some("due_on")),
            ("dueon", Some("due_on")),
            ("unitprice", Some("unit_price")),
            ("unit_prize", Some("unit_price")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(name, known), expected, "{name}");
        }
    }
}
