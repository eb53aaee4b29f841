//! The query language.

use serde_json::{Value, json};

use crate::support::{Company, Reply};

#[tokio::test]
async fn conditions_select() {
    let company = Company::sample().await;
    for (statement, expected) in [
        ("select * from Customer where DisplayName = 'Cool Cars'", vec!["3"]),
        ("SELECT * FROM customer WHERE displayname = 'COOL CARS'", vec!["3"]),
        (r"select * from Customer where DisplayName = 'Amy\'s Bird Sanctuary'", vec!["1"]),
        ("select * from Customer where DisplayName like '%diego%'", vec!["4"]),
        ("select * from Customer where DisplayName in ('Cool Cars', 'Mark Cho')", vec!["3", "17"]),
        ("select * from Customer where Id in ('3','1')", vec!["1", "3"]),
        (
            "select * from Customer where Balance > '400' orderby Balance desc",
            vec!["18", "10", "8", "13", "26"],
        ),
        ("select * from Customer where Balance > '400' and DisplayName like 'T%'", vec!["26"]),
        ("select * from Customer where PrimaryEmailAddr = 'birds@intuit.com'", vec!["1"]),
        ("select * from Customer where DisplayName != 'Cool Cars' and Id in ('3','4')", vec!["4"]),
        (
            "select * from Customer where Id in ('3','4') and not DisplayName = 'Cool Cars'",
            vec!["4"],
        ),
        ("select * from Customer where Job = true", vec!["8", "9", "23"]),
        (
            "select * from Invoice where CustomerRef = '25' and Balance > '0' orderby DocNumber",
            vec!["64", "65"],
        ),
        ("select * from Invoice where DocNumber = '1037'", vec!["130"]),
        (
            "select * from Invoice where TotalAmt >= '750' and TotalAmt <= '954.75' order by TotalAmt asc",
            vec!["16", "49"],
        ),
        (
            "select * from Account where AccountType = 'Bank' and Active in (true, false)",
            vec!["35", "36"],
        ),
        (
            "select * from Item where Type = 'Inventory' orderby UnitPrice desc, Name",
            vec!["5", "11", "17", "16"],
        ),
        ("select from Customer where Id = '3'", vec!["3"]),
        ("select * from Invoice where TxnDate > CURRENT_DATE", vec![]),
        ("select * from Invoice where TxnDate <= CURRENT_DATE and DocNumber = '1001'", vec!["9"]),
        ("select * from Vendor where DisplayName = 'PG&E'", vec!["48"]),
        ("select * from Customer where CompanyName = ' ' and Id in ('1','3')", vec!["3"]),
        ("select * from TaxCode where Id = 'NON'", vec!["NON"]),
    ] {
        assert_eq!(company.ids(statement).await, expected, "{statement}");
    }
}

