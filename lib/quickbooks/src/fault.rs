//! Reads faults out of an answer: both JSON shapes, the old XML text, or nothing but a status.

use std::fmt;

use serde_json::{Map, Value};

/// One complaint of QuickBooks. The texts quote the books (names, numbers): do not log them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The number of the fault without leading zeros (`"3001"`, never `"003001"`); empty when there is none that could be
    /// one.
    pub code: String,
    /// The short text.
    pub message: String,
    /// The long text; empty when absent.
    pub detail: String,
    /// The member that is complained about.
    pub element: Option<String>,
}

/// An answer that says no. Has no faults when only the status says so, as with a gateway's HTML page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultReply {
    /// The HTTP status; 200 is possible.
    pub status: u16,
    /// Intuit's name of the call; support asks for it.
    pub intuit_tid: Option<String>,
    /// What QuickBooks complains about, in its order.
    pub faults: Vec<Fault>,
    /// The `type` of the fault, such as `ValidationFault`; empty when absent.
    pub kind: String,
    /// Seconds to wait, in the rare case that the answer names them.
    pub retry_after: Option<u64>,
}

impl fmt::Display for FaultReply {
    /// Codes only: the texts quote the books.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        for (position, fault) in self.faults.iter().enumerate() {
            write!(f, "{} {}", if position == 0 { ", fault" } else { "," }, fault.code)?;
        }
        if let Some(tid) = &self.intuit_tid {
            write!(f, ", intuit_tid {tid}")?;
        }
        Ok(())
    }
}

/// The kind and the faults of a JSON answer, or `None` when it carries none. Looks at the top level and inside
/// `QueryResponse` and `CDCResponse`, in both casings, whatever the status was.
pub(crate) fn in_json(body: &Value) -> Option<(String, Vec<Fault>)> {
    let body = body.as_object()?;
    member(body, &FAULT).or_else(|| nested(body))?.as_object().map(whole)
}

/// The same of one item of a batch.
pub(crate) fn of_item(item: &Map<String, Value>) -> Option<(String, Vec<Fault>)> {
    member(item, &FAULT)?.as_object().map(whole)
}

fn whole(fault: &Map<String, Value>) -> (String, Vec<Fault>) {
    let faults = elements(member(fault, &["Error", "error"])).map(fault_from).collect();
    (text(fault, &["type", "Type"]), faults)
}

/// Real ones have at most five digits.
const LONGEST_CODE: usize = 12;

const FAULT: [&str; 2] = ["Fault", "fault"];
const QUERY_RESPONSE: [&str; 2] = ["QueryResponse", "queryResponse"];

/// A query has one response; change data capture has a list of them, each with a list of query responses.
fn nested(body: &Map<String, Value>) -> Option<&Value> {
    let of_query = elements(member(body, &QUERY_RESPONSE)).find_map(|one| member(one, &FAULT));
    of_query.or_else(|| {
        elements(member(body, &["CDCResponse", "cdcresponse"])).find_map(|response| {
            let inner = || elements(member(response, &QUERY_RESPONSE));
            member(response, &FAULT).or_else(|| inner().find_map(|one| member(one, &FAULT)))
        })
    })
}

/// The objects of a list, or the single one that stands for it.
fn elements(value: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let list = match value {
        Some(Value::Array(list)) => list.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    list.iter().filter_map(Value::as_object)
}

/// The fault in an answer that is not JSON. Throttles and authentication failures have been seen as XML whose
/// text carries `errorCode=003001`.
pub(crate) fn in_text(body: &str) -> Option<Fault> {
    let code =
        code_in(body).or_else(|| body.contains("ThrottleExceeded").then(|| "3001".to_owned()))?;
    Some(Fault { code, message: String::new(), detail: String::new(), element: None })
}

fn fault_from(error: &Map<String, Value>) -> Fault {
    let message = text(error, &["Message", "message"]);
    let code = normalize_code(&text(error, &["code", "Code"]));
    let code = if code.is_empty() { code_in(&message).unwrap_or_default() } else { code };
    let element = Some(text(error, &["element", "Element"])).filter(|element| !element.is_empty());
    Fault { code, message, detail: text(error, &["Detail", "detail"]), element }
}

fn code_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("errorCode=")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    Some(normalize_code(&digits)).filter(|code| !code.is_empty())
}

