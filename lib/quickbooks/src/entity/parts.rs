//! The small values that objects are made of.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::macros::objects;
use crate::ObjectId;

/// A reference to another object. Only `value` counts when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ref {
    /// The id of the other object, or a code such as `USD` or `NON`.
    pub value: ObjectId,
    /// What QuickBooks shows for it; missing from some answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Ref {
    /// Refers to an object by its id.
    pub fn to(id: &ObjectId) -> Self {
        Self { value: id.clone(), name: None }
    }
}

/// A moment as QuickBooks writes it, in the company's time zone: `2026-05-05T02:06:31-07:00`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DateTime(String);

impl DateTime {
    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment, or `None` when the text has no offset.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.0.parse().ok()
    }
}

objects! {
    /// When an object was made and last changed. `last_updated_time` also moves with balances, when the sync token
    /// does not.
    pub struct MetaData {
        /// When it was made.
        pub create_time: Option<DateTime>,
        /// When it, or a balance in it, last changed.
        pub last_updated_time: Option<DateTime>,
    }

    /// A postal address.
    pub struct Address {
        /// Its own id.
        pub id: Option<ObjectId>,
        /// At most 500 characters, like the other lines; 2000 together.
        pub line1: Option<String>,
        /// Second line.
        pub line2: Option<String>,
        /// Third line.
        pub line3: Option<String>,
        /// Fourth line.
        pub line4: Option<String>,
        /// Fifth line.
        pub line5: Option<String>,
        /// At most 255 characters.
        pub city: Option<String>,
        /// State or province, usually its short form.
        pub country_sub_division_code: Option<String>,
        /// At most 30 characters.
        pub postal_code: Option<String>,
        /// Name or code; answers may hold the three-letter code whatever was written.
        pub country: Option<String>,
    }

    /// An e-mail address, of at most 100 characters.
    pub struct EmailAddress {
        /// Must have an at sign and a dot.
        pub address: Option<String>,
    }

    /// A telephone number, of at most 30 characters.
    pub struct PhoneNumber {
        /// As people write it.
        pub free_form_number: Option<String>,
    }

    /// An address on the web.
    pub struct WebAddress {
        /// At most 1000 characters.
        #[serde(rename = "URI")]
        pub uri: Option<String>,
    }

    /// A message to the customer, printed on the document.
    pub struct Memo {
        /// At most 1000 characters.
        #[serde(rename = "value")]
        pub value: Option<String>,
    }

    /// A field that the company defined itself.
    pub struct CustomField {
        /// Which of them.
        pub definition_id: Option<String>,
        /// What the company calls it.
        pub name: Option<String>,
        /// The content; absent when blank.
        pub string_value: Option<String>,
    }
}

impl EmailAddress {
    /// One address.
    pub fn of(address: impl Into<String>) -> Self {
        Self { address: Some(address.into()), ..Self::default() }
    }
}

impl Memo {
    /// One message.
    pub fn of(text: impl Into<String>) -> Self {
        Self { value: Some(text.into()), ..Self::default() }
    }
}

/// Dates without a time. QuickBooks may append `Z` or an offset, which means nothing and is dropped.
pub(super) mod date {
    use jiff::civil::Date;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::entity) fn serialize<S: Serializer>(
        date: &Option<Date>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        date.map(|date| date.to_string()).serialize(serializer)
    }

    pub(in crate::entity) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Date>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let day = text.get(..10).unwrap_or(&text);
        day.parse().map(Some).map_err(|_| D::Error::custom("not a date"))
    }
}

/// Amounts: JSON numbers with all their digits, never a float.
pub(super) use rust_decimal::serde::arbitrary_precision_option as decimal;
