//! History as a spreadsheet reads it: RFC 4180, UTF-8, with a header row.

use domain::history::HistoryLine;

/// The columns.
const HEADER: &str = "at,kind,record,version,action,description,objects\r\n";

/// What begins a formula; some languages' keyboards write the wide ones.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The lines as one text.
pub(crate) fn of(lines: &[HistoryLine]) -> String {
    let mut text = HEADER.to_owned();
    for line in lines {
        let objects: Vec<String> = line
            .objects
            .iter()
            .map(|object| {
                let number = object.doc_number.as_deref().map(|number| format!(" ({number})"));
                format!("{:?} {}{}", object.kind, object.id, number.unwrap_or_default())
            })
            .collect();
        let cells = [
            line.at.to_string(),
            line.record.map_or(String::new(), |kind| kind.as_str().to_owned()),
            line.record_id.clone().unwrap_or_default(),
            line.version.map_or(String::new(), |version| version.to_string()),
            line.action.clone(),
            line.description.clone(),
            objects.join("; "),
        ];
        text.push_str(&cells.map(|cell| self::cell(&cell)).join(","));
        text.push_str("\r\n");
    }
    text
}

/// One cell, as text whatever it looks like.
fn cell(text: &str) -> String {
    let defused = defused(text);
    if defused.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", defused.replace('"', "\"\""))
    } else {
        defused
    }
}

/// What a spreadsheet would run as a formula gets an apostrophe in front, which makes it text:
/// <https://owasp.org/www-community/attacks/CSV_Injection>
///
/// That may be inside of a text too: where semicolons separate cells, as in much of Europe, quotes within a line are no
/// quotes, and what follows a semicolon or an end of line begins a cell.
fn defused(text: &str) -> String {
    let mut defused = String::with_capacity(text.len());
    if text.starts_with(['\t', '\r']) {
        defused.push('\'');
    }
    let mut begins = true;
    for c in text.chars() {
        if begins && FORMULA.contains(&c) {
            defused.push('\'');
        }
        begins =
            matches!(c, ';' | '\t' | '\n' | '\r') || (begins && (c == '"' || c.is_whitespace()));
        defused.push(c);
    }
    defused
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn cells_are_quoted_by_rfc_4180_and_formulas_are_defused() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-B", "'-B"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("a=b", "a=b"),
            (" =1+1", " '=1+1"),
            ("\"=1+1\"", "\"\"\"'=1+1\"\"\""),
            ("＝1+1", "'＝1+1"),
            ("paid; =1+1", "paid; '=1+1"),
            ("paid\n-1", "\"paid\n'-1\""),
            ("paid; 1-1", "paid; 1-1"),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_is_a_row_under_the_header() {
        let mut line = HistoryLine::about_tenant(
            Timestamp::UNIX_EPOCH,
            "settings_saved",
            "Settings were saved, at last.".to_owned(),
        );
        line.record_id = Some("=B1".to_owned());
        let expected = "at,kind,record,version,action,description,objects\r\n\
            1970-01-01T00:00:00Z,,'=B1,,settings_saved,\"Settings were saved, at last.\",\r\n";
        assert_eq!(of(&[line]), expected);
    }
}
