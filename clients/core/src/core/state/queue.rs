//! What is to be sent, per session in order.

use crate::{
    moment::Millis,
    planted::{self, Bug},
    store::Entry,
    wire::Upload,
};
use std::collections::{BTreeMap, VecDeque};

/// Where an image may be put, for a while.
#[derive(Debug)]
pub(in crate::core) struct Target {
    pub position: usize,
    pub upload: Upload,
    pub since: Millis,
    pub tries: u32,
}

/// A session's queue.
#[derive(Debug, Default)]
pub(in crate::core) struct Line {
    pub entries: VecDeque<Entry>,
    /// The mark that the send under way carries.
    pub carried: Option<i64>,
    /// All below is the first entry's.
    pub target: Option<Target>,
    /// How many uploads of it the object store refused.
    pub strikes: u32,
    /// How often the service did not find what was uploaded.
    pub misses: u32,
    /// It goes without the mark.
    pub without_mark: bool,
    /// Until then, an attempt that was not answered may still be carried out.
    pub unsettled_until: Millis,
}

impl Line {
    fn begin_with_next(&mut self) {
        self.target = None;
        self.strikes = 0;
        self.misses = 0;
        self.without_mark = false;
        self.unsettled_until = 0;
    }
}

#[derive(Debug)]
pub(in crate::core) struct Queue {
    lines: BTreeMap<i64, Line>,
    pub next_entry: i64,
}

impl Queue {
    pub fn new(entries: Vec<Entry>, next_entry: i64) -> Self {
        let mut lines: BTreeMap<i64, Line> = BTreeMap::new();
        for entry in entries {
            lines.entry(entry.session_id).or_default().entries.push_back(entry);
        }
        Self { lines, next_entry }
    }

    pub fn sessions(&self) -> Vec<i64> {
        self.lines.keys().copied().collect()
    }

    pub fn line(&mut self, session: i64) -> &mut Line {
        self.lines.entry(session).or_default()
    }

    /// The entry whose turn it is; none while a refused one is before it.
    pub fn head(&self, session: i64) -> Option<(&Line, &Entry)> {
        let line = self.lines.get(&session)?;
        let mut entries = line.entries.iter();
        let entry = if planted::has(Bug::RefusedSkipped) {
            entries.find(|entry| entry.refusal.is_none())?
        } else {
            entries.next()?
        };
        entry.refusal.is_none().then_some((line, entry))
    }

    pub fn entry(&mut self, id: i64) -> Option<&mut Entry> {
        self.lines.values_mut().flat_map(|line| &mut line.entries).find(|entry| entry.id == id)
    }

    pub fn carries_mark(&self, session: i64) -> bool {
        self.lines.get(&session).is_some_and(|line| line.carried.is_some())
    }

    /// Takes an entry out.
    pub fn remove(&mut self, session: i64, is_it: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let line = self.lines.get_mut(&session)?;
        let at = line.entries.iter().position(is_it)?;
        if at == 0 {
            line.begin_with_next();
        }
        line.entries.remove(at)
    }
}
