//! Links: one QuickBooks object stands for one host object.

use std::collections::BTreeSet;

use aws::table::{Claim, Keys};
use domain::id::CompanyId;
use domain::link::Link;

use crate::support::{Stack, company, link};

#[tokio::test]
async fn an_object_is_linked_once_and_the_link_can_be_claimed_again() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let ann = link("A1", "58");
    let renamed = Link { name: "Ann B. Agent".to_owned(), ..ann.clone() };
    for link in [&ann, &renamed] {
        assert_eq!(table.claim_link(tenant, link).await.unwrap(), Claim::Done);
    }
    for other in [link("A2", "58"), link("A1", "59")] {
        let claim = table.claim_link(tenant, &other).await.unwrap();
        assert_eq!(claim, Claim::TakenBy(ann.key.clone()), "{other:?}");
    }
    // Another company has objects of its own under the same ids.
    let elsewhere = Link { company: CompanyId::parse("4621").unwrap(), ..link("A2", "58") };
    assert_eq!(table.claim_link(tenant, &elsewhere).await.unwrap(), Claim::Done);

    let links = BTreeSet::from([ann.key.clone(), link("A2", "58").key]);
    let keys = Keys { company: Some(company()), links, ..Keys::default() };
    let loaded = table.load(tenant, &keys).await.unwrap().links;
    assert_eq!(loaded.into_values().collect::<Vec<_>>(), [renamed]);
    let nowhere = Keys { company: None, ..keys };
    assert!(table.load(tenant, &nowhere).await.unwrap().links.is_empty());
}
