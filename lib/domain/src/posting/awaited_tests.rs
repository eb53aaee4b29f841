//! Who waits for a posting is woken once for each time that it comes to rest, and never for nothing.

use jiff::Timestamp;

use super::State::{
    Blocked, Expected, Held, Posted, Posting as Working, Queued, Rejected, Skipped,
};
use super::*;
use crate::id::HostId;
use crate::record::RecordKind;

fn in_state(state: State) -> Posting {
    let id = HostId::parse("B-1").unwrap();
    let key = PostingKey::new(Workflow::AgentBilling, RecordKind::Bill, id);
    Posting::new(key, state, Timestamp::UNIX_EPOCH)
}

#[test]
fn who_waits_for_what_is_on_its_way_is_woken_when_it_comes_to_rest() {
    for began in [Expected, Queued, Working, Blocked, Rejected] {
        for rests in [Posted, Held, Skipped] {
            let mut posting = in_state(began);
            assert!(posting.note_awaited() && !posting.must_wake(), "{began:?}");
            assert!(!posting.note_awaited(), "it is known");
            posting.state = rests;
            assert!(posting.must_wake(), "{began:?} {rests:?}");
            posting.note_woken();
            assert!(!posting.awaited && !posting.must_wake(), "{began:?} {rests:?}");
        }
    }
}

#[test]
fn who_waits_for_what_is_at_rest_waits_until_it_is_worked_on_again() {
    for rests in [Posted, Held, Skipped] {
        let mut posting = in_state(rests);
        assert!(posting.note_awaited() && !posting.must_wake(), "{rests:?}");
        // Somebody else finished waking the earlier ones.
        posting.note_woken();
        assert!(posting.awaited, "{rests:?}");
        posting.awaited_at_rest = false;
        assert!(posting.must_wake(), "{rests:?}");
        assert!(posting.note_awaited(), "who was woken and waits on, waits anew");
        assert!(!posting.must_wake(), "{rests:?}");
    }
}
