//! Products, services and the categories they are in.

use serde_json::json;

use super::{Draft, EntityType, Kind, LIST, account, names};
use crate::{
    api::Fault,
    json::{default, flag, set, text},
    ledger::{Pool, Sequence},
};

pub(super) static ITEM: EntityType = EntityType {
    kind: Kind::Item,
    name: "Item",
    table: TABLE,
    sequence: Some(Sequence::Items),
    prepare,
    index: |object| {
        text(object, "Name").map(|name| (Pool::Items, name.to_owned())).into_iter().collect()
    },
    ..LIST
};

const TABLE: &str = "
Name name:100 q need
Sku text:100 q
Description text:4000 q
Active bool q
SubItem bool
ParentRef ref
Level int ro
FullyQualifiedName text q ro
Taxable bool q
SalesTaxIncluded bool
UnitPrice dec q
RatePercent dec
Type enum:Service|NonInventory|Inventory|Category|Group|Bundle q keep
IncomeAccountRef ref q
PurchaseDesc text:1000
PurchaseTaxIncluded bool
PurchaseCost dec q
ExpenseAccountRef ref
AssetAccountRef ref
PrefVendorRef ref
AvgCost dec ro
TrackQtyOnHand bool
QtyOnHand dec q
ReorderPoint dec
ManPartNum text
SalesTaxCodeRef ref
PurchaseTaxCodeRef ref
TaxClassificationRef ref
ClassRef ref
InvStartDate date
ItemCategoryType text
Source text
DeferredRevenue bool
CustomField [field]
ItemGroupDetail any ro
PrintGroupedItems bool ro
ItemEx any ro
";

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let name = text(&draft.object, "Name").unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Err(Fault::missing("Name"));
    }
    draft.unique(Pool::Items, &name, "product or service")?;
    set(&mut draft.object, "Name", name);
    default(&mut draft.object, "Type", "NonInventory");
    let kind = text(&draft.object, "Type").unwrap_or_default().to_owned();
    names::place(draft, Kind::Item)?;
    if let Some(parent) = draft.refer("ParentRef", Kind::Item)?
        && text(parent, "Type") != Some("Category")
    {
        return Err(Fault::business("Only a category can be the parent of an item."));
    }
    match kind.as_str() {
        "Group" | "Bundle" if draft.before.is_none() => {
            return Err(Fault::unsupported("create of a bundle"));
        }
        "Category" => return category(draft),
        "Inventory" => inventory(draft)?,
        _ => {}
    }
    accounts(draft, &kind)?;
    let tracked = kind == "Inventory";
    let object = &mut draft.object;
    set(object, "TrackQtyOnHand", tracked);
    default(object, "Active", true);
    default(object, "Taxable", false);
    default(object, "UnitPrice", 0);
    default(object, "PurchaseCost", 0);
    Ok(())
}

fn category(draft: &mut Draft<'_>) -> Result<(), Fault> {
    if flag(&draft.object, "Active") == Some(false) {
        return Err(Fault::business("A category cannot be made inactive."));
    }
    default(&mut draft.object, "Active", true);
    Ok(())
}

fn inventory(draft: &mut Draft<'_>) -> Result<(), Fault> {
    if draft.object.get("QtyOnHand").is_none() || draft.object.get("InvStartDate").is_none() {
        return Err(Fault::inventory_quantity_missing());
    }
    for required in ["AssetAccountRef", "ExpenseAccountRef"] {
        if !draft.object.contains_key(required) {
            return Err(Fault::missing(required));
        }
    }
    Ok(())
}

fn accounts(draft: &mut Draft<'_>, kind: &str) -> Result<(), Fault> {
    if draft.object.get("IncomeAccountRef").is_none_or(|account| account == &json!({}))
        && matches!(kind, "Service" | "Inventory")
    {
        return Err(Fault::missing("IncomeAccountRef"));
    }
    let wanted: [(&str, &[&str]); 3] = [
        ("IncomeAccountRef", &["Income", "Other Income"]),
        ("ExpenseAccountRef", &["Cost of Goods Sold", "Expense", "Other Expense"]),
        ("AssetAccountRef", &["Other Current Asset"]),
    ];
    for (member, types) in wanted {
        if let Some(found) = draft.refer(member, Kind::Account)? {
            account::of_type(found, member, types)?;
        }
    }
    Ok(())
}
