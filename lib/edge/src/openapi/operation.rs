//! One call of the API, described beside the route that answers it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::body::Json;
use crate::problem::Problem;

type MakeSchema = fn(&mut SchemaGenerator) -> Schema;
/// Takes a body, or says what is wrong with it.
pub(super) type Read = fn(&Json) -> Result<(), Problem>;

/// One call. [`super::document`] adds what all calls have in common: parameters in the path, roles, and the problems
/// that every call, every body and every query can run into.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: Option<&'static str>,
    pub(super) query: Option<MakeSchema>,
    pub(super) body: Option<Body>,
    pub(super) signed: Option<Signed>,
    /// What the lines of a body are that is no JSON document, if the call takes one.
    pub(super) lines: Option<(&'static str, usize)>,
    pub(super) answers: BTreeMap<u16, Answer>,
    pub(super) refusals: Vec<Problem>,
}

/// What a call takes.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) schema: MakeSchema,
    pub(super) read: Read,
    /// Sample events below `events/` that carry such a body.
    pub(super) samples: &'static [&'static str],
    pub(super) is_needed: bool,
}

/// What a call takes of someone who signs it, in a form that is theirs to describe.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) header: &'static str,
    pub(super) signature: &'static str,
    pub(super) content: &'static str,
    /// Sample events below `events/` that carry such a body.
    pub(super) samples: &'static [&'static str],
}

/// What a call answers when nothing is wrong, and pages that say what is.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) description: &'static str,
    pub(super) content: Content,
}

/// The form of an answer.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Json(MakeSchema),
    Page,
    Csv,
    Redirect,
    Nothing,
}

impl Operation {
    /// A call by its method, its path as it is routed, the name that programs know it by, and what it does in a few words.
    pub(crate) fn new(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            description: None,
            query: None,
            body: None,
            signed: None,
            lines: None,
            answers: BTreeMap::new(),
            refusals: Vec::new(),
        }
    }

    /// What else people should know.
    pub(crate) fn about(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// The query is of this shape.
    pub(crate) fn asks<T: JsonSchema>(mut self) -> Self {
        self.query = Some(schema_of::<T>);
        self
    }

    /// The body is of this shape, which `read` takes; `samples` are files below `events/` with such a body.
    pub(crate) fn takes<T: JsonSchema>(
        mut self,
        read: Read,
        samples: &'static [&'static str],
    ) -> Self {
        self.body = Some(Body { schema: schema_of::<T>, read, samples, is_needed: true });
        self
    }

    /// As [`Operation::takes`], where no body at all is taken too.
    pub(crate) fn may_take<T: JsonSchema>(
        self,
        read: Read,
        samples: &'static [&'static str],
    ) -> Self {
        let mut takes = self.takes::<T>(read, samples);
        takes.body = takes.body.map(|body| Body { is_needed: false, ..body });
        takes
    }

    /// A body of at most so many bytes is taken as well, with a JSON document on each line, which is said in words.
    pub(crate) fn takes_lines(mut self, content: &'static str, most: usize) -> Self {
        self.lines = Some((content, most));
        self
    }

    /// The body is someone else's, with its `signature` in a header; both are said in words.
    pub(crate) fn takes_signed(
        mut self,
        header: &'static str,
        signature: &'static str,
        content: &'static str,
        samples: &'static [&'static str],
    ) -> Self {
        self.signed = Some(Signed { header, signature, content, samples });
        self
    }

    /// Answers JSON of this shape.
    pub(crate) fn answers<T: JsonSchema>(
        self,
        status: StatusCode,
        description: &'static str,
    ) -> Self {
        self.with(status, description, Content::Json(schema_of::<T>))
    }

    /// Answers a page.
    pub(crate) fn shows(self, status: StatusCode, description: &'static str) -> Self {
        self.with(status, description, Content::Page)
    }

    /// Answers a file of comma-separated values.
    pub(crate) fn exports(self, description: &'static str) -> Self {
        self.with(StatusCode::OK, description, Content::Csv)
    }

    /// Sends the browser elsewhere.
    pub(crate) fn redirects(self, description: &'static str) -> Self {
        self.with(StatusCode::SEE_OTHER, description, Content::Redirect)
    }

    /// Answers without a body.
    pub(crate) fn done(self, description: &'static str) -> Self {
        self.with(StatusCode::NO_CONTENT, description, Content::Nothing)
    }

    /// May also answer this problem.
    pub(crate) fn refuses(mut self, problem: Problem) -> Self {
        self.refusals.push(problem);
        self
    }

    fn with(mut self, status: StatusCode, description: &'static str, content: Content) -> Self {
        self.answers.insert(status.as_u16(), Answer { description, content });
        self
    }
}

/// A `read` for [`Operation::takes`] from one that hands over what it read.
macro_rules! reads {
    ($read:path) => {
        |json| $read(json).map(drop)
    };
}

pub(crate) use reads;

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The body of a sample event.
pub(super) fn sample(file: &str) -> Value {
    let path = format!("{}/../../events/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let Ok(crate::event::Event::Url(event)) = crate::event::Event::parse(&text) else {
        panic!("{file} is no call")
    };
    let mut body = event.body.unwrap_or_else(|| panic!("{file} has no body")).into_bytes();
    if event.is_base64_encoded {
        body = BASE64_STANDARD.decode(body).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{file}: {error}"))
}
