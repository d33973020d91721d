//! The core, event by event.

mod bench;

use super::*;
use crate::{
    moment::{MINUTE, SECOND},
    store::Store,
    wire::{Role, Status},
};
use bench::{Bench, answer, is_asked_to_answer, message, problem, token};
use serde_json::{Value, json};

const SENDS: &str = "/sessions/5/messages";

#[test]
fn an_idle_hour_costs_eight_messages_at_most_and_no_request() {
    let mut bench = Bench::online();
    bench.effects.clear();
    bench.pass(60 * MINUTE);
    // An answer is billed like what asked for it.
    let said = bench.count(|effect| matches!(effect, Effect::Say { .. }));
    let billed = said + bench.count(is_asked_to_answer);
    assert!((6..=8).contains(&billed), "{billed}");
    assert_eq!(bench.count(|effect| matches!(effect, Effect::Ask(_))), 0);
    assert_eq!(bench.core.connection(), Connection::Online);
}

#[test]
fn a_token_of_someone_else_is_not_used() {
    let mut bench = Bench::online();
    let mut later = Core::new(bench.store.load().unwrap());
    std::mem::swap(&mut bench.core, &mut later);
    bench.effects.clear();
    bench.take(Event::Wish(1, Wish::SignIn(Role::Customer)));
    bench.take(token(1, "someone else"));
    assert_eq!(bench.core.account_state(), AccountState::OtherAccount);
    assert_eq!(bench.count(|effect| matches!(effect, Effect::Ask(_) | Effect::Dial { .. })), 0);
    bench.take(Event::Wish(2, Wish::SignIn(Role::Dentist)));
    assert_eq!(bench.settled().err().unwrap().code, "other_account");
}

#[test]
fn only_a_problem_document_refuses_a_message() {
    let mut bench = Bench::online();
    bench.send("Guten Tag");
    let pages =
        [(200, "<html>"), (404, "<html>"), (403, "{\"message\": \"Forbidden\"}"), (302, "")];
    for (status, page) in pages {
        let body = page.as_bytes().to_vec();
        bench.end(SENDS, Outcome::Answer { status, retry_after: None, body });
        assert_eq!(bench.refusals(), [None], "{status} {page}");
        bench.pass(MINUTE);
    }
    bench.end(SENDS, problem(409, "session_archived"));
    assert_eq!(bench.refusals(), [Some("session_archived".to_owned())]);
}

#[test]
fn a_refused_message_holds_up_the_next_until_its_user_decides() {
    let mut bench = Bench::online();
    let first = bench.send("eins");
    bench.send("zwei");
    bench.end(SENDS, problem(409, "session_archived"));
    bench.effects.clear();
    bench.pass(10 * MINUTE);
    assert_eq!(bench.count(|effect| matches!(effect, Effect::Ask(_))), 0);
    bench.take(Event::Wish(8, Wish::Discard { entry: first }));
    assert!(bench.asked(SENDS).body.unwrap().contains("zwei"));
}

#[test]
fn a_refusal_is_final_only_when_no_earlier_attempt_can_still_be_carried_out() {
    let mut bench = Bench::online();
    let entry = bench.send("eins");
    bench.end(SENDS, Outcome::NoAnswer);
    bench.pass(2 * SECOND);
    bench.end(SENDS, problem(409, "session_archived"));
    assert_eq!(bench.refusals(), [None]);
    bench.take(Event::Wish(8, Wish::Discard { entry }));
    assert_eq!(bench.settled().err().unwrap().code, "entry_on_its_way");
    bench.pass(MINUTE);
    bench.end(SENDS, problem(409, "session_archived"));
    assert_eq!(bench.refusals(), [Some("session_archived".to_owned())]);
}

#[test]
fn what_the_service_may_have_is_neither_changed_nor_discarded() {
    let mut bench = Bench::online();
    let entry = bench.send("eins");
    bench.end(SENDS, Outcome::NoAnswer);
    for wish in [Wish::Discard { entry }, Wish::Edit { entry, content: "zwei".to_owned() }] {
        bench.take(Event::Wish(8, wish));
        assert_eq!(bench.settled().err().unwrap().code, "entry_on_its_way");
    }
}

#[test]
fn a_reply_carries_the_mark_and_a_mark_that_is_refused_does_not_hold_it_up() {
    let mut bench = Bench::online();
    // The queue is busy with one that carries none.
    bench.send("eins");
    bench.take(Event::Wish(8, Wish::ReadUpTo { session: 5, seq: 2 }));
    bench.end("/sessions/5/read", answer(503, &json!({})));
    bench.send("zwei");
    let id = bench.store.load().unwrap().entries[0].client_message_id.clone();
    bench.end(SENDS, answer(201, &message(3, "customer", &id)));
    let body: Value = serde_json::from_str(&bench.asked(SENDS).body.unwrap()).unwrap();
    assert_eq!((&body["content"], &body["read_up_to_seq"]), (&json!("zwei"), &json!(2)));
    bench.end(SENDS, problem(400, "invalid_request"));
    let body: Value = serde_json::from_str(&bench.asked(SENDS).body.unwrap()).unwrap();
    assert_eq!((&body["content"], &body["read_up_to_seq"]), (&json!("zwei"), &Value::Null));
    assert_eq!(bench.refusals(), [None]);
}

