//! Function billing-invoice: bills become invoices, paid bills paid invoices. (A3, A9, S0-12…14, S1-20…23)

use e2e::Tenant;
use e2e::books::{metered, outline};
use e2e::records::{bill, paid};

#[tokio::test]
async fn an_unpaid_bill_becomes_one_open_invoice_and_again_makes_no_call() {
    // S0-01, S0-18, S0-20, S1-20, S1-21
    let tenant = Tenant::warmed_up().await;
    let mark = tenant.mark().await;
    let created = tenant.put_bill("B1", &bill(1, "B-1", "125.00")).await.posted();
    assert_eq!(created.outcome(), "created");
    assert_eq!(created.object("Invoice")["balance"], "125.00");
    let calls = tenant.calls_since(mark).await;
    assert_eq!((outline(&calls), metered(&calls)), (vec!["Invoice create".to_owned()], 0));

    let mark = tenant.mark().await;
    let again = tenant.put_bill("B1", &bill(1, "B-1", "125.00")).await.posted();
    assert_eq!((again.outcome(), again.id("Invoice")), ("unchanged", created.id("Invoice")));
    assert_eq!(outline(&tenant.calls_since(mark).await), Vec::<String>::new());
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    tenant.assert_balanced().await;
}

#[tokio::test]
async fn a_paid_bill_becomes_a_paid_invoice_in_one_action() {
    // S0-17, S1-23, S1-15
    let tenant = Tenant::warmed_up().await;
    let mark = tenant.mark().await;
    let created = tenant.put_bill("B1", &paid(bill(1, "B-1", "125.00"))).await.posted();
    assert_eq!(created.object("Invoice")["balance"], "0.00");
    let calls = tenant.calls_since(mark).await;
    assert_eq!(
        (outline(&calls), metered(&calls)),
        (vec!["Invoice create".to_owned(), "Payment create".to_owned()], 0)
    );
    let invoice = &tenant.invoices("B-1").await[0];
    assert_eq!(invoice["Balance"].to_string(), "0");
    tenant.assert_balanced().await;
}
