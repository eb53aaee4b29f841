//! Which QuickBooks is meant: the addresses of production, of the sandbox, or of a simulator.

use url::Url;

use crate::entity::{PaymentType, Purchase};
use crate::{EntityKind, ObjectId, RealmId};

/// Every address the client uses. The values are those of Intuit's discovery documents
/// (<https://developer.intuit.com/.well-known/openid_configuration/>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Where a person consents; opened in a browser.
    pub authorize_url: Url,
    /// Where a code or a refresh token becomes a grant.
    pub token_url: Url,
    /// Where a grant ends.
    pub revoke_url: Url,
    /// What comes before `/v3/company/…`.
    pub api_url: Url,
    /// What comes before the pages of a company, `/invoice?txnId=…`.
    pub app_url: Url,
}

impl Endpoints {
    /// The real books of real companies.
    pub fn production() -> Self {
        Self::intuit("https://quickbooks.api.intuit.com", "https://app.qbo.intuit.com/app")
    }

    /// The sandbox companies of a developer account. OAuth is shared with production; the keys differ.
    pub fn sandbox() -> Self {
        Self::intuit(
            "https://sandbox-quickbooks.api.intuit.com",
            "https://app.sandbox.qbo.intuit.com/app",
        )
    }

    /// Everything on one host: a simulator.
    pub fn at(base: &Url) -> Self {
        Self {
            authorize_url: below(base, &["connect", "oauth2"]),
            token_url: below(base, &["oauth2", "v1", "tokens", "bearer"]),
            revoke_url: below(base, &["v2", "oauth2", "tokens", "revoke"]),
            api_url: base.clone(),
            app_url: below(base, &["app"]),
        }
    }

    /// The web page of an object, for a person; `None` where QuickBooks has no page for a single object.
    ///
    /// The form is that of Intuit's own sample application
    /// (<https://github.com/IntuitDeveloper/SampleApp-Projects-Java>); `companyId` makes it open in the right
    /// company when the person has several. A purchase opens as an expense; [`Endpoints::purchase_url`] knows better.
    pub fn object_url(&self, entity: EntityKind, id: &ObjectId, realm: &RealmId) -> Option<Url> {
        let (page, key) = match entity {
            EntityKind::Invoice => ("invoice", "txnId"),
            EntityKind::Payment => ("recvpayment", "txnId"),
            EntityKind::Customer => ("customerdetail", "nameId"),
            EntityKind::Vendor => ("vendordetail", "nameId"),
            EntityKind::Account => ("register", "accountId"),
            EntityKind::Bill => ("bill", "txnId"),
            EntityKind::BillPayment => ("billpayment", "txnId"),
            EntityKind::VendorCredit => ("vendorcredit", "txnId"),
            EntityKind::Purchase => ("expense", "txnId"),
            EntityKind::SalesReceipt => ("salesreceipt", "txnId"),
            EntityKind::CreditMemo => ("creditmemo", "txnId"),
            EntityKind::Deposit => ("deposit", "txnId"),
            EntityKind::JournalEntry => ("journal", "txnId"),
            EntityKind::CompanyInfo
            | EntityKind::Preferences
            | EntityKind::Item
            | EntityKind::Term
            | EntityKind::TaxCode
            | EntityKind::PaymentMethod
            | EntityKind::Class
            | EntityKind::Department => return None,
        };
        Some(self.page_url(page, key, id, realm))
    }

    /// The web page of a purchase, by the way it was paid: QuickBooks shows checks, expenses and money back on a card
    /// on pages of their own. `None` when the purchase has no id.
    pub fn purchase_url(&self, purchase: &Purchase, realm: &RealmId) -> Option<Url> {
        let page = match (&purchase.payment_type, purchase.credit) {
            (Some(PaymentType::Check), _) => "check",
            (Some(PaymentType::CreditCard), Some(true)) => "creditcardcredit",
            _ => "expense",
        };
        Some(self.page_url(page, "txnId", purchase.id.as_ref()?, realm))
    }

    /// `/v3/company/{realm}/…` with every segment percent-encoded, so that an id cannot leave its place.
    pub(crate) fn company_url(&self, realm: &RealmId, segments: &[&str]) -> Url {
        let url = below(&self.api_url, &["v3", "company", realm.as_str()]);
        below(&url, segments)
    }

    fn page_url(&self, page: &str, key: &str, id: &ObjectId, realm: &RealmId) -> Url {
        let mut url = below(&self.app_url, &[page]);
        url.query_pairs_mut()
            .append_pair(key, id.as_str())
            .append_pair("companyId", realm.as_str());
        url
    }

