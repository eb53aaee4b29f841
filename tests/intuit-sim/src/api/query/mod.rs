//! The query language: `SELECT … FROM … WHERE … ORDERBY … STARTPOSITION … MAXRESULTS …`.

mod lexer;
mod parser;
mod run;
mod value;

use http::Method;

pub(super) use run::run;
pub(super) use value::instant;

use super::Fault;
use crate::call::Call;

/// The statement of a query call: a parameter, the body as text, or a form field.
pub(super) fn statement(call: &Call) -> Result<String, Fault> {
    let given = call.parameter("query").map(str::to_owned);
    let posted = || match call.header("content-type") {
        Some(kind) if kind.starts_with("application/x-www-form-urlencoded") => call
            .form()
            .into_iter()
            .find(|(name, _)| name == "query")
            .map(|(_, statement)| statement),
        _ => Some(call.body_text()).filter(|text| !text.trim().is_empty()),
    };
    given
        .or_else(|| if call.method == Method::POST { posted() } else { None })
        .ok_or_else(|| Fault::missing("query"))
}
