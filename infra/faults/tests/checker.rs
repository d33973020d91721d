//! The checker finds what it is there to find.

use chat_faults::{
    check::{Fault, check},
    history::{Changed, FreshRead, Heard, History, Message, Outcome, Push, Sent, Side},
};
use std::time::Duration;

const SESSION: i64 = 7;

/// Message n of the dentist; the customer has read those up to 2.
fn message(seq: i64) -> Message {
    Message {
        seq,
        sender: "dentist 1".to_owned(),
        client_message_id: format!("id {seq}"),
        content: format!("text {seq}"),
        is_read: seq <= 2,
        changed_at: String::new(),
        is_retracted: false,
    }
}

fn sent(seq: i64, outcome: Outcome) -> Sent {
    let Message { sender, client_message_id, content, .. } = message(seq);
    let began = Duration::from_secs(seq.unsigned_abs());
    Sent { session: SESSION, sender, client_message_id, content, began, outcome }
}

fn acknowledged(seq: i64) -> Sent {
    let at = Duration::from_millis(seq.unsigned_abs() * 1_000 + 500);
    sent(seq, Outcome::Acknowledged { seq, at })
}

fn push(seq: i64, key: &str) -> Push {
    Push { session: SESSION, seq, key: key.to_owned(), is_accepted: true }
}

/// Three messages, sent, stored, heard and pushed as they should be.
fn honest() -> History {
    let mut heard = Heard::new("dentist 1", SESSION);
    heard.page(0, true, [message(1)]);
    heard.frames_after = Some(1);
    heard.frame(message(3));
    heard.frame(message(2));
    let side = |role, unread_count, read_seq, marked| Side { role, unread_count, read_seq, marked };
    History {
        sent: [1, 2, 3].map(acknowledged).into(),
        heard: vec![heard],
        sessions: vec![FreshRead {
            session: SESSION,
            first_seq: 1,
            aged: 0,
            messages: [1, 2, 3].map(message).into(),
            sides: vec![side("customer", 1, 2, 2), side("dentist", 0, 0, 0)],
            rings: true,
        }],
        pushes: vec![push(1, "a"), push(2, "b"), push(3, "c"), push(3, "c")],
        ..History::default()
    }
}

/// What it finds in an honest history after a change.
fn broken(change: impl FnOnce(&mut History)) -> Vec<Fault> {
    let mut history = honest();
    change(&mut history);
    check(&history).broken()
}

/// The same, where the change is to what is stored, and the listener saw the same.
fn broken_store(change: impl FnOnce(&mut Vec<Message>)) -> Vec<Fault> {
    broken(|history| {
        change(&mut history.sessions[0].messages);
        history.sessions[0].sides.clear();
        history.sessions[0].rings = false;
        history.pushes.clear();
        history.heard.clear();
    })
}

#[test]
fn an_honest_history_breaks_no_promise() {
    assert_eq!(broken(|_| {}), []);
}

#[test]
fn a_send_without_an_answer_may_be_there_or_not() {
    assert_eq!(broken(|history| history.sent[1].outcome = Outcome::Unknown), []);
    assert_eq!(broken(|history| history.sent.push(sent(9, Outcome::Unknown))), []);
    assert_eq!(broken(|history| history.sent.push(sent(9, Outcome::Refused))), []);
}

#[test]
fn a_lost_message_is_found() {
    assert_eq!(broken_store(|messages| drop(messages.pop())), [Fault::Lost]);
}

#[test]
fn a_message_lost_from_the_middle_leaves_a_gap_too() {
    assert_eq!(broken_store(|messages| drop(messages.remove(1))), [Fault::Lost, Fault::Gap]);
}

#[test]
fn an_invented_message_is_found() {
    assert_eq!(broken_store(|messages| messages.push(message(4))), [Fault::Invented]);
}

#[test]
fn a_refused_message_that_is_there_is_found() {
    let found = broken(|history| history.sent[1].outcome = Outcome::Refused);
    assert_eq!(found, [Fault::Invented]);
}

#[test]
fn a_duplicated_message_is_found() {
    let twice = Message { seq: 4, ..message(3) };
    let found = broken_store(|messages| messages.push(twice));
    assert!(found.contains(&Fault::Duplicated), "{found:?}");
}

#[test]
fn two_messages_in_one_place_are_found() {
    let found = broken_store(|messages| messages[2].seq = 2);
    assert!(found.contains(&Fault::Duplicated), "{found:?}");
}

#[test]
fn a_gap_is_found() {
    let found = broken_store(|messages| messages[2].seq = 4);
    assert_eq!(found, [Fault::Gap, Fault::Altered]);
}

#[test]
fn a_changed_text_is_found() {
    assert_eq!(broken_store(|messages| messages[0].content.clear()), [Fault::Altered]);
}

#[test]
fn a_message_before_one_that_was_there_already_is_found() {
    let found = broken(|history| {
        let late = Outcome::Acknowledged { seq: 3, at: Duration::from_millis(1_200) };
        history.sent[2].outcome = late;
        history.sent[2].began = Duration::from_millis(1_100);
    });
    assert_eq!(found, [Fault::Reordered]);
}

#[test]
fn a_page_that_leaves_something_out_is_found() {
    let found = broken(|history| {
        history.heard[0].page(1, false, [message(3)]);
    });
    assert_eq!(found, [Fault::Skipped]);
}

