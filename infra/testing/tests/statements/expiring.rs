//! `sessions/expired`, `sessions/empty`, `sessions/remove`: what a retention period is about.

use crate::help::{keep, set_session, yesterday};
use chat::{
    id::SessionId,
    store::{
        keeping::Standing,
        trimming::{self, Eraser},
    },
};
use chat_testing::with_chat;
use uuid::Uuid;

#[test]
fn a_session_is_removed_without_messages_and_for_a_period_archived_and_idle() {
    with_chat(async |chat| {
        for (status, days, messages, expected) in [
            ("archived", 2, 0, [true, true]),
            ("archived", 2, 1, [false, false]),
            ("archived", 0, 0, [true, false]),
            ("active", 2, 0, [true, false]),
        ] {
            let erasers = [Eraser::Erasure(Uuid::new_v4()), Eraser::Retention(yesterday())];
            for (eraser, is_removed) in erasers.into_iter().zip(expected) {
                let (customer, _, session) = chat.conversation().await;
                set_session(chat, session, status, days, messages).await;
                keep(chat, customer.id, 0, &[], ("erasure", -60.0)).await;
                let removed = trimming::remove(&chat.app().db, session.into(), eraser).await;
                let case = format!("{status} {days} {messages} {eraser:?}");
                assert_eq!(removed.unwrap(), Some((Standing::Free, is_removed)), "{case}");
            }
        }
    });
}

#[test]
fn messages_of_before_a_period_are_walked_through_once_and_those_on_hold_counted() {
    with_chat(async |chat| {
        let (customer, _, held) = chat.conversation().await;
        let beside = chat.session(&customer, &chat.dentist().await).await;
        let (whole, _, of_held) = chat.conversation().await;
        let (free, _, of_free) = chat.conversation().await;
        keep(chat, customer.id, 0, &[held], ("erasure", -60.0)).await;
        keep(chat, whole.id, 1, &[], ("erasure", -60.0)).await;
        keep(chat, free.id, 0, &[], ("erasure", -60.0)).await;
        let sessions = [held, beside, of_held, of_free];
        for (session, old) in sessions.into_iter().zip(2_i64..) {
            chat.fill(session, 6).await;
            // All at the same time.
            let aged =
                "UPDATE chat_messages SET created_at = date_trunc('day', now()) - interval '2 days'
                WHERE session_id = $1 AND seq <= $2";
            chat.database.rows(aged, &[&session, &old]).await;
        }
        // Two, three, four and five of them.
        for limit in [2, 14, 99] {
            let (mut place, mut visited, mut steps) = (None, Vec::new(), Vec::new());
            loop {
                let step = trimming::expired(&chat.app().db, yesterday(), place, limit);
                let step = step.await.unwrap();
                visited.extend(step.sessions.iter().map(|session| session.get()));
                steps.push((step.free, step.held));
                place = step.next;
                if place.is_none() {
                    break;
                }
            }
            visited.dedup();
            assert_eq!(visited, sessions, "{limit}");
            let walked = steps.iter().fold((0, 0), |sum, step| (sum.0 + step.0, sum.1 + step.1));
            assert_eq!(walked, (8, 6), "{limit}");
            let is_full = |step: &(i64, i64)| step.0 + step.1 == limit.min(14);
            assert!(steps.iter().rev().skip(1).all(is_full), "{limit}: {steps:?}");
        }
    });
}

#[test]
fn archived_sessions_without_messages_and_idle_are_listed_from_one_on() {
    with_chat(async |chat| {
        let mut empty = Vec::new();
        for (status, days, messages) in [
            ("archived", 2, 0),
            ("active", 2, 0),
            ("archived", 2, 0),
            ("archived", 0, 0),
            ("archived", 2, 1),
            ("archived", 2, 0),
        ] {
            let (_, _, session) = chat.conversation().await;
            set_session(chat, session, status, days, messages).await;
            if (status, days, messages) == ("archived", 2, 0) {
                empty.push(session);
            }
        }
        let listed = async |after: i64, limit: i64| {
            let listed = trimming::empty(&chat.app().db, after, limit, yesterday()).await.unwrap();
            listed.into_iter().map(SessionId::get).collect::<Vec<_>>()
        };
        assert_eq!(listed(0, 9).await, empty);
        assert_eq!(listed(0, 2).await, empty[..2]);
        assert_eq!(listed(empty[0], 9).await, empty[1..]);
    });
}