#[test]
fn a_socket_that_cannot_be_opened_costs_no_token() {
    let mut bench = Bench::online();
    bench.take(Event::Socket(1, SocketEvent::Closed));
    for _ in 0..10 {
        bench.pass(31 * SECOND);
        let dial = bench.core.link.dial();
        bench.take(Event::Socket(dial, SocketEvent::Refused(Some(500))));
    }
    assert_eq!(bench.count(|effect| matches!(effect, Effect::AskToken { .. })), 1);
    bench.pass(31 * SECOND);
    while bench.core.connection() != Connection::Connecting {
        bench.pass(SECOND);
    }
    let dial = bench.core.link.dial();
    bench.take(Event::Socket(dial, SocketEvent::Refused(Some(401))));
    bench.pass(31 * SECOND);
    assert!(bench.effects.iter().any(|e| matches!(e, Effect::AskToken { refused: true, .. })));
}

#[test]
fn a_handshake_that_takes_too_long_is_followed_by_another_however_short_the_pause() {
    // Pauses are drawn by these seeds, among them pauses of nothing.
    for seed in 0..5_000 {
        let mut bench = Bench::online();
        bench.take(Event::Socket(1, SocketEvent::Closed));
        while bench.core.connection() != Connection::Connecting {
            bench.pass(SECOND);
        }
        let dial = bench.core.link.dial();
        bench.seed = seed * 1_000;
        bench.pass(11 * SECOND);
        assert!(bench.core.link.dial() > dial, "seed {seed}");
    }
}

#[test]
fn a_pong_that_was_under_way_says_nothing_to_whoever_comes_to_the_front_or_back_to_a_network() {
    for events in
        [[Event::Network(true), Event::Front(true)], [Event::Front(true), Event::Network(true)]]
    {
        let mut bench = Bench::online();
        for event in events {
            bench.take(event);
        }
        bench.pong();
        let dial = bench.core.link.dial();
        bench.at += 5 * SECOND;
        bench.take(Event::Tick);
        assert!(bench.core.link.dial() > dial);
    }
}

#[test]
fn a_pong_that_was_under_way_says_nothing_of_what_was_sent_since() {
    let mut bench = Bench::online();
    bench.take(Event::Front(true));
    bench.send("Guten Tag");
    bench.pong();
    let dial = bench.core.link.dial();
    // What was heard on a connection that is dead by now, and nothing after it.
    bench.at += 10 * SECOND;
    bench.take(Event::Tick);
    bench.at += 5 * SECOND;
    bench.take(Event::Tick);
    assert!(bench.core.link.dial() > dial);
}

#[test]
fn whoever_looks_away_for_long_gets_pushes_and_catches_up_on_return() {
    let mut bench = Bench::online();
    bench.take(Event::Front(false));
    bench.pass(29 * SECOND);
    assert_eq!(bench.core.connection(), Connection::Online);
    bench.pass(2 * SECOND);
    assert_eq!(bench.core.connection(), Connection::Offline);
    bench.pass(30 * MINUTE);
    assert_eq!(bench.count(|effect| matches!(effect, Effect::Dial { .. })), 1);
    bench.effects.clear();
    bench.take(Event::Front(true));
    bench.take(Event::Socket(2, SocketEvent::Opened));
    assert!(bench.asked("/sync").path.ends_with("since=c1"));
}

#[test]
fn what_was_given_up_under_way_may_be_carried_out_later_and_is_asked_about_again() {
    let mut bench = Bench::online();
    bench.take(Event::Wish(8, Wish::SetStatus { session: 5, status: Status::Archived }));
    bench.asked("/sessions/5");
    bench.effects.clear();
    bench.pass(21 * SECOND);
    assert_eq!(bench.settled().unwrap_err().code, "no_answer");
    let changes = json!({ "changes": [], "next": "c1", "has_more": false });
    for _ in 0..2 {
        bench.end("/sync", answer(200, &changes));
        bench.effects.clear();
        bench.pass(MINUTE);
    }
    let was_asked = bench.count(|effect| matches!(effect, Effect::Ask(_)));
    assert_eq!(was_asked, 0, "once at once and once a minute later");
}

#[test]
fn a_token_that_was_asked_for_before_a_sign_out_is_not_taken_for_the_next_ones() {
    let mut bench = Bench::new();
    bench.take(Event::Wish(1, Wish::SignIn(Role::Customer)));
    bench.take(Event::Wish(2, Wish::SignOut));
    bench.store = Store::in_memory();
    bench.take(Event::Wish(3, Wish::SignIn(Role::Customer)));
    bench.take(token(1, "who has left"));
    assert_eq!(bench.store.account().unwrap().subject, None);
    bench.take(token(2, "who has come"));
    assert_eq!(bench.store.account().unwrap().subject.as_deref(), Some("who has come"));
}
