//! The judgement of answers: what a write may conclude, what a read may.

use super::*;

const FAULT: &str =
    r#"{"Fault":{"Error":[{"Message":"m","Detail":"d","code":"6240"}],"type":"ValidationFault"}}"#;
const INTERNAL: &str =
    r#"{"Fault":{"Error":[{"Message":"m","code":"10000"}],"type":"SystemFault"}}"#;
const USED: &str = r#"{"Fault":{"Error":[{"Message":"m","code":"600"}],"type":"ValidationFault"}}"#;
const THROTTLE_XML: &str = "<Fault type=\"SERVICE\"><Error code=\"3001\"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message></Error></Fault>";

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status,
        intuit_tid: Some("1-a".to_owned()),
        retry_after: None,
        body: body.as_bytes().to_vec(),
    }
}

fn write() -> Effect {
    Effect::Write(RequestId::new("r").unwrap())
}

/// The class as a write and as a read sees it; `None` is success.
fn classes(status: u16, body: &str) -> (Option<Class>, Option<Class>) {
    let class = |effect: &Effect| {
        let judged = judge(reply(status, body), effect);
        if let Err(error) = &judged {
            assert_eq!(error.intuit_tid(), Some("1-a"), "{error:?}");
        }
        judged.err().map(|error| error.class())
    };
    (class(&write()), class(&Effect::Read))
}

#[test]
fn every_answer_means_something_definite_to_a_read_and_something_honest_to_a_write() {
    let check = |status: u16, body: &str, to_write: Option<Class>, to_read: Option<Class>| {
        assert_eq!(classes(status, body), (to_write, to_read), "{status} {body}");
    };
    let both =
        |status: u16, body: &str, class: Class| check(status, body, Some(class), Some(class));
    let open = |status: u16, body: &str| {
        check(status, body, Some(Class::Uncertain), Some(Class::Unavailable))
    };
    let throttled = Class::Throttled { retry_after: None };

    check(200, r#"{"Invoice":{"Id":"1"},"time":""}"#, None, None);
    both(200, FAULT, Class::DuplicateName);
    both(400, FAULT, Class::DuplicateName);
    both(
        200,
        r#"{"fault":{"error":[{"code":"3200"}],"type":"AUTHENTICATION"}}"#,
        Class::TokenExpired,
    );
    both(401, "<html></html>", Class::TokenExpired);
    both(403, "", Class::Unavailable);
    both(
        403,
        r#"{"fault":{"error":[{"code":"3100","detail":null}],"type":"SERVICE"}}"#,
        Class::Reconnect,
    );
    both(429, "", throttled);
    both(429, THROTTLE_XML, throttled);
    both(403, THROTTLE_XML, throttled);
    both(404, "<html></html>", Class::Rejected);
    both(400, "{}", Class::Rejected);

    open(200, "<html>maintenance</html>");
    open(200, r#"{"Invoice":{"Id":"1"#);
    open(200, "");
    open(200, "[]");
    open(302, "");
    open(400, INTERNAL);
    open(500, INTERNAL);
    open(502, "<html></html>");
    open(503, "{}");
    open(504, "");
    open(400, USED);
}

#[test]
fn a_used_request_id_says_so() {
    let why = |body: &str| match judge(reply(400, body), &write()) {
        Err(Error::Uncertain { why, reply, .. }) => (why, reply.unwrap().faults.len()),
        other => panic!("{other:?}"),
    };
    assert_eq!(why(USED), (Uncertainty::RequestIdUsed, 1));
    assert_eq!(why(INTERNAL), (Uncertainty::ServerError, 1));
}

#[test]
fn an_error_can_be_logged_without_quoting_the_books() {
    for (status, body) in [
        (400, r#"{"Fault":{"Error":[{"Message":"canary","Detail":"canary","code":"6240"}]}}"#),
        (200, r#"{"Invoice":"canary"#),
    ] {
        let error = judge(reply(status, body), &Effect::Read).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn a_request_carries_version_request_id_and_token() {
    let access =
        Access { realm: crate::RealmId::new("1"), token: crate::AccessToken::new("canary") };
    let url = Url::parse("https://example.com/v3/company/1/invoice?operation=void").unwrap();
    let body = Body { content_type: "application/json", text: "{}".to_owned() };
    let sent = request(&access, Method::POST, url.clone(), Some(body), &write());
    assert_eq!(sent.url().query(), Some("operation=void&minorversion=75&requestid=r"));
    let header = |name: &str| sent.headers().get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("authorization"), Some("Bearer canary"));
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("content-type"), Some("application/json"));
    assert!(!format!("{sent:?}").contains("canary"));
    // A read has no request id: repeating one must bring the books of today, not the answer of yesterday.
    let read = request(&access, Method::GET, url, None, &Effect::Read);
    assert_eq!(read.url().query(), Some("operation=void&minorversion=75"));
}

#[test]
fn the_time_of_an_answer_is_read_in_either_form() {
    let check = |body: &str, expect: Option<&str>| {
        let answer = judge(reply(200, body), &Effect::Read).unwrap();
        assert_eq!(answer.time, expect.map(|text| text.parse().unwrap()), "{body}");
    };
    let moment = Some("2026-05-05T10:11:46.211Z");
    check(r#"{"QueryResponse":{},"time":"2026-05-05T03:11:46.211-07:00"}"#, moment);
    check(r#"{"QueryResponse":{},"time":1777975906211}"#, moment);
    for body in [r#"{"time":""}"#, r#"{"time":null}"#, r#"{"time":1e400}"#, "{}"] {
        check(body, None);
    }
}
