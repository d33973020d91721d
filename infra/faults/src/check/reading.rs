//! What clients saw, and what the service counts as read.

use super::findings::{Fault, Findings};
use crate::history::{FreshRead, Heard, History, Message};
use std::collections::HashMap;

/// Unread counts are a recount; read marks hold, and so does what lies before them.
pub(super) fn check_counts(session: &FreshRead, findings: &mut Findings) {
    for side in &session.sides {
        let is_from_other = |message: &&Message| !message.sender.starts_with(side.role);
        let others = || session.messages.iter().filter(is_from_other);
        let unread = others().filter(|message| !message.is_read).count();
        if i64::try_from(unread) != Ok(side.unread_count) {
            let example = || format!("session {}: {unread} are unread, {side:?}", session.session);
            findings.note(Fault::Miscounted, example);
        }
        let disagrees = |message: &Message| message.is_read != (message.seq <= side.read_seq);
        if side.read_seq < side.marked || others().any(disagrees) {
            findings.note(Fault::Unmarked, || format!("session {}: {side:?}", session.session));
        }
    }
}

/// What each client saw is what a fresh read gives, and what was owed to an open connection came.
pub(super) fn check_listeners(history: &History, findings: &mut Findings) {
    let sessions: HashMap<i64, &[Message]> =
        history.sessions.iter().map(|read| (read.session, read.messages.as_slice())).collect();
    for heard in &history.heard {
        let who = || format!("{}, session {}", heard.listener, heard.session);
        for skip in &heard.skips {
            findings.note(Fault::Skipped, || format!("{}: {skip}", who()));
        }
        for change in &heard.changes {
            findings.note(Fault::Unheard, || format!("{}: {change}", who()));
        }
        let stored = sessions.get(&heard.session).copied().unwrap_or_default();
        check_one(heard, stored, findings);
        let frames_after = heard.frames_after.unwrap_or(i64::MAX);
        let owed = stored.iter().map(|message| message.seq).filter(|seq| *seq > frames_after);
        // Also one that the gateway did not take: it stays owed.
        for seq in owed.filter(|seq| !heard.frames.contains(seq)) {
            findings.note(Fault::FrameMissed, || format!("{}: {seq}", who()));
        }
    }
}

fn check_one(heard: &Heard, stored: &[Message], findings: &mut Findings) {
    let who = || format!("{}, session {}", heard.listener, heard.session);
    for message in stored {
        if !heard.messages.get(&message.seq).is_some_and(|seen| seen.is(message)) {
            let seen = heard.messages.get(&message.seq);
            findings.note(Fault::Unheard, || format!("{}: {message:?}, seen: {seen:?}", who()));
        }
    }
    let last = stored.last().map_or(0, |message| message.seq);
    for (seq, message) in heard.messages.range(last + 1..) {
        findings.note(Fault::Unheard, || format!("{}: nobody has {seq}: {message:?}", who()));
    }
}
