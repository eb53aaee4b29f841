//! The chart of accounts.

use rust_decimal::Decimal;

use super::{Draft, EntityType, Kind, LIST, currency, draft::reference_to, names};
use crate::{
    api::Fault,
    json::{Object, amount_or_zero, default, flag, set, text},
    ledger::{Ledger, Pool, Sequence},
};

pub(super) static ACCOUNT: EntityType = EntityType {
    kind: Kind::Account,
    name: "Account",
    table: TABLE,
    sequence: Some(Sequence::Accounts),
    prepare,
    index: |object| {
        text(object, "FullyQualifiedName")
            .map(|name| (Pool::Accounts, name.to_owned()))
            .into_iter()
            .collect()
    },
    ..LIST
};

const TABLE: &str = "
Name text:100 q need
AcctNum text:20 q
Description text:100 q
FullyQualifiedName text q ro
Active bool q
SubAccount bool q ro
ParentRef ref
Classification text q ro
AccountType text q keep
AccountSubType text q keep
AccountAlias text
TxnLocationType text
CurrentBalance dec q ro
CurrentBalanceWithSubAccounts dec ro
CurrencyRef ref keep
TaxCodeRef ref
BankNum text
OnlineBankingEnabled bool ro
FIName text
Level int ro
AccountEx any ro
";

/// Type, classification and the subtype that a new account gets when it names none.
const TYPES: [(&str, &str, &str); 15] = [
    ("Bank", "Asset", "CashOnHand"),
    ("Accounts Receivable", "Asset", "AccountsReceivable"),
    ("Other Current Asset", "Asset", "OtherCurrentAssets"),
    ("Fixed Asset", "Asset", "FurnitureAndFixtures"),
    ("Other Asset", "Asset", "OtherLongTermAssets"),
    ("Accounts Payable", "Liability", "AccountsPayable"),
    ("Credit Card", "Liability", "CreditCard"),
    ("Other Current Liability", "Liability", "OtherCurrentLiabilities"),
    ("Long Term Liability", "Liability", "OtherLongTermLiabilities"),
    ("Equity", "Equity", "OwnersEquity"),
    ("Income", "Revenue", "SalesOfProductIncome"),
    ("Cost of Goods Sold", "Expense", "SuppliesMaterialsCogs"),
    ("Expense", "Expense", "OtherMiscellaneousServiceCost"),
    ("Other Income", "Revenue", "OtherMiscellaneousIncome"),
    ("Other Expense", "Expense", "OtherMiscellaneousExpense"),
];

/// Every subtype QuickBooks knows, one a line.
const SUBTYPES: &str = include_str!("../../seed/account_subtypes.txt");

/// Accounts that post to the balance sheet show a balance; the others always show zero.
pub(crate) fn is_on_balance_sheet(account: &Object) -> bool {
    matches!(text(account, "Classification"), Some("Asset" | "Liability" | "Equity"))
}

/// The account that QuickBooks itself uses for a purpose.
pub(crate) fn system_account(ledger: &Ledger, subtype: &str) -> String {
    let found =
        ledger.all(Kind::Account).find(|account| text(account, "AccountSubType") == Some(subtype));
    found.and_then(|account| text(account, "Id")).unwrap_or_default().to_owned()
}

/// Settles `APAccountRef` of what is owed to or paid to vendors.
pub(super) fn payable(draft: &mut Draft<'_>) -> Result<(), Fault> {
    if let Some(found) = draft.refer("APAccountRef", Kind::Account)? {
        return of_type(found, "APAccountRef", &["Accounts Payable"]);
    }
    let usual = system_account(draft.ledger, "AccountsPayable");
    if let Some(usual) = draft.ledger.get(Kind::Account, &usual) {
        set(&mut draft.object, "APAccountRef", reference_to(Kind::Account, usual));
    }
    Ok(())
}

