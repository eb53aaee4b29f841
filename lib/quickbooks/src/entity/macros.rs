//! What every object and every list of texts has in common, written once.

/// Declares structs of QuickBooks members. Adds to each: the usual derives, the spelling `PascalCase`, absence
/// instead of null, and `other`.
macro_rules! objects {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: Option<$type:ty>,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
            /// Members without a name here, kept for a full update.
            #[serde(flatten)]
            pub other: serde_json::Map<String, serde_json::Value>,
        }
    )*};
}

/// Declares a list of texts that may grow. Reading ignores case and underscores, since some answers carry the
/// constants of Intuit's own code (`NEED_TO_PRINT` for `NeedToPrint`); an unknown text is kept.
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
            /// A text that was not foreseen, as it came.
            Other(String),
        }

        impl $name {
            /// The text that QuickBooks uses.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                $(if crate::entity::macros::same_word(&text, $text) {
                    return Self::$variant;
                })*
                Self::Other(text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.as_str().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use {objects, open_enum};

pub(crate) fn same_word(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        text.bytes()
            .filter(|byte| !matches!(byte, b'_' | b' '))
            .map(|byte| byte.to_ascii_lowercase())
            .collect()
    };
    letters(one) == letters(other)
}
