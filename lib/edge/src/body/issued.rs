//! Reads what a host adds to an issued payment.

use domain::issued::Attachment;
use sync::pull::Annotation;

use super::cursor::Field;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::value::{Id, Line, List, SomeLine};

/// A host's number, as long as the longest id.
const MAX_NUMBER: usize = 100;
/// The longest name of a file on the usual file systems.
const MAX_NAME: usize = 255;
/// Attachments of one payment. With the longest names they stay far below the 400 KB of a DynamoDB item.
const MOST_ATTACHMENTS: usize = 50;

/// What an issued payment shows of QuickBooks and of ledgerbridge: a host that sends back what it got learns why not.
const READ_ONLY: [&str; 19] = [
    "id",
    "state",
    "color",
    "quickbooks",
    "applied",
    "credits",
    "others",
    "first_seen_at",
    "updated_at",
    "doc_number",
    "date",
    "pay_type",
    "account",
    "vendor",
    "currency",
    "total",
    "memo",
    "url",
    "changed_at",
];

shape! {
    /// What is the host's own of an issued payment, all of it: what is left out is taken away. Everything else is
    /// QuickBooks' and read-only.
    #[schemars(rename = "Annotate")]
    pub(crate) IssuedShape {
        /// The host's own number for the payment.
        optional number: Line<MAX_NUMBER>,
        /// The host's own files about it.
        optional attachments: List<AttachmentShape, 0, MOST_ATTACHMENTS>,
    }
}

shape! {
    /// A file of the host's.
    #[schemars(rename = "Attach")]
    pub(crate) AttachmentShape {
        /// The host's id of it.
        required id: Id,
        /// Its name, for people.
        required name: SomeLine<MAX_NAME>,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<Annotation> {
    let fields = root.object_beside(
        IssuedShape::FIELDS,
        &READ_ONLY,
        "It is read-only: what QuickBooks says of a payment is changed in QuickBooks.",
    )?;
    let number = fields.optional("number").and_then(|field| field.short_text(MAX_NUMBER));
    let attachments = match fields.optional("attachments") {
        Some(field) => attachments(&field),
        None => Some(Vec::new()),
    };
    Some(Annotation { number, attachments: attachments? })
}

fn attachments(field: &Field<'_>) -> Option<Vec<Attachment>> {
    let read: Vec<_> = field.list(0, MOST_ATTACHMENTS)?.iter().map(attachment).collect();
    read.into_iter().collect()
}

fn attachment(field: &Field<'_>) -> Option<Attachment> {
    let fields = field.object(AttachmentShape::FIELDS)?;
    let id = fields.required("id").and_then(|field| field.host_id());
    let name = fields.required("name").and_then(|field| field.some_line(MAX_NAME));
    Some(Attachment { id: id?, name: name? })
}

#[cfg(test)]
mod tests {
    use domain::id::HostId;
    use serde_json::{Value, json};

    use super::*;
    use crate::body::tests::errors_in;
    use crate::body::{Json, annotation};
    use crate::problem::Problem;

    fn read(body: &Value) -> Result<Annotation, Problem> {
        annotation(&Json::parse(body.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn the_hosts_own_number_and_files_are_taken_as_they_are_but_for_spaces_around_them() {
        // S3-15, S3-16
        let body = json!({"number": " CHK-7 ", "attachments": [{"id": "scan-77", "name": " Cheque: 7.pdf "}]});
        let scan =
            Attachment { id: HostId::parse("scan-77").unwrap(), name: "Cheque: 7.pdf".to_owned() };
        let expected = Annotation { number: Some("CHK-7".to_owned()), attachments: vec![scan] };
        assert_eq!(read(&body), Ok(expected));
    }

    #[test]
    fn what_is_left_out_null_or_blank_is_taken_away() {
        let none = Annotation { number: None, attachments: Vec::new() };
        for body in [
            json!({}),
            json!({"number": null, "attachments": null}),
            json!({"number": "  ", "attachments": []}),
        ] {
            assert_eq!(read(&body), Ok(none.clone()), "{body}");
        }
    }

    #[test]
    fn every_unusable_field_is_named_by_path_and_code() {
        let file = |id: Value, name: Value| json!({"attachments": [{"id": id, "name": name}]});
        let many =
            |count: usize| json!({"attachments": vec![json!({"id": "a", "name": "b"}); count]});
        for (body, expected) in [
            (many(50), "ok"),
            (many(51), "attachments bad_count"),
            (json!({"number": 7}), "number wrong_type"),
            (json!({"number": "x".repeat(100)}), "ok"),
            (json!({"number": "x".repeat(101)}), "number too_long"),
            (json!({"number": "a\tb"}), "number bad_character"),
            (json!({"attachments": {}}), "attachments wrong_type"),
            (json!({"attachments": ["a"]}), "attachments[0] wrong_type"),
            (
                json!({"attachments": [{"url": "x"}]}),
                "attachments[0].url unknown_field; attachments[0].id missing; attachments[0].name missing",
            ),
            (file("a/b".into(), "x".into()), "attachments[0].id bad_id"),
            (file("a".into(), " ".into()), "attachments[0].name empty_text"),
            (file("a".into(), "x".repeat(256).into()), "attachments[0].name too_long"),
        ] {
            assert_eq!(errors_in(read(&body).err()), expected, "{body}");
        }
    }

    #[test]
    fn fields_of_quickbooks_are_refused_as_read_only() {
        // S3-14
        let body =
            json!({"number": "7", "total": "1.00", "quickbooks": {"memo": "x"}, "numbr": "7"});
        let problem: Value = serde_json::from_str(&read(&body).unwrap_err().to_json("r")).unwrap();
        let errors = problem["errors"].as_array().unwrap();
        let told: Vec<(&str, bool)> = errors
            .iter()
            .map(|error| {
                assert_eq!(error["code"], "unknown_field");
                let remedy = error["remedy"].as_str().unwrap();
                assert!(remedy.contains("Known here: number, attachments."), "{remedy}");
                (error["path"].as_str().unwrap(), remedy.contains("read-only"))
            })
            .collect();
        assert_eq!(told, [("numbr", false), ("quickbooks", true), ("total", true)]);
    }
}
