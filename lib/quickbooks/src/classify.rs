//! The one table from fault codes to what the caller does next.
//!
//! The codes are those of
//! <https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes>. A code that the
//! table does not have is judged by the HTTP status, so a new code never makes a write look unsent.

use crate::{Fault, FaultReply};

/// What a caller does about an error. Two errors have the same class exactly when a program treats them alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Not processed: pause the whole company, 60 s where no seconds are given, and send the same again.
    Throttled {
        /// Seconds, where the answer names them; QuickBooks does not promise it.
        retry_after: Option<u64>,
    },
    /// A write that may have been booked: repeat it byte for byte with the same request id, or look for its
    /// result. Never build a new one.
    Uncertain,
    /// Certainly not booked: send the same again, later.
    Unavailable,
    /// Refresh the access token once and send the same again; when a fresh one is refused too, later.
    TokenExpired,
    /// A person has to connect the company again, or the keys belong to the other environment.
    Reconnect,
    /// Somebody changed the object since: read it, merge, write with the new token and a new request id.
    StaleObject,
    /// A customer, vendor, employee, item or account has this name already: look it up and link it.
    DuplicateName,
    /// The document number is taken.
    DuplicateNumber,
    /// The object itself does not exist any more.
    NotFound,
    /// Something that the object refers to is inactive, missing or of the wrong type: the mapping needs a person.
    InactiveReference,
    /// The date lies in a closed period: a person opens it or chooses another date.
    BooksClosed,
    /// The document is on a deposit, matched with the bank or settled by a card processor: a person has to free it.
    Frozen,
    /// QuickBooks serves nothing for this company at the moment: locked, in maintenance, reset, or not paid for.
    CompanyUnavailable,
    /// The request will never be accepted as it is.
    Rejected,
}

/// Judges an answer that says no. [`Class::Uncertain`] here means that the answer does not rule out that a write
/// was booked; for a read it means no more than [`Class::Unavailable`].
pub(crate) fn classify(reply: &FaultReply) -> Class {
    let class = if reply.status == 429 {
        THROTTLED
    } else {
        by_code(reply).unwrap_or_else(|| by_status(reply))
    };
    match class {
        Class::Throttled { .. } => Class::Throttled { retry_after: reply.retry_after },
        other => other,
    }
}

/// One answer may hold several faults. Doubt wins, then the first fault that asks for something specific.
fn by_code(reply: &FaultReply) -> Option<Class> {
    let classes: Vec<Class> = reply.faults.iter().filter_map(class_of).collect();
    let specific = || classes.iter().find(|class| **class != Class::Rejected);
    classes
        .iter()
        .find(|class| **class == Class::Uncertain)
        .or_else(specific)
        .or(classes.first())
        .copied()
}

fn by_status(reply: &FaultReply) -> Class {
    match reply.status {
        401 => Class::TokenExpired,
        // A gateway in between can say 403 too; only a fault of QuickBooks itself costs the customer a reconnect.
        403 if reply.faults.is_empty() => Class::Unavailable,
        403 => Class::Reconnect,
        // A gateway gave up waiting; what it waited for may have gone on.
        408 => Class::Uncertain,
        400..=499 => Class::Rejected,
        200..=299 if !reply.faults.is_empty() && reply.kind != "SystemFault" => Class::Rejected,
        _ => Class::Uncertain,
    }
}

fn class_of(fault: &Fault) -> Option<Class> {
    let says = |words: &str| {
        [&fault.message, &fault.detail]
            .into_iter()
            .any(|text| text.to_ascii_lowercase().contains(words))
    };
    // Once seen under 5010, so the words count more than the code.
    if says("account period") && says("closed") {
        return Some(Class::BooksClosed);
    }
    match fault.code.as_str() {
        "610" if says("inactive") => Some(Class::InactiveReference),
        // "An unexpected error occurred … please wait a few minutes": such writes have turned out to be booked.
        "6000" if says("unexpected error") => Some(Class::Uncertain),
        code => TABLE.iter().find(|(row, _)| *row == code).and_then(|(_, class)| *class),
    }
}

