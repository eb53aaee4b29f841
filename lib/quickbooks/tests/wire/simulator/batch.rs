//! Batches against books: each item by itself, and the whole answer once more.

use super::*;
use quickbooks::entity::Payment;
use quickbooks::{Batch, ItemId};

#[tokio::test]
async fn a_batch_is_performed_once_and_answered_as_often_as_it_is_sent() {
    let books = Books::connected().await;
    let invoice = books.invoice("Ann").await;
    let customer = invoice.customer_ref.clone().unwrap();
    let payment = Payment::from_customer(&customer.value, Decimal::new(500, 2), []);
    let paid: Payment = books.write(&Write::create(request_id("Ann", "payment"), &payment)).await;
    let (paid, token) = (paid.id.unwrap(), paid.sync_token.unwrap());
    let changes = Invoice { private_note: Some("x".to_owned()), ..Invoice::default() };
    let (id, current) = (invoice.id.unwrap(), invoice.sync_token.unwrap());
    let of = |step: &str| request_id("Ann", step);
    let writes = [
        Write::create(of("1"), &Customer::named("Bob")),
        Write::create(of("2"), &Customer::named("Ann")),
        Write::void::<Payment>(of("3"), &paid, &token),
        Write::sparse_update(of("4"), &id, &current, &changes),
    ];
    let ids: Vec<ItemId> =
        (1..=writes.len()).map(|number| ItemId::new(number.to_string()).unwrap()).collect();
    let batch = Batch::new(of("batch"), ids.iter().zip(&writes)).unwrap();
    let first = books.client.batch(&books.access, &batch).await.unwrap();
    let again = books.client.batch(&books.access, &batch).await.unwrap();
    let ends = |answer: &quickbooks::BatchAnswer| -> Vec<Result<ObjectId, Class>> {
        let of = |(id, write)| answer.of(id, write).map(|it| it.id).map_err(|it| it.class());
        ids.iter().zip(&writes).map(of).collect()
    };
    assert_eq!(ends(&first), ends(&again));
    assert_eq!(ends(&first)[1], Err(Class::DuplicateName));
    assert_eq!((&ends(&first)[2], &ends(&first)[3]), (&Ok(paid.clone()), &Ok(id)));
    let voided: Payment = books.client.read(&books.access, &paid).await.unwrap();
    assert_eq!(voided.total_amt, Some(Decimal::ZERO));
    let named = Query::<Customer>::new().filter(Customer::DISPLAY_NAME, Op::Eq, "Bob");
    let made = books.client.query(&books.access, &named).await.unwrap();
    assert_eq!(made.objects.len(), 1);
}

#[tokio::test]
async fn an_item_that_the_answer_lacks_is_uncertain_and_the_others_are_not() {
    let books = Books::connected().await;
    let omit = json!({"entity": "Customer", "action": {"kind": "omit"}});
    books.script(omit).await;
    let writes =
        ["Ann", "Bob"].map(|name| Write::create(request_id(name, "1"), &Customer::named(name)));
    let ids = ["1", "2"].map(|id| ItemId::new(id).unwrap());
    let batch = Batch::new(request_id("both", "batch"), ids.iter().zip(&writes)).unwrap();
    let answer = books.client.batch(&books.access, &batch).await.unwrap();
    assert_eq!(answer.of(&ids[0], &writes[0]).unwrap_err().class(), Class::Uncertain);
    assert!(answer.of(&ids[1], &writes[1]).is_ok());
}
