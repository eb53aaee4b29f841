//! Copies of lists: of any length, replaced as a whole, each tenant's and company's own.

use domain::id::{CompanyId, ObjectId};
use domain::list::{Entry, List, ListCopy};

use crate::support::{Stack, company, later, now};

fn copy(count: usize) -> ListCopy {
    let entry = |number: usize| Entry {
        id: ObjectId::parse(&number.to_string()).unwrap(),
        name: format!("{number:0>400}"),
        full_name: format!("{number:0>400}"),
        active: true,
        kind: Some("Service".to_owned()),
        classification: None,
        email: None,
        currency: None,
        sellable: true,
    };
    ListCopy {
        company: company(),
        list: List::Items,
        fetched_at: now(),
        note: None,
        entries: (0..count).map(entry).collect(),
    }
}

#[tokio::test]
async fn a_list_comes_back_as_it_was_stored_last() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    assert_eq!(table.list_copy(tenant, &company(), List::Items).await.unwrap(), None);
    let note = Some("This edition has none.".to_owned());
    // The longest takes several items, and more than one page of a query.
    for stored in [
        copy(1500),
        ListCopy { fetched_at: later(1), ..copy(3) },
        ListCopy { note, ..copy(0) },
        copy(1),
    ] {
        table.put_list_copy(tenant, &stored).await.unwrap();
        let found = table.list_copy(tenant, &company(), List::Items).await.unwrap();
        assert_eq!(found, Some(stored));
    }
    let elsewhere = CompanyId::parse("4621").unwrap();
    assert_eq!(table.list_copy(tenant, &elsewhere, List::Items).await.unwrap(), None);
    assert_eq!(table.list_copy(tenant, &company(), List::Terms).await.unwrap(), None);
}
