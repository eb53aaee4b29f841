//! Files for spreadsheets: no cell is a formula, whatever separates cells, and every text can be read back.

use domain::history::HistoryLine;
use jiff::Timestamp;

use crate::csv;

/// What a spreadsheet takes for the beginning of a formula, in half and full width:
/// <https://owasp.org/www-community/attacks/CSV_Injection>
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// Between the texts of an input.
const NEXT: char = '\u{1f}';

/// Lines of the history. Three texts make a line: record, action, description.
pub fn files(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let texts: Vec<&str> = input.split(NEXT).collect();
    let line = |texts: &[&str]| {
        let text = |at: usize| (*texts.get(at).unwrap_or(&"")).to_owned();
        let mut line = HistoryLine::about_tenant(Timestamp::UNIX_EPOCH, &text(1), text(2));
        line.record_id = Some(text(0));
        line
    };
    let lines: Vec<HistoryLine> = texts.chunks(3).map(line).collect();
    let file = csv::of(&lines);
    let rows = rows(&file);
    assert_eq!(rows.len(), lines.len() + 1, "rows of {file:?}");
    for (row, line) in rows.iter().skip(1).zip(&lines) {
        let [at, kind, record, version, action, description, objects] = &row[..] else {
            panic!("{} cells in {row:?}", row.len())
        };
        assert_eq!([at.as_str(), kind, version, objects], ["1970-01-01T00:00:00Z", "", "", ""]);
        let texts =
            [line.record_id.as_deref().unwrap_or_default(), &line.action, &line.description];
        for (cell, text) in [record, action, description].into_iter().zip(texts) {
            assert!(!is_formula(cell), "a formula: {cell:?}");
            assert_eq!(without_apostrophes(cell), without_apostrophes(text), "another text");
            let is_plain = !text.contains(FORMULA) && !text.starts_with(['\t', '\r']);
            assert!(cell == text || !is_plain, "{text:?} became {cell:?}");
        }
    }
    // A spreadsheet of another country, or one told to, separates cells by something else, and then takes the quotes
    // within a cell for text.
    for piece in file.split([';', '\t', '\n', '\r']) {
        assert!(!is_formula(piece.trim_start_matches('"')), "a formula elsewhere: {piece:?}");
    }
}

fn is_formula(cell: &str) -> bool {
    cell.starts_with(['\t', '\r'])
        || cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"').starts_with(FORMULA)
            && !cell.starts_with('"')
}

fn without_apostrophes(text: &str) -> String {
    text.chars().filter(|c| *c != '\'').collect()
}

/// A reader of RFC 4180, which knows nothing of the writer.
fn rows(file: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = file.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {
                chars.next();
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(!quoted && row.is_empty() && cell.is_empty(), "the file ends within a row");
    rows
}
