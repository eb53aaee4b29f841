//! Every code of the catalogue, and the words and statuses that overrule or replace a code.

use super::*;

fn reply(status: u16, faults: &[(&str, &str)]) -> FaultReply {
    let fault = |(code, detail): &(&str, &str)| Fault {
        code: (*code).to_owned(),
        message: String::new(),
        detail: (*detail).to_owned(),
        element: None,
    };
    FaultReply {
        status,
        intuit_tid: None,
        faults: faults.iter().map(fault).collect(),
        kind: "ValidationFault".to_owned(),
        retry_after: None,
    }
}

#[test]
fn every_code_of_the_catalogue_has_its_class() {
    let check = |codes: &[&str], expect: Class| {
        for code in codes {
            assert!(TABLE.iter().any(|(row, _)| row == code), "{code} has no row");
            assert_eq!(classify(&reply(400, &[(code, "")])), expect, "{code}");
        }
    };
    check(&["100", "110", "3200", "3202"], Class::TokenExpired);
    check(&["120", "3100"], Class::Reconnect);
    check(&["130", "140", "150", "6190", "10200"], Class::CompanyUnavailable);
    check(&["3001"], Class::Throttled { retry_after: None });
    check(&["600", "10000"], Class::Uncertain);
    check(&["610"], Class::NotFound);
    check(&["2500", "6250"], Class::InactiveReference);
    check(&["5010"], Class::StaleObject);
    check(&["6140"], Class::DuplicateNumber);
    check(&["6240"], Class::DuplicateName);
    check(&["6200", "6210"], Class::BooksClosed);
    check(&["6110", "6120", "6450", "6460", "6480", "6540"], Class::Frozen);
    check(
        &["500", "620", "630", "700", "800", "900", "1000", "1010", "1020", "1040", "1050"],
        Class::Rejected,
    );
    check(
        &["2000", "2010", "2020", "2030", "2040", "2050", "2060", "2070", "2080", "2090"],
        Class::Rejected,
    );
    check(
        &["2100", "2110", "2120", "2130", "2140", "2150", "2160", "2170", "2190"],
        Class::Rejected,
    );
    check(
        &["2200", "2210", "2220", "2230", "2240", "2250", "2260", "2270", "2280", "2290"],
        Class::Rejected,
    );
    check(
        &["2300", "2600", "3000", "4000", "4001", "4002", "5000", "5020", "5030"],
        Class::Rejected,
    );
    check(
        &["6000", "6010", "6020", "6030", "6040", "6041", "6050", "6060", "6070", "6080"],
        Class::Rejected,
    );
    check(
        &["6090", "6100", "6130", "6150", "6160", "6170", "6180", "6220", "6230"],
        Class::Rejected,
    );
    check(
        &["6270", "6280", "6290", "6300", "6310", "6320", "6330", "6340", "6350", "6360"],
        Class::Rejected,
    );
    check(&["6370", "6380", "6390", "6400", "6420", "6430", "6440", "6470"], Class::Rejected);
    check(&["6490", "6500", "6510", "6520", "6530", "10100"], Class::Rejected);
}

#[test]
fn no_code_has_two_rows() {
    for (position, (code, _)) in TABLE.iter().enumerate() {
        assert!(TABLE[position + 1..].iter().all(|(other, _)| other != code), "{code}");
    }
}

#[test]
fn words_overrule_codes_where_codes_are_ambiguous() {
    let check = |code: &str, detail: &str, expect: Class| {
        assert_eq!(classify(&reply(400, &[(code, detail)])), expect, "{code} {detail}");
    };
    check(
        "610",
        "Object Not Found : Something you're trying to use has been made inactive.",
        Class::InactiveReference,
    );
    check("610", "Object Not Found : Another user has deleted this transaction.", Class::NotFound);
    check("5010", "The account period has closed. {1}", Class::BooksClosed);
    check(
        "6000",
        "The account period has closed and the account books cannot be updated",
        Class::BooksClosed,
    );
    check("6000", "An unexpected error has occurred. Please wait a few minutes", Class::Uncertain);
    check("6000", "Business Validation Error: Fill out at least two detail lines", Class::Rejected);
}

#[test]
fn the_status_decides_where_no_code_does() {
    let check = |status: u16, faults: &[(&str, &str)], expect: Class| {
        assert_eq!(classify(&reply(status, faults)), expect, "{status} {faults:?}");
    };
    check(401, &[], Class::TokenExpired);
    check(403, &[], Class::Unavailable);
    check(403, &[("6640", "")], Class::Reconnect);
    check(404, &[], Class::Rejected);
    check(408, &[], Class::Uncertain);
    check(429, &[], Class::Throttled { retry_after: None });
    check(502, &[], Class::Uncertain);
    check(302, &[], Class::Uncertain);
    check(200, &[], Class::Uncertain);
    check(200, &[("6640", "")], Class::Rejected);
    check(400, &[("6640", "")], Class::Rejected);
    check(500, &[("6640", "")], Class::Uncertain);
    check(500, &[("1010", "")], Class::Uncertain);
    // A definite code is believed whatever the status: 500 is how "operation not supported" has been seen.
    check(500, &[("500", "")], Class::Rejected);
    check(503, &[("150", "")], Class::CompanyUnavailable);
    // The old throttle came as 403, the newest as a 200 whose body carries the fault.
    check(403, &[("3001", "")], Class::Throttled { retry_after: None });
    check(200, &[("3001", "")], Class::Throttled { retry_after: None });
}

#[test]
fn among_several_faults_doubt_wins_then_the_specific_one() {
    let check = |faults: &[(&str, &str)], expect: Class| {
        assert_eq!(classify(&reply(400, faults)), expect, "{faults:?}");
    };
    check(&[("6240", ""), ("10000", "")], Class::Uncertain);
    check(&[("2020", ""), ("6240", "")], Class::DuplicateName);
    check(&[("9999", ""), ("5010", "")], Class::StaleObject);
    check(&[("2020", ""), ("2050", "")], Class::Rejected);
}

#[test]
fn a_throttle_hands_on_the_seconds_it_was_given() {
    let throttled = FaultReply { retry_after: Some(17), ..reply(429, &[]) };
    assert_eq!(classify(&throttled), Class::Throttled { retry_after: Some(17) });
}
