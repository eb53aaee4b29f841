//! Hashes that tell whether two things are the same, and the ids derived from them.

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::id::{HostId, TenantId};
use crate::posting::PostingKey;
use crate::record::Record;
use crate::settings::Configuration;
use crate::template::Template;

/// Hash of a value's JSON form. Two values are the same exactly if their hashes are.
pub fn of(value: &impl Serialize) -> String {
    let json =
        serde_json::to_vec(value).expect("our own types have string keys only and serialize");
    hex(&Sha256::digest(json))
}

/// Hash of everything that shapes what a record becomes in QuickBooks: the record, the company and the active workflow.
pub fn of_posting(
    record: &Record,
    company_id: &str,
    workflow: Option<(Template, &Configuration)>,
) -> String {
    of(&(record, company_id, workflow))
}

/// The marker that QuickBooks shows in a document's private note, and by which the document is found again.
pub fn marker(tenant: &TenantId, key: &PostingKey) -> String {
    let hash = hex(&Sha256::digest(format!("{tenant}#{}", key.as_text())));
    format!("[lb:{}]", &hash[..16])
}

/// The idempotency key of one step: 36 characters, derived from tenant, posting, version, step and `round`. The round
/// is the posting's revision at the intent, so that a changed body never travels under an id QuickBooks has answered.
pub fn request_id(
    tenant: &TenantId,
    key: &PostingKey,
    version: u64,
    step: &str,
    round: u64,
) -> Uuid {
    let name = format!("{tenant}#{}#{version}#{step}#{round}", key.as_text());
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// A host id for something the host names but does not number, such as a payment method.
pub fn host_id_of_name(name: &str) -> HostId {
    let hash = hex(&Sha256::digest(name.trim().to_lowercase()));
    HostId::parse(&hash[..16]).expect("hexadecimal digits are safe in an id")
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_differ_by_every_part_and_fit_quickbooks() {
        let tenant = |t| TenantId::parse(t).unwrap();
        let key = |id| PostingKey::bill(HostId::parse(id).unwrap());
        let base = request_id(&tenant("t"), &key("B1"), 1, "create_invoice", 1);
        assert_eq!(base, request_id(&tenant("t"), &key("B1"), 1, "create_invoice", 1));
        for other in [
            request_id(&tenant("u"), &key("B1"), 1, "create_invoice", 1),
            request_id(&tenant("t"), &key("B2"), 1, "create_invoice", 1),
            request_id(&tenant("t"), &key("B1"), 2, "create_invoice", 1),
            request_id(&tenant("t"), &key("B1"), 1, "create_payment", 1),
            request_id(&tenant("t"), &key("B1"), 1, "create_invoice", 2),
        ] {
            assert_ne!(base, other);
        }
        assert_eq!(base.to_string().len(), 36);
    }
}
