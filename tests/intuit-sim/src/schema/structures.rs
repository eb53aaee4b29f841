//! The structures that members share: addresses, lines and their details, tax.

use std::{collections::HashMap, sync::LazyLock};

use super::{Members, parse};

/// Every structure by name.
pub(super) static STRUCTURES: LazyLock<HashMap<&'static str, Members>> = LazyLock::new(|| {
    TABLES
        .split("\n= ")
        .filter_map(|table| table.split_once('\n'))
        .map(|(name, members)| (name.trim(), parse(members)))
        .collect()
});

const TABLES: &str = "
= addr
Id text
Line1 text:500
Line2 text:500
Line3 text:500
Line4 text:500
Line5 text:500
City text:255
Country text:255
CountryCode text:255
County text:255
CountrySubDivisionCode text:255
PostalCode text:30
PostalCodeSuffix text:30
Lat text
Long text
Tag text
Note text

= email
Id text
Address text:100
Default bool
Tag text

= phone
Id text
DeviceType text
CountryCode text
AreaCode text
ExchangeCode text
Extension text
FreeFormNumber text:30
Default bool
Tag text

= web
Id text
URI text:1000
Default bool
Tag text

= memo
value text:1000
id text

= field
DefinitionId text
Name text
Type text
StringValue text
BooleanValue bool
DateValue date
NumberValue dec

= link
TxnId text
TxnType text
TxnLineId text

= billcheck
BankAccountRef ref
PrintStatus enum:NotSet|NeedToPrint|PrintComplete
CheckDetail any
PayeeAddr addr
BillPaymentCheckEx any

= billcard
CCAccountRef ref
CCDetail any
BillPaymentCreditCardEx any

= line
Id text
LineNum int
Description text:4000
Amount dec
Received dec
LinkedTxn [link]
DetailType enum:PaymentLineDetail|DiscountLineDetail|TaxLineDetail|SalesItemLineDetail|ItemBasedExpenseLineDetail|AccountBasedExpenseLineDetail|DepositLineDetail|JournalEntryLineDetail|GroupLineDetail|DescriptionOnly|SubTotalLineDetail|TDSLineDetail|ReimburseLineDetail|ItemAdjustmentLineDetail
SalesItemLineDetail sales
DiscountLineDetail discount
DescriptionLineDetail description
SubTotalLineDetail subtotal
GroupLineDetail group
TaxLineDetail taxline
PaymentLineDetail any
ItemBasedExpenseLineDetail itemexpense
AccountBasedExpenseLineDetail expense
DepositLineDetail depositline
JournalEntryLineDetail journal
CustomField [field]
LineEx any
ProjectRef ref
CustomExtensions any

= sales
ItemRef ref
ItemAccountRef ref
ClassRef ref
UnitPrice dec
RatePercent dec
PriceLevelRef ref
MarkupInfo any
Qty dec
UOMRef any
TaxCodeRef ref
TaxClassificationRef ref
ServiceDate date
TaxInclusiveAmt dec
DiscountRate dec
DiscountAmt dec
DeferredRevenue bool
RetainageAmount dec
SalesItemLineDetailEx any

= discount
DiscountRef ref
PercentBased bool
DiscountPercent dec
DiscountAccountRef ref
ServiceDate date
ClassRef ref
TaxCodeRef ref
DiscountLineDetailEx any

= description
ServiceDate date
TaxCodeRef ref
DescriptionLineDetailEx any

= subtotal
ItemRef ref
ServiceDate date

= group
GroupItemRef ref
Quantity dec
UOMRef any
ServiceDate date
Line [line]
GroupLineDetailEx any

= taxline
TaxRateRef ref
PercentBased bool
TaxPercent dec
NetAmountTaxable dec
TaxInclusiveAmount dec
OverrideDeltaAmount dec
ServiceDate date
TaxLineDetailEx any

= expense
AccountRef ref
CustomerRef ref
ClassRef ref
BillableStatus enum:Billable|NotBillable|HasBeenBilled
MarkupInfo any
TaxAmount dec
TaxCodeRef ref
TaxInclusiveAmt dec
ExpenseDetailLineDetailEx any

= itemexpense
ItemRef ref
ItemAccountRef ref
CustomerRef ref
ClassRef ref
BillableStatus enum:Billable|NotBillable|HasBeenBilled
UnitPrice dec
RatePercent dec
PriceLevelRef ref
MarkupInfo any
Qty dec
UOMRef any
TaxCodeRef ref
TaxInclusiveAmt dec
ItemBasedExpenseLineDetailEx any

= depositline
Entity ref
ClassRef ref
AccountRef ref
PaymentMethodRef ref
CheckNum text:21
TxnType text
TaxCodeRef ref
TaxApplicableOn enum:Sales|Purchase
DepositLineDetailEx any

= cashback
AccountRef ref
Amount dec
Memo text:4000

= journal
PostingType enum:Debit|Credit
Entity nameentity
AccountRef ref
ClassRef ref
DepartmentRef ref
TaxCodeRef ref
TaxRateRef ref
TaxApplicableOn enum:Sales|Purchase
TaxAmount dec
TaxInclusiveAmt dec
BillableStatus enum:Billable|NotBillable|HasBeenBilled
JournalCodeRef ref
JournalEntryLineDetailEx any

= nameentity
Type enum:Customer|Vendor|Employee
EntityRef ref

= tax
DefaultTaxCodeRef ref
TxnTaxCodeRef ref
TotalTax dec
TaxReviewStatus text
TaxLine [line]
UseAutomatedSalesTax bool
";
