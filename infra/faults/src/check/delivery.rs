//! Pushes and the outbox.

use super::findings::{Fault, Findings};
use crate::history::{History, Message};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Each message that must ring has rung under one key, nothing else has, and nothing is owed.
pub(super) fn check(history: &History, findings: &mut Findings) {
    for _ in 0..history.owed {
        findings.note(Fault::Owed, || "a row in the outbox".to_owned());
    }
    let mut keys: BTreeMap<(i64, i64), BTreeSet<&str>> = BTreeMap::new();
    let mut accepted = BTreeSet::new();
    let mut messages: HashMap<&str, BTreeSet<(i64, i64)>> = HashMap::new();
    for push in &history.pushes {
        let place = (push.session, push.seq);
        keys.entry(place).or_default().insert(&push.key);
        if push.is_accepted {
            accepted.insert(place);
        }
        messages.entry(&push.key).or_default().insert(place);
    }
    let shared_keys = messages.iter().filter(|(_, places)| places.len() > 1);
    for (key, places) in shared_keys {
        findings.note(Fault::PushTwice, || format!("{key} is the key of {places:?}"));
    }
    for read in &history.sessions {
        let rings = |message: &&Message| read.rings && message.sender.starts_with("dentist");
        // What is gone may have rung before, and so may what was retracted.
        keys.retain(|(session, seq), _| *session != read.session || *seq >= read.first_seq);
        for message in read.messages.iter().filter(rings) {
            let place = (read.session, message.seq);
            if message.is_retracted {
                keys.remove(&place);
                continue;
            }
            match keys.remove(&place).map_or(0, |keys| keys.len()) {
                _ if !accepted.contains(&place) => {
                    findings.note(Fault::PushMissing, || format!("{place:?}"));
                }
                1 => {}
                many => findings.note(Fault::PushTwice, || format!("{place:?} has {many} keys")),
            }
        }
    }
    for place in keys.keys() {
        findings.note(Fault::PushUnexpected, || format!("{place:?}"));
    }
}