    fn intuit(api_url: &str, app_url: &str) -> Self {
        let parse = |text: &str| Url::parse(text).expect("the addresses above are well formed");
        Self {
            authorize_url: parse("https://appcenter.intuit.com/connect/oauth2"),
            token_url: parse("https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"),
            revoke_url: parse("https://developer.api.intuit.com/v2/oauth2/tokens/revoke"),
            api_url: parse(api_url),
            app_url: parse(app_url),
        }
    }
}

fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn realm() -> RealmId {
        RealmId::new("9341457021722202")
    }

    #[test]
    fn a_person_can_open_the_page_of_a_document() {
        let check = |endpoints: Endpoints, entity, expect: Option<&str>| {
            let url = endpoints.object_url(entity, &ObjectId::new("145"), &realm());
            assert_eq!(url.as_ref().map(Url::as_str), expect);
        };
        check(
            Endpoints::production(),
            EntityKind::Invoice,
            Some("https://app.qbo.intuit.com/app/invoice?txnId=145&companyId=9341457021722202"),
        );
        check(
            Endpoints::sandbox(),
            EntityKind::Payment,
            Some(
                "https://app.sandbox.qbo.intuit.com/app/recvpayment?txnId=145&companyId=9341457021722202",
            ),
        );
        check(
            Endpoints::at(&Url::parse("http://127.0.0.1:9400").unwrap()),
            EntityKind::Customer,
            Some("http://127.0.0.1:9400/app/customerdetail?nameId=145&companyId=9341457021722202"),
        );
        check(Endpoints::production(), EntityKind::Term, None);
    }

    #[test]
    fn every_kind_of_document_has_its_page() {
        let production = Endpoints::production();
        let check = |url: Option<Url>, expect: &str| {
            let expect =
                format!("https://app.qbo.intuit.com/app/{expect}=145&companyId=9341457021722202");
            assert_eq!(url.as_ref().map(Url::as_str), Some(expect.as_str()));
        };
        let page = |entity| production.object_url(entity, &ObjectId::new("145"), &realm());
        check(page(EntityKind::Vendor), "vendordetail?nameId");
        check(page(EntityKind::Bill), "bill?txnId");
        check(page(EntityKind::BillPayment), "billpayment?txnId");
        check(page(EntityKind::VendorCredit), "vendorcredit?txnId");
        check(page(EntityKind::Purchase), "expense?txnId");
        check(page(EntityKind::SalesReceipt), "salesreceipt?txnId");
        check(page(EntityKind::CreditMemo), "creditmemo?txnId");
        check(page(EntityKind::Deposit), "deposit?txnId");
        check(page(EntityKind::JournalEntry), "journal?txnId");
        assert_eq!([page(EntityKind::Class), page(EntityKind::Department)], [None, None]);

        let purchase = |payment_type: PaymentType, credit: Option<bool>| {
            let id = Some(ObjectId::new("145"));
            let purchase = Purchase { id, credit, ..Purchase::changes(payment_type) };
            production.purchase_url(&purchase, &realm())
        };
        check(purchase(PaymentType::Check, None), "check?txnId");
        check(purchase(PaymentType::Cash, None), "expense?txnId");
        check(purchase(PaymentType::CreditCard, Some(false)), "expense?txnId");
        check(purchase(PaymentType::CreditCard, Some(true)), "creditcardcredit?txnId");
        assert_eq!(production.purchase_url(&Purchase::default(), &realm()), None);
    }

    #[test]
    fn a_simulator_serves_everything_below_one_address() {
        let endpoints = Endpoints::at(&Url::parse("http://127.0.0.1:9400/books/").unwrap());
        assert_eq!(endpoints.authorize_url.as_str(), "http://127.0.0.1:9400/books/connect/oauth2");
        assert_eq!(
            endpoints.token_url.as_str(),
            "http://127.0.0.1:9400/books/oauth2/v1/tokens/bearer"
        );
        assert_eq!(
            endpoints.revoke_url.as_str(),
            "http://127.0.0.1:9400/books/v2/oauth2/tokens/revoke"
        );
        let url = endpoints.company_url(&realm(), &["invoice"]);
        assert_eq!(url.as_str(), "http://127.0.0.1:9400/books/v3/company/9341457021722202/invoice");
    }

    #[test]
    fn an_id_cannot_leave_its_path_segment() {
        let url = Endpoints::production().company_url(&realm(), &["invoice", "../customer?x=1#y"]);
        assert_eq!(url.path(), "/v3/company/9341457021722202/invoice/..%2Fcustomer%3Fx=1%23y");
        assert_eq!(url.query(), None);
    }
}
