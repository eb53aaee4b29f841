//! Queries whose values cannot become syntax.
//!
//! The language: <https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/data-queries>.

use std::fmt::{self, Write as _};
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::entity::can;
use crate::{Entity, ObjectId};

/// The most objects QuickBooks returns at once.
const LARGEST_PAGE: u32 = 1000;

/// What QuickBooks returns when a statement names no size; named anyway, so that a page knows when it is full.
const DEFAULT_PAGE: u32 = 100;

/// A member of `T` that QuickBooks can filter and sort by. Each entity offers its own as constants.
pub struct Field<T> {
    name: &'static str,
    entity: PhantomData<fn() -> T>,
}

impl<T> Field<T> {
    /// The id.
    pub const ID: Self = Self::named("Id");
    /// When the object was made.
    pub const CREATED: Self = Self::named("MetaData.CreateTime");
    /// When the object, or a balance in it, last changed.
    pub const UPDATED: Self = Self::named("MetaData.LastUpdatedTime");

    /// A member by its QuickBooks name.
    ///
    /// # Panics
    ///
    /// When compiled as a constant: stops the build if the name has anything but letters, digits and dots.
    pub const fn named(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty(), "a field has a name");
        let mut position = 0;
        while position < bytes.len() {
            assert!(
                bytes[position].is_ascii_alphanumeric() || bytes[position] == b'.',
                "a field name is a plain word"
            );
            position += 1;
        }
        Self { name, entity: PhantomData }
    }

    /// The QuickBooks name.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// How a member is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Equal; text without regard to case.
    Eq,
    /// Less, or earlier.
    Lt,
    /// Greater, or later.
    Gt,
    /// At most.
    Le,
    /// At least.
    Ge,
    /// Matches a pattern in which `%` stands for anything. QuickBooks has no way to mean a percent sign itself, so
    /// one in the value matches more than it says: compare the rows again.
    Like,
}

/// What a member is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, quoted and escaped.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// An amount or a number.
    Number(Decimal),
    /// A calendar date.
    Date(Date),
    /// A moment, written in UTC.
    Moment(Timestamp),
}

macro_rules! value_from {
    ($($from:ty => $variant:expr;)*) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                $variant(value)
            }
        })*
    };
}

value_from! {
    &str => |text: &str| Value::Text(text.to_owned());
    String => Value::Text;
    &ObjectId => |id: &ObjectId| Value::Text(id.as_str().to_owned());
    bool => Value::Bool;
    Decimal => Value::Number;
    Date => Value::Date;
    Timestamp => Value::Moment;
}

/// Which way a query is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest, or earliest, first.
    Ascending,
    /// Largest, or latest, first.
    Descending,
}

