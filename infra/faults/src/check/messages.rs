//! What is stored against what was sent.

use super::findings::{Fault, Findings};
use crate::history::{FreshRead, Message, Outcome, Sent};
use std::collections::{HashMap, HashSet};

/// Checks one session's messages against everything that was sent to it.
pub(super) fn check(session: &FreshRead, sent: &[&Sent], findings: &mut Findings) {
    check_places(session, findings);
    let stored: HashMap<&str, &Message> = session
        .messages
        .iter()
        .map(|message| (message.client_message_id.as_str(), message))
        .collect();
    for sent in sent {
        check_send(sent, stored.get(sent.client_message_id.as_str()).copied(), findings);
    }
    let known: HashSet<&str> = sent.iter().map(|sent| sent.client_message_id.as_str()).collect();
    for message in &session.messages {
        if !known.contains(message.client_message_id.as_str()) {
            findings.note(Fault::Invented, || format!("session {}: {message:?}", session.session));
        }
    }
    check_order(session.session, sent, findings);
}

/// The places are 1, 2, 3, …, and each message has one.
fn check_places(session: &FreshRead, findings: &mut Findings) {
    let place = |seq: i64| format!("session {}, seq {seq}", session.session);
    let mut ids = HashSet::new();
    let mut expected = 1;
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
fn check_send(sent: &Sent, stored: Option<&Message>, findings: &mut Findings) {
    match (sent.outcome, stored) {
        (Outcome::Acknowledged { .. }, None) => findings.note(Fault::Lost, || format!("{sent:?}")),
        (Outcome::Refused, Some(message)) => {
            findings.note(Fault::Invented, || format!("refused, and there: {message:?}"));
        }
        (outcome, Some(message)) => {
            let is_in_place = match outcome {
                Outcome::Acknowledged { seq, .. } => seq == message.seq,
                Outcome::Unknown | Outcome::Refused => true,
            };
            let is_same = sent.sender == message.sender && sent.content == message.content;
            if !is_in_place || !is_same {
                findings.note(Fault::Altered, || format!("{sent:?} is stored as {message:?}"));
            }
        }
        (Outcome::Unknown | Outcome::Refused, None) => {}
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
