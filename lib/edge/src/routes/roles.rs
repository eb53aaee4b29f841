//! Who may do what: the one table from every call that needs a key to the role that it needs.
//!
//! A call that has no row here is answered to nobody, so a new route fails the first test that tries it.

use domain::role::Role;
use http::Method;

/// Method, path as it is routed, and the least role that may call it.
pub(crate) const NEEDED: &[(Method, &str, Role)] = &[
    (Method::GET, "/meter", Role::Read),
    (Method::GET, "/tenants/{tenant}/connection", Role::Read),
    (Method::POST, "/tenants/{tenant}/connection", Role::Admin),
    (Method::DELETE, "/tenants/{tenant}/connection", Role::Admin),
    (Method::GET, "/tenants/{tenant}/settings", Role::Read),
    (Method::PUT, "/tenants/{tenant}/settings", Role::Admin),
    (Method::GET, "/tenants/{tenant}/templates", Role::Read),
    (Method::GET, "/tenants/{tenant}/templates/{template}", Role::Read),
    (Method::GET, "/tenants/{tenant}/workflows", Role::Read),
    (Method::GET, "/tenants/{tenant}/workflows/{template}", Role::Read),
    (Method::PUT, "/tenants/{tenant}/workflows/{template}", Role::Admin),
    (Method::DELETE, "/tenants/{tenant}/workflows/{template}", Role::Admin),
    (Method::POST, "/tenants/{tenant}/workflows/{template}/apply", Role::Admin),
    (Method::POST, "/tenants/{tenant}/workflows/{template}/run", Role::Admin),
    (Method::POST, "/tenants/{tenant}/workflows/{template}/pause", Role::Admin),
    (Method::GET, "/tenants/{tenant}/lists/{list}", Role::Read),
    (Method::GET, "/tenants/{tenant}/links", Role::Read),
    (Method::POST, "/tenants/{tenant}/links/proposals", Role::Admin),
    (Method::GET, "/tenants/{tenant}/links/{kind}/{host_id}", Role::Read),
    (Method::PUT, "/tenants/{tenant}/links/{kind}/{host_id}", Role::Admin),
    (Method::DELETE, "/tenants/{tenant}/links/{kind}/{host_id}", Role::Admin),
    (Method::GET, "/tenants/{tenant}/postings", Role::Read),
    (Method::POST, "/tenants/{tenant}/postings/retry", Role::Sync),
    (Method::POST, "/tenants/{tenant}/postings/hold", Role::Sync),
    (Method::POST, "/tenants/{tenant}/postings/release", Role::Sync),
    (Method::POST, "/tenants/{tenant}/postings/unlink", Role::Sync),
    (Method::GET, "/tenants/{tenant}/dead-letters", Role::Read),
    (Method::POST, "/tenants/{tenant}/dead-letters/replay", Role::Sync),
    (Method::GET, "/tenants/{tenant}/history", Role::Read),
    (Method::GET, "/tenants/{tenant}/history.csv", Role::Read),
    (Method::DELETE, "/tenants/{tenant}/history", Role::Admin),
    (Method::GET, "/tenants/{tenant}/events", Role::Read),
    (Method::POST, "/tenants/{tenant}/events/replay", Role::Admin),
    (Method::GET, "/tenants/{tenant}/event-endpoint", Role::Admin),
    (Method::PUT, "/tenants/{tenant}/event-endpoint", Role::Admin),
    (Method::DELETE, "/tenants/{tenant}/event-endpoint", Role::Admin),
    (Method::GET, "/tenants/{tenant}/bills/{id}", Role::Read),
    (Method::PUT, "/tenants/{tenant}/bills/{id}", Role::Sync),
    (Method::POST, "/tenants/{tenant}/bills/{id}/sync", Role::Sync),
    (Method::GET, "/tenants/{tenant}/payments/{id}", Role::Read),
    (Method::PUT, "/tenants/{tenant}/payments/{id}", Role::Sync),
    (Method::DELETE, "/tenants/{tenant}/payments/{id}", Role::Sync),
    (Method::POST, "/tenants/{tenant}/payments/{id}/sync", Role::Sync),
    (Method::GET, "/tenants/{tenant}/disbursements/{id}", Role::Read),
    (Method::PUT, "/tenants/{tenant}/disbursements/{id}", Role::Sync),
    (Method::POST, "/tenants/{tenant}/disbursements/{id}/sync", Role::Sync),
    (Method::POST, "/tenants/{tenant}/imports", Role::Sync),
    (Method::GET, "/tenants/{tenant}/imports", Role::Read),
    (Method::GET, "/tenants/{tenant}/imports/{import}", Role::Read),
    (Method::GET, "/tenants/{tenant}/imports/{import}/problems", Role::Read),
    (Method::POST, "/tenants/{tenant}/imports/{import}/start", Role::Sync),
    (Method::POST, "/tenants/{tenant}/imports/{import}/pause", Role::Sync),
    (Method::POST, "/tenants/{tenant}/imports/{import}/resume", Role::Sync),
    (Method::POST, "/tenants/{tenant}/imports/{import}/cancel", Role::Sync),
    (Method::GET, "/tenants/{tenant}/payment-pull", Role::Read),
    (Method::PUT, "/tenants/{tenant}/payment-pull", Role::Admin),
    (Method::POST, "/tenants/{tenant}/payment-pulls", Role::Sync),
    (Method::GET, "/tenants/{tenant}/issued-payments", Role::Read),
    (Method::GET, "/tenants/{tenant}/issued-payments/legend", Role::Read),
    (Method::GET, "/tenants/{tenant}/issued-payments/{issued_payment}", Role::Read),
    (Method::PUT, "/tenants/{tenant}/issued-payments/{issued_payment}", Role::Sync),
    (Method::DELETE, "/tenants/{tenant}/issued-payments/{issued_payment}", Role::Admin),
];

/// The role that a call needs; none when the call was forgotten here.
pub(crate) fn needed(method: &Method, path: &str) -> Option<Role> {
    // A look without the body is a look.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let row = NEEDED.iter().find(|(of, at, _)| of == method && *at == path);
    row.map(|(_, _, role)| *role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_needs_less_than_changing_and_head_is_a_look() {
        for (method, path, role) in NEEDED {
            // Whoever sees an endpoint sees the secret that signs its events.
            let is_look = method == Method::GET && !path.ends_with("/event-endpoint");
            assert_eq!(*role == Role::Read, is_look, "{method} {path}");
            assert_eq!(needed(method, path), Some(*role), "{method} {path}");
        }
        let path = "/tenants/{tenant}/history";
        assert_eq!(needed(&Method::HEAD, path), Some(Role::Read));
        assert_eq!(needed(&Method::PATCH, path), None);
        assert_eq!(needed(&Method::GET, "/tenants/{tenant}/unheard-of"), None);
    }

    #[test]
    fn every_path_that_is_routed_has_a_row() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes");
        let mut found = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.ends_with("tests.rs") || path.ends_with("roles.rs");
            if is_test || path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for routed in source.split('"').filter(|text| text.starts_with("/tenants/{tenant}")) {
                found += 1;
                let has_row = NEEDED.iter().any(|(_, at, _)| *at == routed);
                assert!(has_row, "{routed} in {} has no row in roles.rs", path.display());
            }
        }
        assert!(found >= 9, "only {found} paths were found");
    }
}
