//! What cannot be read is named by its line, in the words that a PUT would have been refused with.

use e2e::Tenant;
use e2e::imports::{Books, file, import_id, line};
use e2e::records::bill;
use serde_json::{Value, json};

use super::{assert_exact, bills};

#[tokio::test]
async fn bad_lines_are_named_by_number_and_stop_none_of_the_good_ones() {
    let tenant = Tenant::connected().await;
    let good = bills(5);
    let mut wrong = bill(1, "W-1", "10.00");
    wrong["lines"][0]["amount"] = json!("11.00");
    let mut nameless = bill(1, "W-2", "10.00");
    nameless["agent"] = Value::Null;
    let lines = [
        good[0].clone(),
        r#"{"kind":"bill","id":"cut"#.to_owned(),
        good[1].clone(),
        String::new(),
        line("bill", "W1", &wrong),
        line("bill", "W2", &nameless),
        good[2].clone(),
        line("invoice", "W3", &bill(1, "W-3", "10.00")),
        line("bill", "", &bill(1, "W-4", "10.00")),
        good[3].clone(),
        good[4].clone(),
    ];
    let begun = tenant.import(&file(&lines)).await;
    let id = import_id(&begun);
    let import = tenant.import_becomes(&id, "done").await;
    assert_eq!((&import["lines"]["good"], &import["lines"]["bad"]), (&json!(5), &json!(5)));
    assert_eq!(import["records"]["posted"], 5, "{import}");
    let problems = tenant.import_problems(&id).await;
    let numbers: Vec<u64> = problems.iter().filter_map(|it| it["line"].as_u64()).collect();
    assert_eq!(numbers, [2, 5, 6, 8, 9], "{problems:?}");
    for problem in &problems {
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        assert!(!text("code").is_empty() && !text("message").is_empty(), "{problem}");
    }
    assert_eq!((&problems[1]["kind"], &problems[1]["id"]), (&json!("bill"), &json!("W1")));
    let put = tenant.put_bill("W1", &wrong).await;
    assert_eq!(put.status, 422, "{}", put.body);
    assert_eq!(problems[1]["code"], put.body["errors"][0]["code"], "{} {}", problems[1], put.body);
    assert_exact(&tenant, &file(&good)).await;
}

#[tokio::test]
async fn a_file_without_any_good_line_ends_with_its_problems() {
    let tenant = Tenant::connected().await;
    let begun = tenant.import("no record\n[]\n").await;
    let id = import_id(&begun);
    let import = tenant.import_becomes(&id, "done").await;
    assert_eq!(import["lines"], json!({"read": 2, "good": 0, "bad": 2}), "{import}");
    let problems = tenant.import_problems(&id).await;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!(Books::of(&tenant).await.documents(), 0);
}
