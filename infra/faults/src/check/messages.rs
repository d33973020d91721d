//! What is stored against what was sent.

use super::findings::{Fault, Findings};
use crate::history::{Changed, FreshRead, Message, Outcome, Sent};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What became of messages that were changed, by session and `seq`.
type Changes = BTreeMap<(i64, i64), Changed>;

/// Checks one session's messages against everything that was sent to it, and what it was changed to.
pub(super) fn check(
    session: &FreshRead,
    sent: &[&Sent],
    changes: &Changes,
    findings: &mut Findings,
) {
    check_places(session, findings);
    check_beginning(session, changes, findings);
    let stored: HashMap<&str, &Message> = session
        .messages
        .iter()
        .map(|message| (message.client_message_id.as_str(), message))
        .collect();
    for sent in sent {
        let stored = stored.get(sent.client_message_id.as_str()).copied();
        check_send(sent, stored, session.first_seq, changes, findings);
    }
    let known: HashSet<&str> = sent.iter().map(|sent| sent.client_message_id.as_str()).collect();
    for message in &session.messages {
        if !known.contains(message.client_message_id.as_str()) {
            findings.note(Fault::Invented, || format!("session {}: {message:?}", session.session));
        }
    }
    check_order(session.session, sent, findings);
}

/// What is older than the retention period is gone, and nothing else.
fn check_beginning(session: &FreshRead, changes: &Changes, findings: &mut Findings) {
    let FreshRead { session, first_seq, aged, .. } = *session;
    if first_seq != aged + 1 {
        let example = || format!("session {session} begins at {first_seq}, {aged} have expired");
        findings.note(Fault::Beginning, example);
    }
    let of_session = changes.range((session, first_seq)..=(session, i64::MAX));
    for (place, _) in of_session.filter(|(_, changed)| changed.is_gone) {
        findings.note(Fault::Lost, || format!("{place:?} was not there for its author"));
    }
}

/// The places follow each other from the beginning on, and each message has one.
fn check_places(session: &FreshRead, findings: &mut Findings) {
    let place = |seq: i64| format!("session {}, seq {seq}", session.session);
    let mut ids = HashSet::new();
    let mut expected = session.first_seq;
    for message in &session.messages {
        let seq = message.seq;
        if !ids.insert(message.client_message_id.as_str()) || seq < expected {
            findings.note(Fault::Duplicated, || place(seq));
        }
        if seq > expected {
            findings.note(Fault::Gap, || format!("{} instead of {expected}", place(seq)));
        }
        expected = expected.max(seq + 1);
    }
}

/// What became of one send.
fn check_send(
    sent: &Sent,
    stored: Option<&Message>,
    first_seq: i64,
    changes: &Changes,
    findings: &mut Findings,
) {
    match (sent.outcome, stored) {
        (Outcome::Acknowledged { seq, .. }, None) if seq < first_seq => {}
        (Outcome::Acknowledged { .. }, None) => findings.note(Fault::Lost, || format!("{sent:?}")),
        (Outcome::Refused, Some(message)) => {
            findings.note(Fault::Invented, || format!("refused, and there: {message:?}"));
        }
        (outcome, Some(message)) => {
            let is_in_place = match outcome {
                Outcome::Acknowledged { seq, .. } => seq == message.seq,
                Outcome::Unknown | Outcome::Refused => true,
            };
            let change = changes.get(&(sent.session, message.seq));
            let is_same =
                sent.sender == message.sender && says_what_it_should(sent, message, change);
            if !is_in_place || !is_same {
                findings.note(Fault::Altered, || format!("{sent:?} is stored as {message:?}"));
            }
        }
        (Outcome::Unknown | Outcome::Refused, None) => {}
    }
}

fn says_what_it_should(sent: &Sent, message: &Message, change: Option<&Changed>) -> bool {
    match change {
        Some(changed) if changed.is_open || changed.is_gone => true,
        Some(changed) => {
            changed.content == message.content && changed.is_retracted == message.is_retracted
        }
        None => sent.content == message.content && message.changed_at.is_empty(),
    }
}

/// Whatever was sent after an acknowledgment comes after what was acknowledged.
fn check_order(session: i64, sent: &[&Sent], findings: &mut Findings) {
    let place = |sent: &&&Sent| match sent.outcome {
        Outcome::Acknowledged { seq, at } => Some((sent.began, at, seq)),
        Outcome::Unknown | Outcome::Refused => None,
    };
    let mut by_beginning: Vec<_> = sent.iter().filter_map(|sent| place(&sent)).collect();
    let mut by_end = by_beginning.clone();
    by_beginning.sort_by_key(|(began, _, _)| *began);
    by_end.sort_by_key(|(_, at, _)| *at);
    let (mut ended, mut highest) = (by_end.into_iter().peekable(), 0);
    for (began, _, seq) in by_beginning {
        while let Some((_, _, earlier)) = ended.next_if(|(_, at, _)| *at < began) {
            highest = highest.max(earlier);
        }
        if seq < highest {
            let example = || format!("session {session}: {seq} was sent after {highest} was there");
            findings.note(Fault::Reordered, example);
        }
    }
}
