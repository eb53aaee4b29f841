//! Walks a body and reports every bad field at once, each with its path and a remedy.

use std::cell::RefCell;

use domain::name::{self, Change};

use super::json::{Json, Members};
use super::spelling::closest;
use crate::problem::FieldError;

/// What was found while walking.
#[derive(Debug, Default)]
pub struct Report {
    errors: RefCell<Vec<FieldError>>,
    changes: RefCell<Vec<Change>>,
}

/// An object whose members are being read.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    report: &'a Report,
    path: String,
    members: &'a Members,
}

/// A value at its place.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    report: &'a Report,
    path: String,
    pub(super) json: &'a Json,
}

impl Report {
    /// The body as a whole.
    pub fn root<'a>(&'a self, json: &'a Json) -> Field<'a> {
        Field { report: self, path: String::new(), json }
    }

    /// The changes that cleaning made, or everything that is wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<(T, Vec<Change>), Vec<FieldError>> {
        let errors = self.errors.into_inner();
        match value {
            Some(value) if errors.is_empty() => Ok((value, self.changes.into_inner())),
            _ => {
                debug_assert!(
                    !errors.is_empty(),
                    "a value is only missing where something was wrong"
                );
                Err(errors)
            }
        }
    }
}

impl<'a> Fields<'a> {
    /// A member that may be absent; `null` counts as absent.
    pub fn optional(&self, name: &'static str) -> Option<Field<'a>> {
        let json = self.members.values.get(name).filter(|json| **json != Json::Null)?;
        Some(Field { report: self.report, path: self.path_of(name), json })
    }

    /// A member that must be there.
    pub fn required(&self, name: &'static str) -> Option<Field<'a>> {
        let field = self.optional(name);
        if field.is_none() {
            self.fail(name, "missing", "is missing", format!("Send {name}."));
        }
        field
    }

    /// Whether the member was sent as `null`.
    pub fn is_null(&self, name: &str) -> bool {
        self.members.values.get(name) == Some(&Json::Null)
    }

    /// Reports a member.
    pub fn fail(
        &self,
        name: &str,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.report.errors.borrow_mut().push(FieldError {
            path: self.path_of(name),
            code,
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

impl<'a> Field<'a> {
    /// Reports the value.
    pub fn fail(&self, code: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        self.report.errors.borrow_mut().push(FieldError {
            path: self.path.clone(),
            code,
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    /// An object with no other members than `known`.
    pub fn object(&self, known: &[&'static str]) -> Option<Fields<'a>> {
        self.object_beside(known, &[], "")
    }

    /// As [`Field::object`], where members that are `refused` are told `why`.
    pub(super) fn object_beside(
        &self,
        known: &[&'static str],
        refused: &[&'static str],
        why: &str,
    ) -> Option<Fields<'a>> {
        let Json::Object(members) = self.json else {
            return self.wrong_type("an object");
        };
        let fields = Fields { report: self.report, path: self.path.clone(), members };
        for name in members.values.keys().filter(|name| !known.contains(&name.as_str())) {
            let remedy = match closest(name, known) {
                _ if refused.contains(&name.as_str()) => {
                    format!("{why} Known here: {}.", known.join(", "))
                }
                Some(near) => {
                    format!("Did you mean {near}? Known here: {}.", known.join(", "))
                }
                None if known.is_empty() => "Send no fields here.".to_owned(),
                None => format!("Remove it. Known here: {}.", known.join(", ")),
            };
            fields.fail(&shown(name), "unknown_field", "is not a known field", remedy);
        }
        for name in members.repeated.iter().filter(|name| known.contains(&name.as_str())) {
            fields.fail(
                name,
                "repeated_field",
                "is there more than once",
                format!("Send {name} once."),
            );
        }
        Some(fields)
    }

    /// An object of at most `most` members with names of the caller's own.
    pub fn members(&self, most: usize) -> Option<Vec<(&'a str, Field<'a>)>> {
        let Json::Object(members) = self.json else {
            return self.wrong_type("an object");
        };
        if members.values.len() > most {
            let message = format!("has {} entries", members.values.len());
            self.fail("bad_count", message, format!("Send at most {most} entries."));
            return None;
        }
        let fields = Fields { report: self.report, path: self.path.clone(), members };
        for name in &members.repeated {
            let shown = shown(name);
            let remedy = format!("Send {shown} once.");
            fields.fail(&shown, "repeated_field", "is there more than once", remedy);
        }
        let at = |(name, json): (&'a String, &'a Json)| {
            let path = fields.path_of(&shown(name));
            (name.as_str(), Field { report: self.report, path, json })
        };
        Some(members.values.iter().map(at).collect())
    }

    /// An array of `least` to `most` values.
    pub fn list(&self, least: usize, most: usize) -> Option<Vec<Field<'a>>> {
        let Json::List(values) = self.json else {
            return self.wrong_type("an array");
        };
        if !(least..=most).contains(&values.len()) {
            let remedy = format!("Send {least} to {most} entries.");
            self.fail("bad_count", format!("has {} entries", values.len()), remedy);
            return None;
        }
        let at = |(index, json)| Field {
            report: self.report,
            path: format!("{}[{index}]", self.path),
            json,
        };
        Some(values.iter().enumerate().map(at).collect())
    }

    /// Reports what cleaning changed.
    pub(super) fn changed(&self, from: &str, to: &str) {
        self.report.changes.borrow_mut().extend(name::change(&self.path, from, to));
    }

    /// Reports a value of another type.
    pub(super) fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let message = format!("is {}", self.json.kind());
        self.fail("wrong_type", message, format!("Send {expected}."));
        None
    }
}

/// A name that is the caller's own text, of any length, as a path shows it.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}