const THROTTLED: Class = Class::Throttled { retry_after: None };

/// `None` means that the code says nothing definite and the status decides.
#[rustfmt::skip]
const TABLE: &[(&str, Option<Class>)] = &[
    // Authentication and the state of the company.
    ("100", Some(Class::TokenExpired)),         // generic authentication error
    ("110", Some(Class::TokenExpired)),         // generic OAuth error
    ("120", Some(Class::Reconnect)),            // the connecting user lost access
    ("130", Some(Class::CompanyUnavailable)),   // wrong cluster
    ("140", Some(Class::CompanyUnavailable)),   // company locked out
    ("150", Some(Class::CompanyUnavailable)),   // company under maintenance
    ("3001", Some(THROTTLED)),
    ("3100", Some(Class::Reconnect)),           // application not authorised for this company
    ("3200", Some(Class::TokenExpired)),        // access token expired or invalid
    ("3202", Some(Class::TokenExpired)),        // access token empty
    ("6190", Some(Class::CompanyUnavailable)),  // subscription lapsed, read-only
    ("10200", Some(Class::CompanyUnavailable)), // company data was reset: every known id is void

    // The outcome is open.
    ("600", Some(Class::Uncertain)),            // request id used before, its first outcome not repeated here
    ("1000", None),                             // operation failed
    ("1010", None),                             // create failed
    ("1020", None),                             // update failed
    ("10000", Some(Class::Uncertain)),          // internal error

    // Something in the books stands in the way.
    ("610", Some(Class::NotFound)),             // unless the text says "made inactive", see above
    ("2500", Some(Class::InactiveReference)),   // invalid reference id
    ("6250", Some(Class::InactiveReference)),   // customer missing or inactive
    ("5010", Some(Class::StaleObject)),
    ("6140", Some(Class::DuplicateNumber)),
    ("6240", Some(Class::DuplicateName)),
    ("6200", Some(Class::BooksClosed)),
    ("6210", Some(Class::BooksClosed)),         // closed with a password, which the API cannot give
    ("6110", Some(Class::Frozen)),              // card-processed: no update
    ("6120", Some(Class::Frozen)),              // card-processed: no delete
    ("6450", Some(Class::Frozen)),              // card-processed: settled, no void
    ("6460", Some(Class::Frozen)),              // card-processed: deposit mismatch
    ("6480", Some(Class::Frozen)),              // matched with a bank line
    ("6540", Some(Class::Frozen)),              // on a deposit

    // The request is wrong and stays wrong.
    ("500", Some(Class::Rejected)),             // operation not supported for this entity
    ("620", Some(Class::Rejected)),             // transaction cannot be linked
    ("630", Some(Class::Rejected)),             // duplicate object
    ("700", Some(Class::Rejected)),             // invalid parent
    ("800", Some(Class::Rejected)),             // dependencies forbid the delete
    ("900", Some(Class::Rejected)),             // its own parent
    ("1040", Some(Class::Rejected)),            // too many batch items
    ("1050", Some(Class::Rejected)),            // content type
    ("2000", Some(Class::Rejected)),            // unknown object
    ("2010", Some(Class::Rejected)),            // unknown property
    ("2020", Some(Class::Rejected)),            // required parameter missing
    ("2030", Some(Class::Rejected)),            // invalid id
    ("2040", Some(Class::Rejected)),            // invalid characters
    ("2050", Some(Class::Rejected)),            // string length
    ("2060", Some(Class::Rejected)),            // date format
    ("2070", Some(Class::Rejected)),            // date value
    ("2080", Some(Class::Rejected)),            // 2080 to 2160: number, decimal, amount, percent, quantity
    ("2090", Some(Class::Rejected)),
    ("2100", Some(Class::Rejected)),
    ("2110", Some(Class::Rejected)),
    ("2120", Some(Class::Rejected)),            // incompatible type
    ("2130", Some(Class::Rejected)),            // request id format
    ("2140", Some(Class::Rejected)),
    ("2150", Some(Class::Rejected)),
    ("2160", Some(Class::Rejected)),
    ("2170", Some(Class::Rejected)),            // enumeration value
    ("2190", Some(Class::Rejected)),            // date range
    ("2200", Some(Class::Rejected)),            // URL
    ("2210", Some(Class::Rejected)),            // e-mail
    ("2220", Some(Class::Rejected)),            // currency
    ("2230", Some(Class::Rejected)),            // boolean
    ("2240", Some(Class::Rejected)),            // quantity
    ("2250", Some(Class::Rejected)),            // lines missing
    ("2260", Some(Class::Rejected)),            // PostingType missing
    ("2270", Some(Class::Rejected)),            // TaxApplicableOn missing
    ("2280", Some(Class::Rejected)),            // tax amount missing
    ("2290", Some(Class::Rejected)),            // negative line amounts
    ("2300", Some(Class::Rejected)),            // debits differ from credits
    ("2600", Some(Class::Rejected)),            // conflicting elements
    ("3000", Some(Class::Rejected)),            // custom field
    ("4000", Some(Class::Rejected)),            // query cannot be parsed
    ("4001", Some(Class::Rejected)),            // invalid query
    ("4002", Some(Class::Rejected)),            // query could not be processed
    ("5000", Some(Class::Rejected)),            // deprecated field
    ("5020", Some(Class::Rejected)),            // permission denied
    ("5030", Some(Class::Rejected)),            // feature not in this edition
    ("6000", Some(Class::Rejected)),            // business rule, unless "unexpected error", see above
    ("6010", Some(Class::Rejected)),            // account type
    ("6020", Some(Class::Rejected)),            // upload: length missing
    ("6030", Some(Class::Rejected)),            // upload: too large
    ("6040", Some(Class::Rejected)),            // upload: metadata
    ("6041", Some(Class::Rejected)),            // upload: file
    ("6050", Some(Class::Rejected)),            // upload: entity type
    ("6060", Some(Class::Rejected)),            // OpenBalanceDate needed
    ("6070", Some(Class::Rejected)),            // amount is not price times quantity
    ("6080", Some(Class::Rejected)),            // no name
    ("6090", Some(Class::Rejected)),            // discount line
    ("6100", Some(Class::Rejected)),            // line tax code
    ("6130", Some(Class::Rejected)),            // BillWithParent
    ("6150", Some(Class::Rejected)),            // ParentRef required
    ("6160", Some(Class::Rejected)),            // CustomSalesTax on create
    ("6170", Some(Class::Rejected)),            // TxnTaxDetail with NotApplicable
    ("6180", Some(Class::Rejected)),            // nested too deep
    ("6220", Some(Class::Rejected)),            // open balance forbids the delete
    ("6230", Some(Class::Rejected)),            // CustomSalesTax on update
    ("6270", Some(Class::Rejected)),            // before the inventory start date
    ("6280", Some(Class::Rejected)),            // unbilled charges forbid the delete
    ("6290", Some(Class::Rejected)),            // 6290 to 6390: time activities
    ("6300", Some(Class::Rejected)),
    ("6310", Some(Class::Rejected)),
    ("6320", Some(Class::Rejected)),
    ("6330", Some(Class::Rejected)),
    ("6340", Some(Class::Rejected)),
    ("6350", Some(Class::Rejected)),
    ("6360", Some(Class::Rejected)),
    ("6370", Some(Class::Rejected)),
    ("6380", Some(Class::Rejected)),
    ("6390", Some(Class::Rejected)),
    ("6400", Some(Class::Rejected)),            // a linked invoice would break
    ("6420", Some(Class::Rejected)),            // e-mail address required
    ("6430", Some(Class::Rejected)),            // account type not allowed here
    ("6440", Some(Class::Rejected)),            // line lacks item or account
    ("6470", Some(Class::Rejected)),            // tax not allowed
    ("6490", Some(Class::Rejected)),            // 6490 to 6510: budgets
    ("6500", Some(Class::Rejected)),
    ("6510", Some(Class::Rejected)),
    ("6520", Some(Class::Rejected)),            // inventory item needs a quantity
    ("6530", Some(Class::Rejected)),            // raw card number
    ("10100", Some(Class::Rejected)),           // result too large
];

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
