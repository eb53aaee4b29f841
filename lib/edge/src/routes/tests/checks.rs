//! Calls are checked before anything is read from AWS or QuickBooks.

use serde_json::{Value, json};

use super::{Call, GET, call};
use crate::Function;

#[tokio::test]
async fn calls_about_lists_and_links_are_checked_before_anything_is_read() {
    let many = format!(r#"{{"kind":"item","host":[{}]}}"#, vec!["{}"; 201].join(","));
    for (method, path, query, body, status, code) in [
        ("GET", "/tenants/t/lists/employees", "", "", 404, "unknown_list"),
        ("GET", "/tenants/t/lists/accounts", "use=bank", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/lists/items", "use=income_account", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/lists/accounts", "use=item", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/lists/vendors", "use=expense_account", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/lists/accounts", "use=cut_off", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/lists/items", "refresh=1", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/lists/items", "cursor=x", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/links", "", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/links", "kind=employee", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/links", "kind=item&limit=0", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/links", "kind=item&cursor=a%23b", "", 422, "invalid_fields"),
        ("GET", "/tenants/t/links/employee/E1", "", "", 404, "unknown_kind"),
        ("GET", "/tenants/t/links/item/a%23b", "", "", 400, "bad_id"),
        ("PUT", "/tenants/t/links/item/I1", "", "{}", 422, "invalid_fields"),
        ("PUT", "/tenants/t/links/item/I1", "", r#"{"object_id":"a b"}"#, 422, "invalid_fields"),
        ("POST", "/tenants/t/links/proposals", "", r#"{"kind":"item"}"#, 422, "invalid_fields"),
        ("POST", "/tenants/t/links/proposals", "", &many, 422, "invalid_fields"),
    ] {
        let reply = call(Function::Settings, Call { method, path, query, body, ..GET }).await;
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status_code, &problem["code"]), (status, &json!(code)), "{path}?{query}");
    }
}

#[tokio::test]
async fn a_question_that_cannot_be_answered_is_refused_with_every_field_named() {
    for (path, query, fields) in [
        ("postings", "", &["?state"][..]),
        ("postings", "state=posting", &["?state"]),
        ("postings", "state=posted&kind=client&limit=0", &["?state", "?kind", "?limit"]),
        ("postings", "state=blocked&order=desc", &["?order"]),
        ("postings", "state=blocked&cursor=x", &["cursor"]),
        ("history", "limit=101&kind=x&include=all", &["?include", "?kind", "?limit"]),
        ("history", "from=yesterday&to=2026-02-30", &["?from", "?to"]),
        ("history", "from=99999-01-01T00:00:00Z", &["?from"]),
        ("history", "cursor=AAAA", &["cursor"]),
        ("history.csv", "limit=5", &["?limit"]),
    ] {
        let path = format!("/tenants/acme/{path}");
        let reply = call(Function::Settings, Call { path: &path, query, ..GET }).await;
        assert_eq!(reply.status_code, 422, "{path}?{query}: {}", reply.body);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        let errors = problem["errors"].as_array().unwrap();
        let named: Vec<&str> = errors.iter().map(|error| error["path"].as_str().unwrap()).collect();
        assert_eq!(named, fields, "{path}?{query}");
    }
    for (body, fields) in [
        ("{}", &["state"][..]),
        (r#"{"state":"posted","kind":"x"}"#, &["state", "kind"]),
        (r#"{"state":"blocked","recreate":"yes"}"#, &["recreate"]),
        (r#"{"state":"blocked","all":true}"#, &["all"]),
        (r#"{"state":"blocked","cursor":"AAAA"}"#, &["cursor"]),
        (r#"{"state":"held"}"#, &["state"]),
    ] {
        let path = "/tenants/acme/postings/retry";
        let reply = call(Function::Settings, Call { method: "POST", path, body, ..GET }).await;
        assert_eq!(reply.status_code, 422, "{body}: {}", reply.body);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        let errors = problem["errors"].as_array().unwrap();
        let named: Vec<&str> = errors.iter().map(|error| error["path"].as_str().unwrap()).collect();
        assert_eq!(named, fields, "{body}");
    }
}

#[tokio::test]
async fn calls_about_workflows_and_switches_are_checked_before_anything_is_read() {
    // S1-12, S1-14
    let workflow = "/tenants/t/workflows/agent_expense_check";
    for (method, path, body, status, code, fields) in [
        ("GET", "/tenants/t/templates/barter", "", 404, "unknown_template", &[][..]),
        ("GET", "/tenants/t/workflows/barter", "", 404, "unknown_template", &[]),
        ("POST", "/tenants/t/workflows/barter/run", "", 404, "unknown_template", &[]),
        ("POST", "/tenants/t/workflows/agent_billing/stop", "", 404, "unknown_path", &[]),
        ("PUT", workflow, "", 400, "malformed_json", &[]),
        ("PUT", workflow, "[]", 422, "invalid_fields", &[""]),
        (
            "PUT",
            workflow,
            r#"{"company":"a b","stage":"active"}"#,
            422,
            "invalid_fields",
            &["stage", "company"],
        ),
        (
            "PUT",
            workflow,
            r#"{"configuration":{"income_account":{"id":"79"},"cut_off":"soon"}}"#,
            422,
            "invalid_fields",
            &["configuration.income_account", "configuration.cut_off"],
        ),
        (
            "POST",
            "/tenants/t/workflows/agent_billing/run",
            r#"{"now":true}"#,
            422,
            "invalid_fields",
            &["now"],
        ),
        (
            "DELETE",
            "/tenants/t/workflows/agent_billing",
            r#"{"now":true}"#,
            422,
            "invalid_fields",
            &["now"],
        ),
        (
            "PUT",
            "/tenants/t/settings",
            r#"{"income_account":{"id":"1"}}"#,
            422,
            "invalid_fields",
            &["income_account"],
        ),
        (
            "PUT",
            "/tenants/t/settings",
            r#"{"auto_sync":{"billing":true,"disbursement_at_100_percent":"yes"},"agent_billing":1}"#,
            422,
            "invalid_fields",
            &["agent_billing", "auto_sync.billing", "auto_sync.disbursement_at_100_percent"],
        ),
        ("POST", "/tenants/t/postings/hold", "{}", 422, "invalid_fields", &["kind", "id"]),
        (
            "POST",
            "/tenants/t/postings/unlink",
            r#"{"kind":"client","id":"a/b"}"#,
            422,
            "invalid_fields",
            &["kind", "id"],
        ),
        (
            "POST",
            "/tenants/t/postings/release",
            r#"{"state":"held","kind":"client","id":"","cursor":7}"#,
            422,
            "invalid_fields",
            &["state", "kind", "id", "cursor"],
        ),
        (
            "POST",
            "/tenants/t/postings/release",
            r#"{"cursor":"AAAA"}"#,
            422,
            "invalid_fields",
            &["cursor"],
        ),
    ] {
        let reply = call(Function::Settings, Call { method, path, body, ..GET }).await;
        let what = format!("{method} {path} {body}: {}", reply.body);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status_code, &problem["code"]), (status, &json!(code)), "{what}");
        assert_eq!(named(&problem), fields, "{what}");
    }
}

#[tokio::test]
async fn calls_about_disbursements_are_checked_before_anything_is_read() {
    let one = "/tenants/t/disbursements/D-1";
    let sync = "/tenants/t/disbursements/D-1/sync";
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (method, path, query, body, status, code, fields) in [
        ("PUT", one, "trigger=cron", "{}", 422, "invalid_fields", &["?trigger"][..]),
        ("PUT", one, "force=true", "{}", 422, "invalid_fields", &["?force"]),
        ("PUT", one, "trigger=event", "", 400, "malformed_json", &[]),
        ("PUT", one, "", deep.as_str(), 400, "malformed_json", &[]),
        ("PUT", "/tenants/t/disbursements/D%231", "", "{}", 400, "bad_id", &[]),
        (
            "POST",
            sync,
            "",
            r#"{"override_rules":"yes","verfy":true}"#,
            422,
            "invalid_fields",
            &["verfy", "override_rules"],
        ),
        ("POST", sync, "", "7", 422, "invalid_fields", &[""]),
    ] {
        let reply = call(Function::Disbursement, Call { method, path, query, body, ..GET }).await;
        let what = format!("{method} {path}?{query}: {}", reply.body);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status_code, &problem["code"]), (status, &json!(code)), "{what}");
        assert_eq!(named(&problem), fields, "{what}");
    }
    // What is good goes on, to where nothing answers.
    for (method, path, query, body) in
        [("GET", one, "", ""), ("POST", sync, "", ""), ("POST", sync, "", r#"{"verify":true}"#)]
    {
        let reply = call(Function::Disbursement, Call { method, path, query, body, ..GET }).await;
        assert_eq!(reply.status_code, 503, "{method} {path}: {}", reply.body);
    }
}

/// The paths of the bad fields of a problem.
pub(super) fn named(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array();
    errors.into_iter().flatten().map(|error| error["path"].as_str().unwrap()).collect()
}
