//! Which members an object may have: parsed from a table per entity, checked before anything else.
//!
//! A line of a table is `Name kind flags…`. Kinds: `text`, `text:21` (longest), `name:100` (no colon,
//! tab or newline), `bool`, `dec`, `int`, `date`, `any`, `ref`, `enum:A|B`, a structure of
//! [`structures`] such as `addr`, or `[structure]` for an array. Flags: `ro` (set by QuickBooks, the
//! caller's value is ignored), `q` (may be filtered and sorted), `need` (required on create and full
//! update), `sent` (required on sparse updates too), `keep` (survives a full update that omits it).

mod check;
mod structures;

use std::collections::BTreeMap;

pub(crate) use check::accept;
use structures::STRUCTURES;

/// What a member holds.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Text(Option<usize>),
    Name(usize),
    Bool,
    Decimal,
    Integer,
    Date,
    Any,
    Reference,
    Enumeration(Vec<&'static str>),
    Structure(&'static str),
    List(&'static str),
}

/// One member of an entity or structure.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) shape: Shape,
    pub(crate) read_only: bool,
    pub(crate) queryable: bool,
    pub(crate) required: bool,
    pub(crate) sent: bool,
    pub(crate) kept: bool,
}

/// All members of one entity or structure by name; sorted, so that the first fault is always the same.
pub(crate) type Members = BTreeMap<&'static str, Member>;

/// What every entity has.
const COMMON: &str = "
Id text q
SyncToken text q
MetaData any ro
sparse bool ro
domain text ro
status text ro
CustomExtensions any ro
V4IDPseudonym text ro
";

/// The members of an entity with the common ones added.
pub(crate) fn members(table: &'static str) -> Members {
    let mut members = parse(table);
    members.extend(parse(COMMON));
    members
}

/// A structure such as an address by its name.
pub(crate) fn structure(name: &str) -> Option<&'static Members> {
    STRUCTURES.get(name)
}

fn parse(table: &'static str) -> Members {
    table.lines().filter_map(member).collect()
}

fn member(line: &'static str) -> Option<(&'static str, Member)> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let shape = shape(words.next()?);
    let flags: Vec<&str> = words.collect();
    let has = |flag| flags.contains(&flag);
    Some((
        name,
        Member {
            shape,
            read_only: has("ro"),
            queryable: has("q"),
            required: has("need"),
            sent: has("sent"),
            kept: has("keep"),
        },
    ))
}

fn shape(word: &'static str) -> Shape {
    let (kind, argument) = word.split_once(':').unwrap_or((word, ""));
    match kind {
        "text" => Shape::Text(argument.parse().ok()),
        "name" => Shape::Name(argument.parse().unwrap_or(100)),
        "bool" => Shape::Bool,
        "dec" => Shape::Decimal,
        "int" => Shape::Integer,
        "date" => Shape::Date,
        "any" => Shape::Any,
        "ref" => Shape::Reference,
        "enum" => Shape::Enumeration(argument.split('|').collect()),
        list if list.starts_with('[') => Shape::List(list.trim_matches(['[', ']'])),
        structure => Shape::Structure(structure),
    }
}
