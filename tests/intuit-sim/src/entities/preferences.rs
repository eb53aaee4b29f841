//! The company's preferences, derived from its switches.

use serde_json::json;

use super::{EntityType, Kind, READ_ONLY, currency};
use crate::{company::Company, json::Object, switches::SalesTax};

pub(super) static PREFERENCES: EntityType = EntityType {
    kind: Kind::Preferences,
    name: "Preferences",
    table: "
AccountingInfoPrefs any
ProductAndServicesPrefs any
SalesFormsPrefs any
EmailMessagesPrefs any
VendorAndPurchasesPrefs any
TimeTrackingPrefs any
TaxPrefs any
CurrencyPrefs any
ReportPrefs any
OtherPrefs any
",
    derived: Some(derived),
    ..READ_ONLY
};

fn derived(company: &Company) -> Object {
    let switches = &company.switches;
    let mut accounting = json!({
        "FirstMonthOfFiscalYear": "January", "UseAccountNumbers": false, "TaxYearMonth": "January", "ClassTrackingPerTxn": false,
        "ClassTrackingPerTxnLine": false, "TrackDepartments": false, "CustomerTerminology": "Customers", "DepartmentTerminology": "Location", "TaxForm": "6"
    });
    if let Some(closed) = switches.book_close_date {
        accounting["BookCloseDate"] = json!(closed.to_string());
    }
    let mut tax = json!({"UsingSalesTax": switches.sales_tax != SalesTax::Off, "TaxGroupCodeRef": {"value": "2"}});
    if switches.sales_tax == SalesTax::Automated {
        tax["PartnerTaxEnabled"] = json!(true);
    }
    let created = company.clock.created_stamp();
    let object = json!({
        "AccountingInfoPrefs": accounting,
        "ProductAndServicesPrefs": {"ForSales": true, "ForPurchase": true, "QuantityWithPriceAndRate": true, "QuantityOnHand": true, "RevenueRecognitionEnabled": false},
        "SalesFormsPrefs": {
            "CustomField": [], "CustomTxnNumbers": switches.custom_txn_numbers, "AllowDeposit": true, "AllowDiscount": true, "DefaultDiscountAccount": "86",
            "AllowEstimates": true, "AllowServiceDate": false, "AllowShipping": false, "AutoApplyCredit": true, "AutoApplyPayments": true,
            "DefaultTerms": {"value": "3"}, "DefaultCustomerMessage": "Thank you for your business and have a great day!", "EmailCopyToCompany": false,
            "ETransactionPaymentEnabled": false, "ETransactionEnabledStatus": "NotApplicable", "ETransactionAttachPDF": false,
            "UsingPriceLevels": false, "UsingProgressInvoicing": false
        },
        "EmailMessagesPrefs": {},
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": true, "BillableExpenseTracking": true, "POCustomField": []},
        "TimeTrackingPrefs": {"UseServices": true, "BillCustomers": true, "ShowBillRateToAll": false, "WorkWeekStartDate": "Monday", "MarkTimeEntriesBillable": true},
        "TaxPrefs": tax,
        "CurrencyPrefs": {"HomeCurrency": {"value": currency::home(&company.profile.country)}, "MultiCurrencyEnabled": switches.multicurrency},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": false},
        "OtherPrefs": {"NameValue": [
            {"Name": "SalesFormsPrefs.DefaultItem", "Value": "1"}, {"Name": "UncategorizedIncomeAccountId", "Value": "30"},
            {"Name": "WarnDuplicateCheckNumber", "Value": switches.warn_duplicate_check_numbers.to_string()},
            {"Name": "WarnDuplicateBillNumber", "Value": switches.warn_duplicate_bill_numbers.to_string()},
            {"Name": "WarnDuplicateJournalNumber", "Value": switches.warn_duplicate_journal_numbers.to_string()}, {"Name": "DateFormatMnemonic", "Value": "%mm%/%dd%/%yyyy%"}
        ]},
        "domain": "QBO", "sparse": false, "Id": "1", "SyncToken": "0", "MetaData": {"CreateTime": created, "LastUpdatedTime": created}
    });
    object.as_object().cloned().unwrap_or_default()
}
