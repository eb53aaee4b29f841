//! What goes out for documents beside invoices and payments, and that they come back typed.

use quickbooks::entity::{
    AccountLine, Bill, BillPayment, CreditMemo, Deposit, JournalEntry, Line, PartyRef, PartyType,
    Purchase, SalesReceipt, Vendor, VendorCredit,
};
use quickbooks::{Object, ObjectId, Op, Query, RequestId, SyncToken, Write};
use rust_decimal::Decimal;

use crate::server::{Answer, Server, access, json};

fn request_id() -> RequestId {
    RequestId::new("spend-1").unwrap()
}

#[tokio::test]
async fn every_write_goes_to_its_address_with_its_operation() {
    let (id, token) = (ObjectId::new("145"), SyncToken::new("3"));
    let delete = "operation=delete&";
    let writes = [
        (Write::create(request_id(), &Vendor::named("V")), "vendor?"),
        (Write::delete::<Bill>(request_id(), &id, &token), &format!("bill?{delete}")),
        (Write::delete::<Purchase>(request_id(), &id, &token), &format!("purchase?{delete}")),
        (Write::delete::<CreditMemo>(request_id(), &id, &token), &format!("creditmemo?{delete}")),
        (Write::delete::<Deposit>(request_id(), &id, &token), &format!("deposit?{delete}")),
        (
            Write::delete::<JournalEntry>(request_id(), &id, &token),
            &format!("journalentry?{delete}"),
        ),
        (Write::delete::<BillPayment>(request_id(), &id, &token), &format!("billpayment?{delete}")),
        (
            Write::delete::<VendorCredit>(request_id(), &id, &token),
            &format!("vendorcredit?{delete}"),
        ),
        (
            Write::void::<BillPayment>(request_id(), &id, &token),
            "billpayment?operation=update&include=void&",
        ),
        (
            Write::void::<SalesReceipt>(request_id(), &id, &token),
            "salesreceipt?operation=update&include=void&",
        ),
    ];
    for (write, address) in writes {
        let name = write.entity().name();
        let body = format!(r#"{{"{name}":{{"Id":"145","SyncToken":"4"}},"time":""}}"#);
        let server = Server::start(vec![Answer::Send(json("200 OK", &body))]);
        let written = server.client().write(&access(), &write).await.unwrap();
        assert_eq!((written.id.as_str(), written.sync_token.as_str()), ("145", "4"), "{name}");
        let seen = server.seen().remove(0);
        let start = format!("POST /v3/company/9341/{address}");
        assert!(seen.line.starts_with(&start), "{}", seen.line);
        assert!(seen.line.contains("requestid=spend-1"), "{}", seen.line);
        assert_eq!(seen.body, write.body(), "{name}");
    }
}

#[tokio::test]
async fn a_check_keeps_its_cents_from_the_caller_to_the_socket_and_back() {
    let (bank, agent) = (ObjectId::new("35"), PartyRef::vendor(&ObjectId::new("30")));
    let line: Line = AccountLine::of_account(&ObjectId::new("7"), Decimal::new(10_010, 2)).into();
    let check = Purchase::check(&bank, agent, [line]);
    let answer = r#"{"Purchase":{"Id":"9","SyncToken":"0","PaymentType":"Check","TotalAmt":1234567890123.45,
        "EntityRef":{"value":"30","name":"A","type":"VENDOR"},"PurchaseEx":{"any":[]}},"time":""}"#;
    let found =
        r#"{"QueryResponse":{"Purchase":[{"Id":"9","SyncToken":"0","TotalAmt":0.1}]},"time":""}"#;
    let server = Server::start(vec![
        Answer::Send(json("200 OK", answer)),
        Answer::Send(json("200 OK", found)),
    ]);
    let (client, access) = (server.client(), access());
    let write = Write::create(request_id(), &check);
    let written: Object = client.write(&access, &write).await.unwrap();
    let written: Purchase = written.parse().unwrap();
    assert_eq!(written.total_amt, Some(Decimal::new(123_456_789_012_345, 2)));
    assert_eq!(written.entity_ref.unwrap().party_type, Some(PartyType::Vendor));
    let query = Query::<Purchase>::new().filter(Purchase::PAYMENT_TYPE, Op::Eq, "Check");
    let page = client.query(&access, &query).await.unwrap();
    assert_eq!(page.objects[0].total_amt, Some(Decimal::new(1, 1)));
    let seen = server.seen();
    assert!(seen[0].body.contains(r#""Amount":100.10"#), "{}", seen[0].body);
    assert!(seen[1].line.contains("PaymentType%20%3D%20%27Check%27"), "{}", seen[1].line);
}