/// What cannot be a code counts as none: codes are logged and stored, and other texts quote the books.
fn normalize_code(code: &str) -> String {
    let code = code.trim().trim_start_matches('0');
    let is_code = code.len() <= LONGEST_CODE
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_code { code.to_owned() } else { String::new() }
}

/// The first of the named members that is there and not null.
fn member<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().filter_map(|name| object.get(*name)).find(|value| !value.is_null())
}

fn text(object: &Map<String, Value>, names: &[&str]) -> String {
    match member(object, names) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(body: &str) -> Option<Vec<String>> {
        let body = serde_json::from_str(body).unwrap();
        in_json(&body).map(|(_, faults)| faults.into_iter().map(|fault| fault.code).collect())
    }

    #[test]
    fn faults_are_found_in_every_shape() {
        let check = |body: &str, expect: Option<&[&str]>| {
            let expect =
                expect.map(|codes| codes.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(codes(body), expect, "{body}");
        };
        check(
            r#"{"Fault":{"Error":[{"Message":"m","code":"6240"}],"type":"ValidationFault"}}"#,
            Some(&["6240"]),
        );
        check(r#"{"Fault":{"Error":[{"code":610},{"code":"2500"}]}}"#, Some(&["610", "2500"]));
        check(
            r#"{"fault":{"error":[{"code":"3200","element":null}]},"time":1700000000000}"#,
            Some(&["3200"]),
        );
        check(
            r#"{"fault":{"error":[{"message":"message=X; errorCode=003100; statusCode=403"}]}}"#,
            Some(&["3100"]),
        );
        check(r#"{"Fault":{"Error":[{"code":"003001"}],"type":"SERVICE"}}"#, Some(&["3001"]));
        check(r#"{"QueryResponse":{"Fault":{"Error":[{"code":"4001"}]}}}"#, Some(&["4001"]));
        check(r#"{"CDCResponse":[{"Fault":{"Error":[{"code":"4001"}]}}]}"#, Some(&["4001"]));
        check(
            r#"{"CDCResponse":[{"QueryResponse":[{},{"Bill":[]},{"Fault":{"Error":[{"code":"3001"}]}}]}]}"#,
            Some(&["3001"]),
        );
        check(r#"{"cdcresponse":[],"CDCResponse":[{"QueryResponse":[{}]}]}"#, None);
        check(r#"{"Fault":{"Error":{"code":"500"}}}"#, Some(&["500"]));
        check(r#"{"Fault":{"Error":{"code":"Acme Corp."}}}"#, Some(&[""]));
        check(r#"{"Fault":{"type":"SystemFault"}}"#, Some(&[]));
        check(r#"{"fault":null,"queryResponse":null,"Invoice":{"Id":"1"}}"#, None);
        check(r#"[1,2]"#, None);
    }

    #[test]
    fn every_member_of_a_fault_is_kept() {
        let body = serde_json::json!({"Fault": {"Error": [{"Message": "Duplicate Name Exists Error",
            "Detail": "using this \nname", "code": "6240", "element": "DisplayName"}], "type": "ValidationFault"}});
        let (kind, faults) = in_json(&body).unwrap();
        assert_eq!(kind, "ValidationFault");
        let expect = Fault {
            code: "6240".to_owned(),
            message: "Duplicate Name Exists Error".to_owned(),
            detail: "using this \nname".to_owned(),
            element: Some("DisplayName".to_owned()),
        };
        assert_eq!(faults, [expect]);
    }

    #[test]
    fn xml_throttles_are_recognized_by_their_text() {
        let xml = r#"<?xml version="1.0"?><IntuitResponse><Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message></Error></Fault></IntuitResponse>"#;
        assert_eq!(in_text(xml).unwrap().code, "3001");
        assert_eq!(in_text("ThrottleExceeded").unwrap().code, "3001");
        assert_eq!(in_text("<html>502 Bad Gateway</html>"), None);
    }

    #[test]
    fn the_display_form_names_codes_but_quotes_no_books() {
        let body = serde_json::json!({"Fault": {"Error": [{"Message": "secret", "Detail": "Acme", "code": "6240"}]}});
        let (kind, faults) = in_json(&body).unwrap();
        let reply = FaultReply {
            status: 400,
            intuit_tid: Some("1-a".to_owned()),
            faults,
            kind,
            retry_after: None,
        };
        assert_eq!(reply.to_string(), "status 400, fault 6240, intuit_tid 1-a");
    }
}