/// A statement about objects of one entity. Conditions add up; there is no "or" in the language.
///
/// Lists of names hold rows in use only, unless asked with [`Query::even_retired`].
#[derive(Clone, Debug)]
pub struct Query<T> {
    conditions: Vec<Condition>,
    order: Vec<(&'static str, Direction)>,
    start: u32,
    max: u32,
    entity: PhantomData<fn() -> T>,
}

#[derive(Clone, Debug)]
enum Condition {
    Compare(&'static str, Op, Value),
    OneOf(&'static str, Vec<Value>),
}

impl<T: Entity> Query<T> {
    /// All rows, the first 100 of them.
    pub fn new() -> Self {
        Self {
            conditions: Vec::new(),
            order: Vec::new(),
            start: 1,
            max: DEFAULT_PAGE,
            entity: PhantomData,
        }
    }

    /// Only rows whose member compares so.
    #[must_use]
    pub fn filter(mut self, field: Field<T>, op: Op, value: impl Into<Value>) -> Self {
        self.conditions.push(Condition::Compare(field.name, op, value.into()));
        self
    }

    /// Only rows whose member is one of these; none at all when the list is empty.
    #[must_use]
    pub fn one_of<V: Into<Value>>(
        mut self,
        field: Field<T>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.conditions.push(Condition::OneOf(field.name, values));
        self
    }

    /// Rows that are no longer in use as well as those that are.
    #[must_use]
    pub fn even_retired(self) -> Self
    where
        T: can::Retire,
    {
        self.one_of(Field::named("Active"), [true, false])
    }

    /// Sorts; the first call counts most. Without any, rows come by id, since the order that QuickBooks chooses
    /// itself shifts between pages when somebody edits.
    #[must_use]
    pub fn order_by(mut self, field: Field<T>, direction: Direction) -> Self {
        self.order.push((field.name, direction));
        self
    }

    /// The position of the first row, counted from 1; [`Page::next_start`] has the one of the next page.
    #[must_use]
    pub fn start(mut self, position: u32) -> Self {
        self.start = position.max(1);
        self
    }

    /// The most rows in a page, from 1 to 1000; beyond that the nearest of the two is taken.
    #[must_use]
    pub fn max(mut self, rows: u32) -> Self {
        self.max = rows.clamp(1, LARGEST_PAGE);
        self
    }

    /// The text of the statement.
    pub fn statement(&self) -> String {
        let mut text = format!("SELECT * FROM {}", T::NAME);
        for (position, condition) in self.conditions.iter().enumerate() {
            text.push_str(if position == 0 { " WHERE " } else { " AND " });
            condition.render(&mut text);
        }
        if self.order.is_empty() {
            text.push_str(" ORDERBY Id ASC");
        }
        for (position, (field, direction)) in self.order.iter().enumerate() {
            text.push_str(if position == 0 { " ORDERBY " } else { ", " });
            text.push_str(field);
            text.push_str(match direction {
                Direction::Ascending => " ASC",
                Direction::Descending => " DESC",
            });
        }
        render(&mut text, format_args!(" STARTPOSITION {} MAXRESULTS {}", self.start, self.max));
        text
    }

    /// Whether a list is empty: the language has no form for that.
    pub(crate) fn matches_nothing(&self) -> bool {
        self.conditions
            .iter()
            .any(|condition| matches!(condition, Condition::OneOf(_, values) if values.is_empty()))
    }

    pub(crate) fn page(
        &self,
        objects: Vec<T>,
        total: Option<u64>,
        time: Option<Timestamp>,
    ) -> Page<T> {
        let returned = u32::try_from(objects.len()).unwrap_or(u32::MAX);
        let next_start = (returned >= self.max).then(|| self.start.saturating_add(returned));
        Page { objects, next_start, total, time }
    }
}

impl<T: Entity> Default for Query<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// One page of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows, in order.
    pub objects: Vec<T>,
    /// Where the next page starts; `None` after a page that was not full, which is the only sign of the end.
    pub next_start: Option<u32>,
    /// What QuickBooks gives as total. Absent for most entities, and not known to count beyond the page.
    pub total: Option<u64>,
    /// When QuickBooks began to answer, by its own clock: where the next question about changes starts, less some
    /// overlap. `None` where no question was asked, because nothing could match.
    pub time: Option<Timestamp>,
}

impl Condition {
    fn render(&self, text: &mut String) {
        match self {
            Condition::Compare(field, op, value) => {
                text.push_str(field);
                text.push_str(match op {
                    Op::Eq => " = ",
                    Op::Lt => " < ",
                    Op::Gt => " > ",
                    Op::Le => " <= ",
                    Op::Ge => " >= ",
                    Op::Like => " LIKE ",
                });
                value.render(text);
            }
            Condition::OneOf(field, values) => {
                render(text, format_args!("{field} IN ("));
                for (position, value) in values.iter().enumerate() {
                    text.push_str(if position == 0 { "" } else { ", " });
                    value.render(text);
                }
                text.push(')');
            }
        }
    }
}

impl Value {
    /// Everything but a boolean is quoted; unquoted numbers are a parse error with some operators.
    fn render(&self, text: &mut String) {
        match self {
            Value::Bool(value) => render(text, format_args!("{value}")),
            Value::Text(value) => {
                text.push('\'');
                for character in value.chars() {
                    if matches!(character, '\'' | '\\') {
                        text.push('\\');
                    }
                    text.push(character);
                }
                text.push('\'');
            }
            Value::Number(value) => render(text, format_args!("'{value}'")),
            Value::Date(value) => render(text, format_args!("'{value}'")),
            Value::Moment(value) => render(text, format_args!("'{value}'")),
        }
    }
}

fn render(text: &mut String, arguments: fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing into a string cannot fail");
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
