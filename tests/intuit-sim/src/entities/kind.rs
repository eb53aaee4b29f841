//! The kinds of objects.

/// Which entity an object is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Account,
    CompanyInfo,
    Customer,
    Employee,
    Invoice,
    Item,
    Payment,
    PaymentMethod,
    Preferences,
    TaxAgency,
    TaxCode,
    TaxRate,
    Term,
    Vendor,
}

impl Kind {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = Self::Vendor as usize + 1;
}
