//! What the objects that a host may send consist of, said once: for the reader, and for the description of the API.

/// Declares an object by its members:
///
/// ```ignore
/// shape! {
///     /// What the description of the API says about it.
///     pub(crate) AgentShape {
///         /// The host's own id.
///         required id: Id,
///         optional name: Name<MAX_PARTY_NAME>,
///     }
/// }
/// ```
///
/// The reader takes the names from `AgentShape::FIELDS`. Only in tests is it a type with members, of which `openapi`
/// makes the schema, so that nothing of that is in a function. `openapi::agreement` tests that the reader takes what the
/// schema says.
macro_rules! shape {
    ($(#[$about:meta])* $visibility:vis $name:ident {
        $($(#[$doc:meta])* $need:ident $field:ident: $type:ty,)*
    }) => {
        #[cfg(not(test))]
        $visibility enum $name {}

        #[cfg(test)]
        #[derive(schemars::JsonSchema)]
        $(#[$about])*
        #[schemars(deny_unknown_fields)]
        #[expect(dead_code, reason = "only its schema is used")]
        $visibility struct $name {
            $($(#[$doc])* $field: $crate::body::shape::shape!(@ $need $type),)*
        }

        impl $name {
            /// The names of the members.
            $visibility const FIELDS: &[&str] = &[$($crate::body::shape::plain(stringify!($field))),*];
        }
    };
    (@ required $type:ty) => { $type };
    (@ optional $type:ty) => { Option<$type> };
}

pub(crate) use shape;

/// A name without the `r#` that Rust wants in front of its own words.
pub(crate) const fn plain(name: &str) -> &str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    shape! {
        Example {
            required r#type: String,
            optional name: String,
        }
    }

    #[test]
    fn a_shape_knows_the_names_of_its_members() {
        assert_eq!(Example::FIELDS, ["type", "name"]);
    }
}
