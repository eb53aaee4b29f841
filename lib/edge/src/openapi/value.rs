//! The values a host may send, as schemas. Each says exactly what the method of `body::cursor::Field` or of
//! `routes::filters::Filters` takes that reads it; `agreement` tests that.

use std::borrow::Cow;
use std::marker::PhantomData;

use domain::id::MAX_ID_LENGTH;
use domain::money::{MAX_RATE_DECIMALS, MAX_WHOLE_DIGITS};
use domain::pull::INTERVAL_MINUTES;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::body::MAX_VERSION;
use crate::routes::filters::{MAX_LIMIT, USUAL_LIMIT};

/// Characters of one line of text: no control characters, and nothing beyond the basic plane.
const LINE: &str = r"[ -~\u00A0-\uD7FF\uE000-\uFFFF]";
/// Characters that cleaning leaves in a name and that are no space.
pub(super) const NAME: &str = r"[!-~\u00A1-\u167F\u1681-\u1FFF\u2010-\u2027\u2030-\u205E\u206A-\u20E2\u20E4-\u2FFF\u3001-\uD7FF\uE000-\uFDFF\uFE10-\uFEFE\uFF00-\uFFFF]";
/// Spaces that are trimmed off a line.
const SPACE: &str = r"[ \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]";

/// Declares a value whose schema is written down.
macro_rules! value {
    ($($(#[$doc:meta])* $name:ident $(<$(const $size:ident),+>)? => $schema:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name $(<$(const $size: usize),+>)?;

        impl $(<$(const $size: usize),+>)? JsonSchema for $name $(<$($size),+>)? {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schema($schema)
            }
        }
    )*};
}

