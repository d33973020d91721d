//! What is asked of the service, and what for.

use crate::core::{Method, WishId};
use std::collections::BTreeMap;

/// Something that requests are made for, one at a time. In the order of their importance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::core) enum Job {
    /// Unregisters the phone of whoever has signed out.
    Farewell,
    /// Fetches what changed.
    CatchUp,
    /// Sends a session's queue.
    Send(i64),
    /// Fetches messages that are missing in a session.
    Fill(i64),
    /// Tells what the user has read.
    Mark(i64),
    /// Registers the phone.
    Phone,
    /// Does what the user waits for.
    Call(WishId),
}

/// What a request is for, with what must be known when it is answered.
#[derive(Clone, Debug)]
pub(in crate::core) enum Purpose {
    Farewell,
    Changes { since: Option<String> },
    Upload { session: i64, entry: i64, position: usize },
    Put { session: i64, entry: i64, position: usize },
    Send { session: i64, entry: i64, mark: Option<i64> },
    Newest { session: i64 },
    After { session: i64, after: i64 },
    Mark { session: i64 },
    Phone { subscription: String },
    Call { wish: WishId },
}

/// A request that is under way.
#[derive(Debug)]
pub(in crate::core) struct Asked {
    pub job: Job,
    pub purpose: Purpose,
    /// The token that it was made with.
    pub token: Option<u64>,
    /// Whether it named the connection: then no frame tells of what it does.
    pub is_unheard: bool,
}

/// A request that could be made now.
#[derive(Debug)]
pub(in crate::core) enum Plan {
    Ask { purpose: Purpose, method: Method, path: String, body: Option<serde_json::Value> },
    Put { purpose: Purpose, url: String, headers: BTreeMap<String, String> },
}

impl Plan {
    pub fn get(purpose: Purpose, path: String) -> Self {
        Self::Ask { purpose, method: Method::Get, path, body: None }
    }
}
