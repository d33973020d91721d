//! Uploads, and the object store.

use super::{Answer, Service};
use crate::wire::Upload;
use std::collections::BTreeMap;

impl Service {
    pub fn create_upload(&mut self, room: i64) -> Answer {
        let key = format!("sessions/{room}/{}", self.uploads.len());
        self.uploads.insert(key.clone(), false);
        let url = format!("https://objects/{key}");
        Answer::json(201, &Upload { key, url, headers: BTreeMap::new() })
    }

    pub fn put(&mut self, url: &str) -> Answer {
        match self.uploads.get_mut(url.trim_start_matches("https://objects/")) {
            Some(is_done) if *is_done => Answer::empty(412),
            Some(is_done) => {
                *is_done = true;
                Answer::empty(200)
            }
            None => Answer::empty(403),
        }
    }

    pub(super) fn is_there(&self, key: &str) -> bool {
        self.uploads.get(key) == Some(&true)
    }
}
