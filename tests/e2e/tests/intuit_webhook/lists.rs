//! What bookkeepers do to lists: links follow their objects, and workflows say what they cannot use before the next posting
//! fails.

use e2e::books::{metered, outline};
use e2e::records::{Disbursement, bill_of};
use e2e::webhook::{Format, Told};
use e2e::workflows::{BILLING, COMMISSIONS};
use e2e::{Answer, Tenant, until};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

/// Template whose choice of account goes away.
const EXPENSE: &str = "agent_expense_bill";

/// Whom a link may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Party {
    /// An agent who is billed.
    Customer,
    /// A payee.
    Vendor,
}

impl Party {
    const BOTH: [Self; 2] = [Self::Customer, Self::Vendor];

    fn entity(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Vendor => "Vendor",
        }
    }

    /// As addresses have it.
    fn word(self) -> String {
        self.entity().to_lowercase()
    }

    /// A tenant that posts such.
    async fn tenant(self) -> Tenant {
        match self {
            Self::Customer => Tenant::connected().await,
            Self::Vendor => Tenant::billing_vendors().await,
        }
    }

    /// How the records call agent A1.
    fn name_of_a1(self) -> &'static str {
        match self {
            Self::Customer => "Agent A1",
            Self::Vendor => "Ann Smith",
        }
    }

    /// Posts a record of an agent, as far as it comes.
    async fn post(self, tenant: &Tenant, id: &str, agent: &str) -> Answer {
        match self {
            Self::Customer => tenant.put_bill(id, &bill_of(agent, 1, id, "10.00")).await,
            Self::Vendor => {
                let name = if agent == "A1" { "Ann Smith" } else { "Ben Jones" };
                let record = Disbursement::simple(1, id, "100.00", "50.00")
                    .with("/agents/0/id", json!(agent))
                    .with("/agents/0/name", json!(name));
                tenant.put_disbursement(id, &record.value()).await
            }
        }
    }

    async fn becomes(self, tenant: &Tenant, id: &str, state: &str) -> Answer {
        match self {
            Self::Customer => tenant.bill_becomes(id, state).await,
            Self::Vendor => tenant.disbursement_becomes(id, state).await,
        }
    }

    /// Posts a record to its end.
    async fn posted(self, tenant: &Tenant, id: &str, agent: &str) {
        self.post(tenant, id, agent).await;
        self.becomes(tenant, id, "posted").await;
    }

    /// The link of an agent.
    async fn link(self, tenant: &Tenant, agent: &str) -> Value {
        let shown = tenant.ask(&format!("links/{}/{agent}", self.word())).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        shown.body["link"].clone()
    }

    /// To which object an agent is linked.
    async fn linked(self, tenant: &Tenant, agent: &str) -> String {
        let link = self.link(tenant, agent).await;
        link["object_id"].as_str().unwrap_or_else(|| panic!("{link}")).to_owned()
    }

    /// An entry that the bookkeeper makes.
    async fn made_by_hand(self, tenant: &Tenant, name: &str) -> String {
        let made = tenant.bookkeeper(&self.word(), json!({"DisplayName": name})).await;
        made[self.entity()]["Id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    /// The bookkeeper merges one into another; what Intuit says of it.
    async fn merged(self, tenant: &Tenant, loser: &str, into: &str) -> Told {
        let form = json!({"into": into});
        tenant.bookkeeper_does_with("merge", &self.word(), loser, form).await;
        Told { loser: Some(loser.to_owned()), ..tenant.told(self.entity(), into, "Merge").await }
    }

    /// Who is on the last document of a record.
    async fn on_document(self, tenant: &Tenant, id: &str) -> Value {
        match self {
            Self::Customer => tenant.invoices(id).await[0]["CustomerRef"]["value"].clone(),
            Self::Vendor => {
                let posted = tenant.disbursement(id).await;
                let bill =
                    posted.expense("A1")["objects"][0]["id"].as_str().expect("a bill").to_owned();
                tenant.object("bill", &bill).await["VendorRef"]["value"].clone()
            }
        }
    }
}

/// A tenant whose agent A1 is linked, some time ago, and to what.
async fn linked(party: Party) -> (Tenant, String) {
    let tenant = party.tenant().await;
    party.posted(&tenant, "R-1", "A1").await;
    let object = party.linked(&tenant, "A1").await;
    tenant.advance(60).await;
    (tenant, object)
}

/// Asserts that a record waits for a link that cannot be used, and that it costs QuickBooks nothing.
async fn assert_waits(party: Party, tenant: &Tenant, id: &str) {
    let mark = tenant.mark().await;
    party.post(tenant, id, "A1").await;
    let waits = party.becomes(tenant, id, "blocked").await;
    assert_eq!(waits.code(), "link_unusable", "{}", waits.body);
    let remedy = waits.body["posting"]["reason"]["remedy"].as_str().unwrap_or_default();
    assert!(!remedy.is_empty(), "{}", waits.body);
    let calls = outline(&tenant.calls_since(mark).await);
    assert!(calls.iter().all(|call| call.starts_with("Invoice")), "only the income: {calls:?}");
}

/// A rename costs one look, changes the link's name, and nothing else.
#[tokio::test]
async fn a_renamed_entry_gives_its_link_another_name() {
    join_all(Party::BOTH.map(async |party| {
        let (tenant, object) = linked(party).await;
        let form = json!({"name": "Ann Smith-Jones"});
        tenant.bookkeeper_does_with("rename", &party.word(), &object, form).await;
        let mark = tenant.mark().await;
        let told = tenant.told(party.entity(), &object, "Update").await;
        tenant.is_told(&told, Format::CloudEvents).await;
        let link = party.link(&tenant, "A1").await;
        assert_eq!(
            (&link["object_id"], &link["name"]),
            (&json!(object), &json!("Ann Smith-Jones"))
        );
        assert_eq!(metered(&tenant.calls_since(mark).await), 1, "{party:?}");
        party.posted(&tenant, "R-2", "A1").await;
        assert_eq!(party.on_document(&tenant, "R-2").await, object);
    }))
    .await;
}

/// A notice that comes late, of a change that was made before the entry was found by its name, is no news. So it is also
/// when the change was ours, and the answer to it was lost.
#[tokio::test]
async fn what_was_told_before_an_entry_was_found_costs_nothing() {
    join_all(Party::BOTH.map(async |party| {
        let tenant = party.tenant().await;
        let object = party.made_by_hand(&tenant, party.name_of_a1()).await;
        let told = tenant.told(party.entity(), &object, "Create").await;
        tenant.advance(60).await;
        party.posted(&tenant, "R-1", "A1").await;
        assert_eq!(party.linked(&tenant, "A1").await, object, "{party:?}");
        let mark = tenant.mark().await;
        tenant.is_told(&told, Format::CloudEvents).await;
        assert!(tenant.journal(mark).await.is_empty(), "{party:?}");
    }))
    .await;
}

/// Entries that no link leads to are nobody's business.
#[tokio::test]
async fn entries_that_nothing_leads_to_cost_nothing() {
    join_all(Party::BOTH.map(async |party| {
        let (tenant, _) = linked(party).await;
        let other = party.made_by_hand(&tenant, "Somebody Else").await;
        let mark = tenant.mark().await;
        for (id, operation) in [(other.as_str(), "Create"), (&other, "Update"), ("1", "Delete")] {
            let told = tenant.told(party.entity(), id, operation).await;
            tenant.is_told(&told, Format::Classic).await;
        }
        assert!(tenant.journal(mark).await.is_empty(), "{party:?}");
    }))
    .await;
}

/// Made inactive: postings wait with a reason before QuickBooks refuses them; made active again, they go on by themselves.
/// However Intuit calls it.
#[tokio::test]
async fn an_entry_made_inactive_holds_postings_until_it_is_active_again() {
    let cases = Party::BOTH.into_iter().flat_map(|party| {
        [("Delete", Format::CloudEvents), ("Update", Format::Classic)].map(|how| (party, how))
    });
    join_all(cases.map(async |(party, (operation, format))| {
        let (tenant, object) = linked(party).await;
        tenant.bookkeeper_does("inactivate", &party.word(), &object).await;
        let told = tenant.told(party.entity(), &object, operation).await;
        tenant.is_told(&told, format).await;
        assert_waits(party, &tenant, "R-2").await;
        tenant.advance(60).await;
        tenant.bookkeeper_does("reactivate", &party.word(), &object).await;
        let told = tenant.told(party.entity(), &object, "Update").await;
        tenant.is_told(&told, format).await;
        party.becomes(&tenant, "R-2", "posted").await;
        assert_eq!(party.on_document(&tenant, "R-2").await, object, "{party:?}");
        tenant.comes_to_rest().await;
        let story = tenant.story().await;
        for action in ["link_broken", "link_mended"] {
            let told = story.iter().filter(|line| line.starts_with(action)).count();
            assert_eq!(told, 1, "{action}: {story:?}");
        }
    }))
    .await;
}

/// Merged into an entry that stands for nobody: the link follows, whether Intuit names the loser or not.
#[tokio::test]
async fn a_merge_takes_the_link_along() {
    let cases = Party::BOTH
        .into_iter()
        .flat_map(|party| Format::ALL.map(|format| (party, format, true)))
        .chain(Party::BOTH.map(|party| (party, Format::CloudEvents, false)));
    join_all(cases.map(async |(party, format, is_named)| {
        let (tenant, object) = linked(party).await;
        let survivor = party.made_by_hand(&tenant, "Ann Smith the Elder").await;
        let told = party.merged(&tenant, &object, &survivor).await;
        let loser = told.loser.clone().filter(|_| is_named);
        let mark = tenant.mark().await;
        tenant.is_told(&Told { loser, ..told }, format).await;
        // Who was merged away has to be found out where it was not told.
        let reads = if is_named { 1 } else { 2 };
        assert_eq!(metered(&tenant.calls_since(mark).await), reads, "{party:?} {format:?}");
        let link = party.link(&tenant, "A1").await;
        let expected = (&json!(survivor), &json!("Ann Smith the Elder"));
        assert_eq!(
            (&link["object_id"], &link["name"]),
            expected,
            "{party:?} {format:?} {is_named}"
        );
        party.posted(&tenant, "R-2", "A1").await;
        assert_eq!(party.on_document(&tenant, "R-2").await, survivor);
        tenant.assert_balanced().await;
    }))
    .await;
}

/// Merged into an entry that stands for another agent: nothing is guessed, an admin decides.
#[tokio::test]
async fn a_merge_into_another_agents_entry_waits_for_an_admin() {
    let cases = Party::BOTH.into_iter().flat_map(|party| [true, false].map(|named| (party, named)));
    join_all(cases.map(async |(party, is_named)| {
        let (tenant, object) = linked(party).await;
        party.posted(&tenant, "R-0", "A2").await;
        let taken = party.linked(&tenant, "A2").await;
        tenant.advance(60).await;
        let told = party.merged(&tenant, &object, &taken).await;
        let loser = told.loser.clone().filter(|_| is_named);
        tenant.is_told(&Told { loser, ..told }, Format::CloudEvents).await;
        assert_eq!(party.linked(&tenant, "A2").await, taken);
        assert_waits(party, &tenant, "R-2").await;
        party.posted(&tenant, "R-3", "A2").await;
        let free = party.made_by_hand(&tenant, "Ann Smith again").await;
        let path = tenant.path(&format!("links/{}/A1", party.word()));
        let body = json!({"object_id": free});
        let led = tenant.call("settings", Method::PUT, &path, Some(&body)).await;
        assert_eq!(led.status, 200, "{}", led.body);
        party.becomes(&tenant, "R-2", "posted").await;
        assert_eq!(party.on_document(&tenant, "R-2").await, free, "{party:?} {is_named}");
        tenant.comes_to_rest().await;
    }))
    .await;
}

/// S2-23: what a workflow chose goes away: the workflow says so before any posting tries, and goes on with it again.
#[tokio::test]
async fn a_chosen_account_that_goes_away_is_told_before_the_next_posting() {
    let tenant = Tenant::billing_vendors().await;
    tenant.webhooks_on().await;
    tenant.advance(60).await;
    tenant.bookkeeper_does("inactivate", "account", COMMISSIONS).await;
    let problem = until("the workflow to say it", async || {
        let shown = tenant.workflow(EXPENSE).await.body["workflow"]["problem"].clone();
        (!shown.is_null()).then_some(shown)
    })
    .await;
    assert_eq!(problem["code"], "choice_unusable");
    let income = tenant.workflow("brokerage_income_invoice").await;
    assert!(income.body["workflow"]["problem"].is_null(), "{}", income.body);
    let mark = tenant.mark().await;
    let record = Disbursement::simple(1, "D-1", "100.00", "50.00").value();
    tenant.put_disbursement("D1", &record).await;
    let waits = tenant.disbursement_becomes("D1", "blocked").await;
    assert_eq!(waits.code(), "choice_unusable", "{}", waits.body);
    let calls = outline(&tenant.calls_since(mark).await);
    assert!(
        !calls.iter().any(|call| call.starts_with("Bill")),
        "nothing is tried in vain: {calls:?}"
    );
    tenant.advance(60).await;
    tenant.bookkeeper_does("reactivate", "account", COMMISSIONS).await;
    tenant.disbursement_becomes("D1", "posted").await;
    tenant.all_told().await;
    assert!(tenant.workflow(EXPENSE).await.body["workflow"]["problem"].is_null());
    tenant.comes_to_rest().await;
}

/// A chosen account that is called otherwise now is shown so, and stays chosen.
#[tokio::test]
async fn a_chosen_account_that_is_renamed_stays_chosen_under_its_new_name() {
    let tenant = Tenant::connected().await;
    tenant.advance(60).await;
    let form = json!({"name": "Consulting"});
    tenant.bookkeeper_does_with("rename", "account", e2e::INCOME, form).await;
    let told = tenant.told("Account", e2e::INCOME, "Update").await;
    tenant.is_told(&told, Format::Classic).await;
    let shown = tenant.workflow(BILLING).await.body["workflow"].clone();
    let account = &shown["configuration"]["income_account"];
    assert_eq!(
        (&account["id"], &account["name"]),
        (&json!(e2e::INCOME), &json!("Consulting")),
        "{shown}"
    );
    assert!(shown["problem"].is_null(), "{shown}");
}

/// What Intuit forgot to tell shows in the next pull.
#[tokio::test]
async fn a_change_of_lists_that_was_not_told_is_found_by_the_next_pull() {
    let party = Party::Vendor;
    let tenant = Tenant::pulling().await;
    party.posted(&tenant, "R-1", "A1").await;
    let object = party.linked(&tenant, "A1").await;
    tenant.advance(60).await;
    tenant.bookkeeper_does("inactivate", "vendor", &object).await;
    tenant.pull().await;
    assert_waits(party, &tenant, "R-2").await;
    tenant.bookkeeper_does("inactivate", "account", COMMISSIONS).await;
    tenant.pull().await;
    let problem = &tenant.workflow(EXPENSE).await.body["workflow"]["problem"];
    assert_eq!(problem["code"], "choice_unusable");
    tenant.advance(60).await;
    tenant.bookkeeper_does("reactivate", "vendor", &object).await;
    tenant.bookkeeper_does("reactivate", "account", COMMISSIONS).await;
    tenant.pull().await;
    party.becomes(&tenant, "R-2", "posted").await;
    tenant.comes_to_rest().await;
}
