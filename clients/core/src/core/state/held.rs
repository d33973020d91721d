//! Which messages of a session are held: one run, `first_seq` to `last_seq`, without a gap; beyond
//! it, single messages may be held as islands until the gap before them is filled.

use crate::{
    planted::{self, Bug},
    store::SessionState,
    wire::Role,
};
use std::collections::BTreeSet;

/// A session, and the messages beyond its run that are held.
#[derive(Debug)]
pub(in crate::core) struct Held {
    pub state: SessionState,
    pub islands: BTreeSet<i64>,
    /// How often what was held has been forgotten: a page asked for before that is not taken in.
    pub restarts: u32,
}

impl Held {
    pub const fn new(state: SessionState, islands: BTreeSet<i64>) -> Self {
        Self { state, islands, restarts: 0 }
    }

    /// Counts a message as held. False when it is older than what is.
    pub fn hold(&mut self, seq: i64) -> bool {
        let state = &mut self.state;
        state.heard_seq = state.heard_seq.max(seq);
        if seq == 1 {
            self.begin_at(1);
        } else if state.last_seq > 0 && seq == state.last_seq + 1 {
            state.last_seq = seq;
        } else if seq > state.last_seq {
            // Also the first that is heard of: what comes before it is fetched, and begins the run.
            self.islands.insert(seq);
        }
        self.join();
        seq >= self.state.first_seq
    }

    /// Begins the run, where nothing is held yet.
    pub fn begin_at(&mut self, seq: i64) {
        let state = &mut self.state;
        if state.last_seq == 0 {
            state.first_seq = seq;
            state.last_seq = seq;
            state.heard_seq = state.heard_seq.max(seq);
            state.has_older = seq > 1;
            self.join();
        }
    }

    /// The run takes in the islands that it has reached.
    pub fn join(&mut self) {
        let state = &mut self.state;
        while state.last_seq > 0
            && self.islands.first().is_some_and(|island| *island <= state.last_seq + 1)
        {
            state.last_seq = state.last_seq.max(self.islands.pop_first().unwrap_or_default());
        }
        if planted::has(Bug::GapsLeft)
            && let Some(newest) = self.islands.pop_last()
        {
            state.last_seq = newest;
            self.islands.clear();
        }
    }

    /// Nothing before that seq is held any more.
    pub fn forget_before(&mut self, seq: i64) {
        let state = &mut self.state;
        self.islands = self.islands.split_off(&seq);
        if state.last_seq < seq {
            state.last_seq = 0;
        }
        state.first_seq = if state.last_seq == 0 { 0 } else { state.first_seq.max(seq) };
        state.has_older = true;
        self.restarts += 1;
    }

    /// Whether what is held tells how many messages the user has not read.
    pub const fn counts_unread(&self, role: Role) -> bool {
        let state = &self.state;
        !state.has_older || state.first_seq <= state.mark(role) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Person, Session, Status};

    fn held() -> Held {
        let person = |id| Person { id, name: None };
        let state = SessionState::new(&Session {
            id: 1,
            status: Status::Active,
            customer: person(1),
            dentist: person(2),
            created_at: String::new(),
            updated_at: String::new(),
            last_seq: 0,
            last_message: None,
            unread_count: 0,
            customer_read_seq: 0,
            dentist_read_seq: 0,
        });
        Held::new(state, BTreeSet::new())
    }

    #[test]
    fn a_gap_is_known_until_it_is_filled_in_any_order() {
        let mut held = held();
        held.begin_at(4);
        assert!([5, 8, 10].into_iter().all(|seq| held.hold(seq)));
        assert_eq!((held.state.first_seq, held.state.last_seq), (4, 5));
        assert!(!held.hold(3), "older than what is held");
        assert!(held.hold(7) && held.hold(6));
        assert_eq!((held.state.last_seq, held.state.heard_seq), (8, 10));
        assert!(held.hold(9));
        assert_eq!(held.state.last_seq, 10);
        assert!(held.islands.is_empty());
    }

    #[test]
    fn a_session_that_is_first_heard_of_in_its_middle_has_a_gap_before_it() {
        let mut held = held();
        assert!(held.hold(3) && held.hold(2));
        assert_eq!((held.state.last_seq, held.state.heard_seq), (0, 3));
        assert!(held.hold(1));
        assert_eq!((held.state.first_seq, held.state.last_seq), (1, 3));
        assert!(!held.state.has_older);
    }

    #[test]
    fn what_is_forgotten_leaves_what_came_after_it() {
        let mut held = held();
        assert!([1, 2, 3, 9].into_iter().all(|seq| held.hold(seq)));
        held.forget_before(8);
        held.begin_at(8);
        assert_eq!((held.state.first_seq, held.state.last_seq), (8, 9));
        assert!(held.state.has_older);
    }
}
