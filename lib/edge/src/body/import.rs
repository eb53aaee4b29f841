//! Reads what an import is called, and the lines of its file.

use domain::record::RecordKind;
use sync::imports::{BadLine, Line};

use super::cursor::Field;
use super::json::Json;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::value;
use crate::problem::{Problem, send_one_of};

/// Characters of what people call an import.
const MAX_NAME: usize = 100;
/// Characters of a kind or an id that could not be taken, as they are shown.
const MAX_SHOWN: usize = 100;
/// The members of a line.
const LINE: &[&str] = &["kind", "id", "record"];

shape! {
    /// An import whose file is still to come. Every field may be left out, and so may the body.
    #[schemars(rename = "NewImport")]
    pub(crate) ImportShape {
        /// What people call it.
        optional name: value::Line<MAX_NAME>,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<Option<String>> {
    let fields = root.object(ImportShape::FIELDS)?;
    Some(fields.optional("name").and_then(|field| field.short_text(MAX_NAME)))
}

/// A line of a file: `{"kind","id","record"}`, where the record is what `PUT` takes.
pub(crate) fn line(text: &str) -> Result<Line, BadLine> {
    let json = Json::parse_line(text).map_err(|problem| bad(None, &problem))?;
    let whole = || bad(Some(&json), &Problem::malformed_json(String::new()));
    let envelope = super::decode(&json, envelope).map_err(|problem| bad(Some(&json), &problem))?;
    let ((kind, id), _) = envelope;
    let record = member(&json, "record").ok_or_else(whole)?;
    let read = match kind {
        RecordKind::Bill => super::bill(record),
        RecordKind::Payment => super::payment(record),
        RecordKind::Disbursement => super::disbursement(record),
    };
    let (record, changes) = read.map_err(|problem| bad(Some(&json), &problem))?;
    Ok(Line { kind, id, record, changes })
}

fn envelope(root: &Field<'_>) -> Option<(RecordKind, domain::id::HostId)> {
    let fields = root.object(LINE)?;
    let kind = fields.required("kind").and_then(|field| {
        let Json::Text(text) = field.json else { return field.wrong_type("a text") };
        let kind = RecordKind::parse(text);
        if kind.is_none() {
            let remedy = send_one_of(&RecordKind::ALL.map(RecordKind::as_str));
            field.fail("unknown_choice", "is not a kind of record", remedy);
        }
        kind
    });
    let id = fields.required("id").and_then(|field| field.host_id());
    let record = fields.required("record");
    record.and(Some((kind?, id?)))
}

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(members) = json else { return None };
    members.values.get(name)
}

fn bad(json: Option<&Json>, problem: &Problem) -> BadLine {
    let shown = |name: &str| match member(json?, name)? {
        Json::Text(text) if !text.is_empty() => {
            Some(text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect())
        }
        _ => None,
    };
    let (code, message) = problem.told();
    BadLine { kind: shown("kind"), id: shown("id"), code, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYMENT: &str = r#"{"version":1,"paid_on":"2026-04-30","amount":"100.00","currency":"USD","bills":[{"id":"B-1","amount":"100.00"}]}"#;

    #[test]
    fn a_line_is_what_put_takes_with_its_kind_and_id() {
        let text = format!(r#"{{"kind":"payment","id":"P-1","record":{PAYMENT}}}"#);
        let line = line(&text).unwrap();
        let put = super::super::payment(&Json::parse(PAYMENT.as_bytes()).unwrap()).unwrap();
        assert_eq!((line.kind, line.id.as_str()), (RecordKind::Payment, "P-1"));
        assert_eq!((line.record, line.changes), put);
    }

    #[test]
    fn a_bad_line_is_told_as_put_would_be() {
        let unbalanced = PAYMENT.replace("\"100.00\",\"currency\"", "\"50.00\",\"currency\"");
        let put = super::super::payment(&Json::parse(unbalanced.as_bytes()).unwrap()).unwrap_err();
        let told = put.told();
        for (text, kind, id, code, message) in [
            (
                format!(r#"{{"kind":"payment","id":"P-1","record":{unbalanced}}}"#),
                Some("payment"),
                Some("P-1"),
                told.0.as_str(),
                told.1.as_str(),
            ),
            (
                format!(r#"{{"kind":"invoice","id":"P-1","record":{PAYMENT}}}"#),
                Some("invoice"),
                Some("P-1"),
                "unknown_choice",
                "kind is not a kind of record. Send bill, payment or disbursement.",
            ),
            (
                format!(r#"{{"kind":"payment","id":"a b","record":{PAYMENT}}}"#),
                Some("payment"),
                Some("a b"),
                "bad_id",
                "id ",
            ),
            (
                r#"{"kind":"payment","id":""}"#.to_owned(),
                Some("payment"),
                None,
                "bad_id",
                "record is missing. Send record.",
            ),
            (
                format!(r#"{{"kind":"payment","id":"P-1","record":{PAYMENT},"more":1}}"#),
                Some("payment"),
                Some("P-1"),
                "unknown_field",
                "more is not a known field.",
            ),
            ("[]".to_owned(), None, None, "wrong_type", "The line is an array. Send an object."),
            (
                "no record".to_owned(),
                None,
                None,
                "malformed_json",
                "The line is not JSON: column 2.",
            ),
            (String::new(), None, None, "malformed_json", "The line ends in the middle"),
        ] {
            let bad = line(&text).unwrap_err();
            assert_eq!((bad.kind.as_deref(), bad.id.as_deref()), (kind, id), "{text}");
            assert_eq!(bad.code, code, "{text}: {}", bad.message);
            assert!(bad.message.contains(message), "{text}: {}", bad.message);
        }
    }
}
