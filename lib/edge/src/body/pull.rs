//! Reads whether and how often payments are pulled.

use domain::pull::INTERVAL_MINUTES;
use sync::pull::Change;

use super::cursor::Field;
use super::json::Json;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::value::{Id, Minutes};

shape! {
    /// Whether and how often what bookkeepers pay is brought back. Fields that are left out keep their value.
    #[schemars(rename = "ConfigurePull")]
    pub(crate) PullShape {
        /// The id of the connected company: a person has looked at its name and says that it is the right one. Needed the
        /// first time.
        optional company: Id,
        /// Whether payments are brought back.
        optional on: bool,
        /// Minutes between two looks when Intuit tells of nothing; `null` for as often as the deployment says. Each look
        /// costs a metered read.
        optional interval_minutes: Minutes,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<Change> {
    let fields = root.object(PullShape::FIELDS)?;
    let company = fields.optional("company").and_then(|field| field.company_id());
    let on = fields.optional("on").and_then(|field| field.boolean());
    let interval_minutes = if fields.is_null("interval_minutes") {
        Some(None)
    } else {
        fields.optional("interval_minutes").and_then(|field| minutes(&field)).map(Some)
    };
    Some(Change { company, on, interval_minutes })
}

fn minutes(field: &Field<'_>) -> Option<u32> {
    let Json::Number(digits) = field.json else {
        return field.wrong_type("a whole number");
    };
    let minutes = digits.parse().ok().filter(|minutes| INTERVAL_MINUTES.contains(minutes));
    if minutes.is_none() {
        let (least, most) = INTERVAL_MINUTES.into_inner();
        field.fail(
            "bad_interval",
            format!("is not a whole number of minutes from {least} to {most}"),
            format!("Send {least} to {most}, or null for as often as the deployment says."),
        );
    }
    minutes
}

#[cfg(test)]
mod tests {
    use domain::id::CompanyId;

    use super::*;
    use crate::body::pull;
    use crate::body::tests::errors_in;

    #[test]
    fn what_is_left_out_stays_and_a_null_interval_is_the_deployments() {
        let company = CompanyId::parse("9130").unwrap();
        let only = Change::default();
        for (text, expected) in [
            ("{}", only.clone()),
            (r#"{"company":null,"on":null}"#, only.clone()),
            (r#"{"on":false}"#, Change { on: Some(false), ..only.clone() }),
            (
                r#"{"interval_minutes":null}"#,
                Change { interval_minutes: Some(None), ..only.clone() },
            ),
            (
                r#"{"company":"9130","on":true,"interval_minutes":60}"#,
                Change { company: Some(company), on: Some(true), interval_minutes: Some(Some(60)) },
            ),
        ] {
            assert_eq!(pull(&Json::parse(text.as_bytes()).unwrap()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_interval_is_a_whole_number_of_minutes_within_bounds() {
        for (interval, expected) in [
            ("5", "ok"),
            ("10080", "ok"),
            ("4", "interval_minutes bad_interval"),
            ("10081", "interval_minutes bad_interval"),
            ("-60", "interval_minutes bad_interval"),
            ("60.5", "interval_minutes bad_interval"),
            ("99999999999999999999", "interval_minutes bad_interval"),
            (r#""60""#, "interval_minutes wrong_type"),
            ("true", "interval_minutes wrong_type"),
        ] {
            let text = format!(r#"{{"interval_minutes":{interval}}}"#);
            let read = pull(&Json::parse(text.as_bytes()).unwrap());
            assert_eq!(errors_in(read.err()), expected, "{text}");
        }
    }

    #[test]
    fn every_unusable_field_is_named_at_once() {
        let text = r#"{"company":"a b","on":"yes","interval":5,"interval_minutes":1}"#;
        let read = pull(&Json::parse(text.as_bytes()).unwrap());
        let expected =
            "interval unknown_field; company bad_id; on wrong_type; interval_minutes bad_interval";
        assert_eq!(errors_in(read.err()), expected);
    }
}
