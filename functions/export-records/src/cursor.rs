//! Where an export is: which file, which session, which message.

use serde::{Deserialize, Serialize};

/// The files of an export, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum File {
    /// `records.json`.
    Records,
    /// `index.html`.
    Page,
    /// Everything under `images/`.
    Images,
    /// There is none left.
    End,
}

/// The place after the last chunk that was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says one thing about the place, and all are written down"
)]
pub(crate) struct Cursor {
    /// In this file.
    pub(crate) file: File,
    /// Whether it was begun.
    pub(crate) is_begun: bool,
    /// In this session, or after it.
    pub(crate) session: i64,
    /// Whether more of that session's messages may come.
    pub(crate) is_inside: bool,
    /// After this message.
    pub(crate) seq: i64,
    /// Of the next message, images that were written already.
    pub(crate) image: usize,
    /// Whether something of a list was written before: then a comma comes first.
    pub(crate) has_session: bool,
    /// The same of the session's messages.
    pub(crate) has_message: bool,
    /// The day of the last message, as the page says it.
    pub(crate) day: String,
    /// Images that were not in their bucket.
    pub(crate) images_missing: u64,
}

impl Cursor {
    pub(crate) fn begin() -> Self {
        Self {
            file: File::Records,
            is_begun: false,
            session: 0,
            is_inside: false,
            seq: 0,
            image: 0,
            has_session: false,
            has_message: false,
            day: String::new(),
            images_missing: 0,
        }
    }

    /// The next file, from its beginning.
    pub(crate) fn next_file(&mut self) {
        let file = match self.file {
            File::Records => File::Page,
            File::Page => File::Images,
            File::Images | File::End => File::End,
        };
        *self = Self { file, images_missing: self.images_missing, ..Self::begin() };
    }

    /// Into this session.
    pub(crate) fn enter(&mut self, session: i64) {
        self.session = session;
        self.is_inside = true;
        self.seq = 0;
        self.has_message = false;
        self.day.clear();
    }
}