#[test]
fn a_listener_who_lacks_a_message_is_found() {
    let found = broken(|history| {
        let mut heard = Heard::new("customer 1", SESSION);
        heard.page(0, true, [message(1), message(2)]);
        history.heard.push(heard);
    });
    assert_eq!(found, [Fault::Unheard]);
}

#[test]
fn a_listener_who_has_what_nobody_has_is_found() {
    let found = broken(|history| history.heard[0].frame(message(4)));
    assert_eq!(found, [Fault::Unheard]);
}

#[test]
fn a_message_that_changes_between_two_looks_is_found() {
    let found = broken(|history| {
        let changed = Message { content: "another".to_owned(), ..message(2) };
        history.heard[0].frame(changed);
    });
    assert_eq!(found, [Fault::Unheard]);
}

#[test]
fn a_frame_that_never_came_is_found_although_the_gateway_refused_some() {
    let found = broken(|history| {
        history.heard[0].frames.remove(&2);
        history.frames_refused = 1;
    });
    assert_eq!(found, [Fault::FrameMissed]);
}

#[test]
fn a_wrong_unread_count_is_found() {
    let found = broken(|history| history.sessions[0].sides[0].unread_count = 2);
    assert_eq!(found, [Fault::Miscounted]);
}

#[test]
fn a_read_mark_that_moved_back_is_found() {
    let found = broken(|history| history.sessions[0].sides[0].marked = 3);
    assert_eq!(found, [Fault::Unmarked]);
}

#[test]
fn an_outbox_that_is_not_empty_is_found() {
    assert_eq!(broken(|history| history.owed = 1), [Fault::Owed]);
}

#[test]
fn a_push_that_never_came_is_found() {
    let found = broken(|history| drop(history.pushes.remove(0)));
    assert_eq!(found, [Fault::PushMissing]);
    let refused = broken(|history| history.pushes[0].is_accepted = false);
    assert_eq!(refused, [Fault::PushMissing]);
}

#[test]
fn a_second_key_for_a_message_is_found_and_a_second_message_for_a_key() {
    assert_eq!(broken(|history| history.pushes.push(push(1, "z"))), [Fault::PushTwice]);
    assert_eq!(broken(|history| history.pushes[0].key = "b".to_owned()), [Fault::PushTwice]);
}

#[test]
fn a_push_that_nobody_asked_for_is_found() {
    assert_eq!(broken(|history| history.pushes.push(push(9, "z"))), [Fault::PushUnexpected]);
    let unwanted = broken(|history| history.sessions[0].rings = false);
    assert_eq!(unwanted, [Fault::PushUnexpected]);
}

#[test]
fn an_answer_that_nobody_should_get_is_found() {
    let found = broken(|history| history.surprises.push("409".to_owned()));
    assert_eq!(found, [Fault::Surprise]);
}

/// What it finds where the second message was changed to this, and is stored as that.
fn broken_change(changed: Changed, stored: &str, is_retracted: bool) -> Vec<Fault> {
    broken(|history| {
        history.changed.insert((SESSION, 2), changed);
        let heard = history.heard[0].messages.get_mut(&2);
        for message in heard.into_iter().chain([&mut history.sessions[0].messages[1]]) {
            stored.clone_into(&mut message.content);
            message.is_retracted = is_retracted;
            "2026-03-12T19:03:58.390000Z".clone_into(&mut message.changed_at);
        }
    })
}

#[test]
fn a_change_that_is_not_there_is_found() {
    let corrected = Changed { content: "new".to_owned(), ..Changed::default() };
    let retracted = Changed { is_retracted: true, ..Changed::default() };
    assert_eq!(broken_change(corrected.clone(), "new", false), []);
    assert_eq!(broken_change(retracted.clone(), "", true), []);
    assert_eq!(broken_change(corrected, "text 2", false), [Fault::Altered]);
    assert_eq!(broken_change(retracted, "text 2", false), [Fault::Altered]);
    let open = Changed { is_open: true, ..Changed::default() };
    assert_eq!(broken_change(open, "text 2", false), []);
}

#[test]
fn a_client_that_did_not_hear_of_a_change_is_found() {
    let found = broken(|history| {
        let content = "new".to_owned();
        history.sessions[0].messages[1].content.clone_from(&content);
        "2026".clone_into(&mut history.sessions[0].messages[1].changed_at);
        history.changed.insert((SESSION, 2), Changed { content, ..Changed::default() });
    });
    assert_eq!(found, [Fault::Unheard]);
}

#[test]
fn what_expired_is_not_lost_and_what_did_not_is() {
    let first_goes = |history: &mut History| {
        history.sessions[0].messages.remove(0);
        history.sessions[0].first_seq = 2;
    };
    let expired = |history: &mut History| {
        first_goes(history);
        history.sessions[0].aged = 1;
    };
    assert_eq!(broken(expired), []);
    assert_eq!(broken(first_goes), [Fault::Beginning]);
    let kept = |history: &mut History| history.sessions[0].aged = 1;
    assert_eq!(broken(kept), [Fault::Beginning]);
    let gone = broken(|history| {
        let changed = Changed { is_gone: true, ..Changed::default() };
        history.changed.insert((SESSION, 2), changed);
    });
    assert_eq!(gone, [Fault::Lost]);
}

#[test]
fn a_leak_is_found() {
    assert_eq!(broken(|history| history.leaks.push("a log".to_owned())), [Fault::Leaked]);
}
