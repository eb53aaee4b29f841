//! Since when a posting waits, whatever happens to it meanwhile.

use jiff::{SignedDuration, Timestamp};

use super::State::{Blocked, Held, Posted, Posting as Working, Queued, Rejected, Skipped};
use super::*;
use crate::id::HostId;
use crate::record::RecordKind;

#[test]
fn it_waits_since_the_first_time_until_it_is_in_quickbooks_or_nobody_waits_any_more() {
    let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
    for (states, since) in [
        // What is posted at once never waits.
        (&[Working, Posted][..], None),
        (&[Working, Queued], Some(1)),
        (&[Blocked], Some(0)),
        // Attempts and new conditions do not begin it anew.
        (&[Queued, Working, Queued, Working, Blocked, Working, Queued], Some(0)),
        (&[Queued, Working, Posted], None),
        (&[Queued, Rejected], None),
        (&[Blocked, Held], None),
        (&[Blocked, Skipped], None),
        // A later wait is another one.
        (&[Queued, Posted, Working, Blocked], Some(3)),
    ] {
        let id = HostId::parse("B-1").unwrap();
        let key = PostingKey::new(Workflow::AgentBilling, RecordKind::Bill, id);
        let mut posting = Posting::new(key, Queued, at(-1));
        for (minutes, state) in (0..).zip(states) {
            posting.state = *state;
            posting.touch(at(minutes));
        }
        assert_eq!(posting.waiting_since, since.map(at), "{states:?}");
        assert_eq!(posting.revision, u64::try_from(states.len()).unwrap());
    }
}
