//! Reads what a person chose for a workflow, by the fields that its template takes.

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use domain::id::{HostId, ObjectId};
use domain::template::{self, Kind, Template};
use sync::workflows::{Change, Given};

use super::cursor::{Field, Fields};
use super::shape::shape;
#[cfg(test)]
use crate::openapi::value::Id;
#[cfg(test)]
use schema::Configuration;

/// Products and services with an account of their own. With the longest ids they still fit the largest body.
pub(crate) const MAX_ITEMS: usize = 200;

shape! {
    /// What is chosen, and for which company.
    #[schemars(rename = "SaveWorkflow")]
    pub(crate) WorkflowShape {
        /// The id of the connected company: a person has looked at its name and says that it is the right one. Needed when
        /// the template is not used yet.
        optional company: Id,
        /// The choices. Those that are left out keep their value; one that is `null` is taken back. Each template takes
        /// the choices that its own schema lists.
        optional configuration: Configuration,
    }
}

shape! {
    /// An entry of a list of the connected company.
    #[schemars(rename = "ChooseEntry")]
    pub(crate) ChoiceShape {
        /// Its QuickBooks id.
        required id: Id,
        /// Its name may come along; QuickBooks' own is what counts.
        optional name: String,
    }
}

pub(super) fn read(template: Template, root: &Field<'_>) -> Option<Change> {
    let root = root.object(WorkflowShape::FIELDS)?;
    let company = root.optional("company").and_then(|field| field.company_id());
    let configuration = root.optional("configuration");
    let fields = match configuration {
        Some(field) => choices(template, &field)?,
        None => Vec::new(),
    };
    Some(Change { company, fields })
}

type Choices = Vec<(template::Field, Option<Given>)>;

fn choices(template: Template, field: &Field<'_>) -> Option<Choices> {
    let known = template.fields();
    let names: Vec<&'static str> = known.iter().map(|field| field.as_str()).collect();
    let sent = field.object(&names)?;
    let mut choices = Vec::new();
    for field in known {
        if sent.is_null(field.as_str()) {
            choices.push((field, None));
        } else if let Some(value) = sent.optional(field.as_str()) {
            let given = given(field.kind(), &value);
            choices.push((field, given.filter(|given| !is_empty(given))));
        }
    }
    in_order(&sent, &choices)?;
    Some(choices)
}

fn given(kind: Kind, value: &Field<'_>) -> Option<Given> {
    match kind {
        Kind::Entry(_) => entry(value).map(Given::Id),
        Kind::Entries(_) => entries(value).map(Given::Ids),
        Kind::Word(words) => {
            let known: Vec<_> = words.iter().map(|(word, _)| (*word, *word)).collect();
            value.choice(&known).map(|word| Given::Word(word.to_owned()))
        }
        Kind::Day => value.date().map(Given::Day),
        Kind::Text(most) => text(value, most).map(Given::Text),
    }
}

fn entry(value: &Field<'_>) -> Option<ObjectId> {
    let fields = value.object(ChoiceShape::FIELDS)?;
    // The name may come along, so that what GET answered can be sent back; QuickBooks' own is what counts.
    let _ = fields.optional("name").and_then(|field| field.text());
    fields.required("id")?.object_id()
}

fn entries(value: &Field<'_>) -> Option<BTreeMap<HostId, ObjectId>> {
    let members = value.members(MAX_ITEMS)?;
    let one = |(name, value): &(&str, Field<'_>)| {
        let host_id = HostId::parse(name)
            .map_err(|error| {
                let remedy = "Send the host's own id of the product or service, with 1 to 100 letters, digits and . _ @ + = - only.";
                value.fail("bad_id", format!("has a name that {error}"), remedy);
            })
            .ok();
        let object_id = entry(value);
        host_id.zip(object_id)
    };
    let read: Vec<_> = members.iter().map(one).collect();
    read.into_iter().collect()
}

/// A text of which something is left: to have none, a person takes it back.
fn text(value: &Field<'_>, most: usize) -> Option<String> {
    if value.text()?.trim().is_empty() {
        value.fail("empty_text", "is blank", "Send at least one character, or null for none.");
        return None;
    }
    value.short_text(most)
}

/// Accounts for no items at all are no choice.
fn is_empty(given: &Given) -> bool {
    matches!(given, Given::Ids(ids) if ids.is_empty())
}

/// A date filter has its first day before its last.
fn in_order(sent: &Fields<'_>, choices: &Choices) -> Option<()> {
    let day = |wanted: template::Field| {
        choices.iter().find_map(|(field, given)| match given {
            Some(Given::Day(day)) if *field == wanted => Some(*day),
            _ => None,
        })
    };
    let (from, to) = (day(template::Field::FilterFrom), day(template::Field::FilterTo));
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        sent.fail(
            template::Field::FilterTo.as_str(),
            "bad_range",
            format!("is before filter_from, {from}"),
            "Send the first day as filter_from and the last as filter_to.",
        );
        return None;
    }
    Some(())
}