#[tokio::test]
async fn bad_statements_are_refused_with_the_right_code() {
    let company = Company::sample().await;
    for (statement, code, detail) in [
        (
            "select * from Customer where",
            "4000",
            r#"QueryParserError: Encountered "<EOF>" at line 1, column 29."#,
        ),
        (
            "select * from Customer TxnDate",
            "4000",
            r#"QueryParserError: Encountered " <IDENTIFIER> "TxnDate "" at line 1, column 24."#,
        ),
        (
            "select * from Customer where Balance > 0",
            "4000",
            r#"QueryParserError: Encountered " <NUMBER> "0 "" at line 1, column 40."#,
        ),
        ("select * from Customer where DisplayName = 'it''s'", "4000", ""),
        (r#"select * from Customer where DisplayName = "x""#, "4000", ""),
        ("select * from Customer where DisplayName = 'a' or Id = '1'", "4000", ""),
        ("select * from Customer group by Id", "4000", ""),
        ("delete from Customer", "4000", ""),
        (
            "select * from Invoice where NoSuchField = '1'",
            "4001",
            "QueryValidationError: Property NoSuchField not found for Entity Invoice",
        ),
        (
            "select * from Customer where CustomerTypeRef = '1'",
            "4001",
            "QueryValidationError: property 'CustomerTypeRef' is not queryable",
        ),
        (
            "select * from Invoice orderby PrivateNote",
            "4001",
            "QueryValidationError: property 'PrivateNote' is not queryable",
        ),
        (
            "select * from Customer startposition 0",
            "4001",
            "QueryValidationError: value 0 is too small. Min allowed value is 1",
        ),
        (
            "select * from Customer maxresults 0",
            "4001",
            "QueryValidationError: value 0 is too small. Min allowed value is 1",
        ),
        ("select * from Customer where Id > '5'", "4001", ""),
        ("select * from Invoice where TxnDate > 'soon'", "4001", ""),
        ("select * from Nothing", "4001", ""),
        (
            "select Nope from Customer",
            "4001",
            "QueryValidationError: Property Nope not found for Entity Customer",
        ),
    ] {
        let reply = company.query(statement).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{statement}: {}", reply.body);
        assert!(detail.is_empty() || reply.fault().2 == detail, "{statement}: {}", reply.fault().2);
    }
    company.switch(json!({"unquoted_numbers": "accept"})).await;
    assert!(!company.ids("select * from Customer where Balance > 400").await.is_empty());
}

#[tokio::test]
async fn pages_and_counts() {
    let company = Company::sample().await;
    let first = company.query("select * from Customer startposition 1 maxresults 10").await.body["QueryResponse"].clone();
    assert_eq!(
        (&first["startPosition"], &first["maxResults"], first.get("totalCount")),
        (&json!(1), &json!(10), None)
    );
    let last = company.query("select * from Customer maxresults 10 startposition 21").await.body["QueryResponse"].clone();
    assert_eq!((&last["startPosition"], &last["maxResults"]), (&json!(21), &json!(9)));
    assert_eq!(
        company.query("select * from Customer startposition 30").await.body["QueryResponse"],
        json!({})
    );
    assert_eq!(
        company.query("select count(*) from Customer").await.body["QueryResponse"],
        json!({"totalCount": 29})
    );
    let invoices =
        company.query("select * from Invoice maxresults 5").await.body["QueryResponse"].clone();
    assert_eq!(invoices["totalCount"], json!(5));
    company.switch(json!({"total_count": "grand", "max_results_over_1000": "fault"})).await;
    assert_eq!(
        company.query("select * from Invoice maxresults 5").await.body["QueryResponse"]["totalCount"],
        json!(31)
    );
    assert_eq!(company.query("select * from Invoice maxresults 1001").await.code(), "4001");
}

#[tokio::test]
async fn lists_come_by_name_and_transactions_by_latest_change() {
    let company = Company::sample().await;
    let names = company.query("select * from Customer maxresults 3").await;
    let names: Vec<&Value> = names.body["QueryResponse"]["Customer"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["DisplayName"])
        .collect();
    assert_eq!(names, ["0969 Ocean View Road", "55 Twin Lane", "Amy's Bird Sanctuary"]);
    company.advance(60).await;
    company
        .save(
            "Invoice",
            json!({"Id": "9", "SyncToken": "1", "sparse": true, "PrivateNote": "touched"}),
        )
        .await;
    assert_eq!(company.ids("select * from Invoice maxresults 1").await, ["9"]);
}

#[tokio::test]
async fn column_lists_give_sparse_rows() {
    let company = Company::sample().await;
    let reply =
        company.query("select DisplayName, MetaData.CreateTime from Customer where Id = '3'").await;
    let row = &reply.body["QueryResponse"]["Customer"][0];
    assert_eq!(
        (&row["Id"], &row["DisplayName"], &row["sparse"], row.get("Active")),
        (&json!("3"), &json!("Cool Cars"), &json!(true), None)
    );
    assert!(
        row["MetaData"]["CreateTime"].is_string()
            && row["MetaData"].get("LastUpdatedTime").is_none()
    );
}

#[tokio::test]
async fn changes_can_be_pulled_by_time_with_any_offset() {
    let company = Company::sample().await;
    let now = company.inspect("clock").await;
    company.advance(1).await;
    company.customer("Late").await;
    let local = now["local"].as_str().unwrap();
    let utc = now["now"].as_str().unwrap();
    let bare = &local[..19];
    for since in [local, utc, bare] {
        let statement = format!(
            "select * from Customer where MetaData.LastUpdatedTime > '{since}' orderby MetaData.LastUpdatedTime"
        );
        assert_eq!(company.ids(&statement).await, ["58"], "{since}");
    }
}

#[tokio::test]
async fn a_statement_may_be_posted() {
    let company = Company::sample().await;
    for kind in ["application/text", "text/plain"] {
        let request = company
            .http
            .post(company.api("query"))
            .bearer_auth(&company.token)
            .header("content-type", kind)
            .body("select * from Customer where Id = '3'");
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert_eq!(reply.body["QueryResponse"]["maxResults"], json!(1), "{kind}: {}", reply.body);
    }
    let form = company
        .http
        .post(company.api("query"))
        .bearer_auth(&company.token)
        .form(&[("query", "select count(*) from Customer")]);
    assert_eq!(
        Reply::of(form.send().await.unwrap()).await.body["QueryResponse"]["totalCount"],
        json!(29)
    );
}