value! {
    /// `Field::version`
    Version => json!({"type": "integer", "minimum": 1, "maximum": MAX_VERSION});
    /// `Field::host_id` and `Field::object_id`
    Id => json!({"type": "string", "pattern": format!("^[A-Za-z0-9._@+=-]{{1,{MAX_ID_LENGTH}}}$")});
    /// `IssuedId::parse`
    IssuedPayment => {
        let (company, payment) = ("[A-Za-z0-9_@+=-]", "[A-Za-z0-9._@+=-]");
        json!({"type": "string", "pattern": format!(r"^{company}{{1,{MAX_ID_LENGTH}}}\.{payment}{{1,{MAX_ID_LENGTH}}}$")})
    };
    /// `ImportId::parse`
    Import => json!({"type": "string", "pattern": "^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}$"});
    /// `Field::name`
    Name<const MOST> => json!({"type": "string", "maxLength": MOST, "pattern": NAME});
    /// `Field::short_text`
    Line<const MOST> => json!({"type": "string", "maxLength": MOST, "pattern": format!("^{LINE}*$")});
    /// `Field::some_line`
    SomeLine<const MOST> => json!({"type": "string", "maxLength": MOST, "pattern": some()});
    /// `Field::free_text`
    Text<const MOST> => json!({"type": "string", "maxLength": MOST});
    /// `Field::date`
    Day => json!({"type": "string", "format": "date", "pattern": "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"});
    /// `Field::currency`
    Currency => json!({"type": "string", "pattern": "^[A-Z]{3}$"});
    /// `Field::amount` without a currency: quantities and prices
    Rate => decimal(MAX_RATE_DECIMALS, LessThanZero::MinusZero);
    /// `Field::amount` in a currency; none has more than three decimals
    Amount => decimal(3, LessThanZero::MinusZero);
    /// `Field::amount` of money that came in
    Received => decimal(3, LessThanZero::Nothing);
    /// A number from 0 to 100, as `Field::amount` reads it
    Percent => {
        let pattern = r"^(?:-0+(?:\.0+)?|0*(?:100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]{1,5}0*)?))$";
        json!({"type": ["string", "number"], "pattern": pattern, "minimum": 0, "maximum": 100})
    };
    /// `Field::boolean`, where leaving it out means yes
    Switch => json!({"type": "boolean", "default": true});
    /// `Field::boolean`
    Flag => json!({"type": "boolean", "default": false});
    /// An e-mail address as QuickBooks takes it; blank counts as left out.
    Email<const MOST> => {
        let (user, host) = (r"[!#-'*+\--:=?A-Z^-~]", r"[!#-'*+\-/-:=?A-Z^-~]");
        let address = format!(r"{user}+@{host}+(?:\.{host}+)+");
        json!({"type": "string", "maxLength": MOST, "pattern": format!("^{SPACE}*(?:{address})?{SPACE}*$")})
    };
    /// An https address, or http on this very machine; blank counts as left out.
    ReturnUrl<const MOST> => {
        let host = r"[a-z][a-z0-9]*(?:\.[a-z][a-z0-9]*)*";
        let rest = r"(?::[0-9]{1,4})?(?:[/?#][ -~]*)?";
        let pattern = format!(r"^{SPACE}*(?:(?:https://{host}|http://(?:localhost|127\.0\.0\.1)){rest})?$");
        json!({"type": "string", "maxLength": MOST, "pattern": pattern})
    };
    /// `body::nothing`: no fields; the body may as well be left out
    Nothing => json!({"type": "object", "additionalProperties": false});
    /// How often payments are pulled, as `body::pull` reads it
    Minutes => json!({
        "type": "integer",
        "minimum": *INTERVAL_MINUTES.start(),
        "maximum": *INTERVAL_MINUTES.end(),
    });
    /// `Filters::limit`
    Limit => json!({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": USUAL_LIMIT});
    /// `Filters::from` and `Filters::to`
    Moment => {
        let year = "^(19[0-9]{2}|2[01][0-9]{2})-";
        json!({"type": "string", "pattern": year, "anyOf": [{"format": "date"}, {"format": "date-time"}]})
    };
    /// `Filters::text`: whatever it is compared with
    Anything => json!({"type": "string"});
    /// Where the page before of a list of QuickBooks ended
    Offset => json!({"type": "string", "pattern": "^[0-9]{1,9}$"});
    /// Where an earlier answer ended
    Cursor => json!({"type": "string", "maxLength": 1000});
}

/// A line on which something is left: of `Field::short_text`, or nothing.
pub(crate) fn some_line(most: usize) -> Value {
    json!({"type": ["string", "null"], "maxLength": most, "pattern": some()})
}

/// The pattern of a line that is not blank.
fn some() -> String {
    format!("^(?!{SPACE}*$){LINE}*$")
}

/// An array with bounds: `Field::list`.
#[derive(Debug)]
pub(crate) struct List<T, const LEAST: usize, const MOST: usize>(PhantomData<T>);

impl<T: JsonSchema, const LEAST: usize, const MOST: usize> JsonSchema for List<T, LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("List_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        schema(json!({"type": "array", "minItems": LEAST, "maxItems": MOST, "items": items}))
    }
}

enum LessThanZero {
    /// Only zero itself may have a minus.
    MinusZero,
    /// Zero neither.
    Nothing,
}

/// A decimal text or a JSON number. What its text has after `decimals` digits can only be zeros.
fn decimal(decimals: u32, less: LessThanZero) -> Value {
    let plain = format!(r"0*[0-9]{{1,{MAX_WHOLE_DIGITS}}}(?:\.[0-9]{{1,{decimals}}}0*)?");
    let (pattern, minimum) = match less {
        LessThanZero::MinusZero => (format!(r"^(?:-0+(?:\.0+)?|{plain})$"), "minimum"),
        LessThanZero::Nothing => (format!(r"^(?!0*(?:\.0*)?$){plain}$"), "exclusiveMinimum"),
    };
    let limit = 10_u64.pow(MAX_WHOLE_DIGITS);
    json!({"type": ["string", "number"], "pattern": pattern, minimum: 0, "exclusiveMaximum": limit})
}

fn schema(value: Value) -> Schema {
    value.try_into().expect("an object is a schema")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_of_names_takes_exactly_the_characters_that_cleaning_leaves() {
        let validator = jsonschema::validator_for(&json!({"pattern": NAME})).unwrap();
        for c in (0..=0xFFFF).chain([0x1F389]).filter_map(char::from_u32) {
            let left = domain::name::clean(&c.to_string(), 10).is_ok();
            assert_eq!(validator.is_valid(&json!(c.to_string())), left, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn the_pattern_of_lines_takes_exactly_the_characters_that_are_taken() {
        let validator =
            jsonschema::validator_for(&json!({"pattern": format!("^{LINE}$")})).unwrap();
        for c in (0..=0xFFFF).chain([0x1F389]).filter_map(char::from_u32) {
            let taken = !c.is_control() && u32::from(c) <= 0xFFFF;
            assert_eq!(validator.is_valid(&json!(c.to_string())), taken, "U+{:04X}", u32::from(c));
        }
    }
}