/// Refuses an account whose type the member does not take.
pub(super) fn of_type(account: &Object, member: &str, types: &[&str]) -> Result<(), Fault> {
    let fits = text(account, "AccountType").is_some_and(|kind| types.contains(&kind));
    if fits { Ok(()) } else { Err(Fault::wrong_account(member, &types.join(" or "))) }
}

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let name = text(&draft.object, "Name").unwrap_or_default().trim().to_owned();
    if name.contains(['"', ':'])
        || text(&draft.object, "AcctNum").is_some_and(|number| number.contains(':'))
    {
        return Err(Fault::invalid_characters("Name"));
    }
    if name.is_empty() {
        return Err(Fault::missing("Name"));
    }
    set(&mut draft.object, "Name", name);
    let (kind, classification) = classify(draft)?;
    names::place(draft, Kind::Account)?;
    if let Some(parent) = draft.refer("ParentRef", Kind::Account)?
        && text(parent, "AccountType") != Some(kind)
    {
        return Err(Fault::account_type("A sub-account must have the type of its parent account."));
    }
    let full = text(&draft.object, "FullyQualifiedName").unwrap_or_default().to_owned();
    draft.unique(Pool::Accounts, &full, "account")?;
    currency::settle(draft, None)?;
    let is_sub = draft.object.contains_key("ParentRef");
    let object = &mut draft.object;
    set(object, "SubAccount", is_sub);
    set(object, "Classification", classification);
    default(object, "Active", true);
    default(object, "CurrentBalance", 0);
    default(object, "CurrentBalanceWithSubAccounts", 0);
    object.remove("Level");
    may_be_inactive(draft)
}

/// The accounts that QuickBooks itself posts to.
const SYSTEM: [&str; 5] = [
    "AccountsReceivable",
    "AccountsPayable",
    "UndepositedFunds",
    "RetainedEarnings",
    "OpeningBalanceEquity",
];

/// Whether QuickBooks itself posts to an account.
pub(crate) fn is_of_system(ledger: &Ledger, id: &str) -> bool {
    SYSTEM.iter().any(|subtype| system_account(ledger, subtype) == id)
}

/// An account in use by QuickBooks stays active; one with a balance only a person makes inactive.
fn may_be_inactive(draft: &Draft<'_>) -> Result<(), Fault> {
    let object = &draft.object;
    if flag(object, "Active") != Some(false) {
        return Ok(());
    }
    if draft.id().is_some_and(|id| is_of_system(draft.ledger, id)) {
        return Err(Fault::business("This account is used by QuickBooks and cannot be deleted."));
    }
    if draft.options.by_app() && amount_or_zero(object, "CurrentBalance") != Decimal::ZERO {
        return Err(Fault::business("This account has a balance and cannot be made inactive."));
    }
    Ok(())
}

/// The type and classification; one of type and subtype is enough.
fn classify(draft: &mut Draft<'_>) -> Result<(&'static str, &'static str), Fault> {
    let kind = text(&draft.object, "AccountType");
    let subtype = text(&draft.object, "AccountSubType");
    if let Some(subtype) = subtype
        && !SUBTYPES.lines().any(|known| known == subtype)
    {
        return Err(Fault::invalid_enumeration("AccountSubType", subtype));
    }
    let row = match (kind, subtype) {
        (Some(kind), _) => TYPES
            .iter()
            .find(|(name, _, _)| *name == kind)
            .ok_or_else(|| Fault::invalid_enumeration("AccountType", kind))?,
        (None, Some(subtype)) => {
            TYPES.iter().find(|(_, _, usual)| *usual == subtype).ok_or_else(|| {
                Fault::account_type("AccountType is required for this AccountSubType.")
            })?
        }
        (None, None) => {
            return Err(Fault::account_type("AccountType or AccountSubType is required."));
        }
    };
    let (kind, classification, usual) = *row;
    set(&mut draft.object, "AccountType", kind);
    default(&mut draft.object, "AccountSubType", usual);
    Ok((kind, classification))
}
