//! What an export notes beside itself in the bucket after each part, so that whoever is asked next can go on.
//!
//! Several invocations may be at it. Whatever they write is written once: a part has a place of its own, which
//! no other invocation writes to, and belongs to the export when its note is there. Of two that write the same
//! part, with what was said between them or without, the one whose note came first goes on.

use crate::{archive::Aside, cursor::Cursor, zip::Entry};
use chat::{
    app::App,
    error::{Cause, Error},
    vault::upload::Part,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The note on one part; 0 is the one before the first.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) number: i32,
    pub(crate) upload: String,
    /// What S3 has of it: its number there is larger, where more than one invocation tried.
    pub(crate) part: Option<Part>,
    /// Entries that were finished in this part.
    pub(crate) entries: Vec<Entry>,
    pub(crate) cursor: Cursor,
    pub(crate) archive: Option<Aside>,
}

impl Note {
    /// The number that S3 has the part under; 0 before the first.
    pub(crate) fn place(&self) -> i32 {
        self.part.as_ref().map_or(0, |part| part.number)
    }
}

/// The note on the whole: nothing is left to write. It stays, for whoever comes late.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LastNote {
    pub(crate) upload: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) images_missing: u64,
}

/// The notes of one export.
pub(crate) struct Notes<'a> {
    pub(crate) app: &'a App,
    /// Where they are.
    pub(crate) folder: String,
}

impl Notes<'_> {
    /// The newest, if there is one.
    pub(crate) async fn newest(&self) -> Result<Option<Note>, Error> {
        let (mut after, mut newest) = (None, None);
        loop {
            let prefix = format!("{}part-", self.parts_folder());
            let keys = self.app.vault.keys(&prefix, after.as_deref()).await?;
            let Some(last) = keys.into_iter().next_back() else { break };
            newest = Some(last.clone());
            after = Some(last);
        }
        match newest {
            Some(key) => self.read(&key).await,
            None => Ok(None),
        }
    }

    /// The note on the whole. The parts' notes are removed after it was written: look for it after them.
    pub(crate) async fn last(&self) -> Result<Option<LastNote>, Error> {
        self.read(&self.last_key()).await
    }

    /// A number after this one that no other invocation gives a part.
    pub(crate) async fn place(&self, after: i32) -> Result<i32, Error> {
        let mut place = after + 1;
        while !self.app.vault.write_once(&self.place_key(place), "{}".to_owned()).await? {
            place += 1;
        }
        Ok(place)
    }

    /// Notes a part. Tells whether it did: another invocation may have been faster.
    pub(crate) async fn write(&self, note: &Note) -> Result<bool, Error> {
        self.app.vault.write_once(&self.key(note.number), text(note)?).await
    }

    /// The same of the whole.
    pub(crate) async fn write_last(&self, note: &LastNote) -> Result<bool, Error> {
        self.app.vault.write_once(&self.last_key(), text(note)?).await
    }

    /// Every part up to this one, and the entries in them; none if their notes are not there any more.
    pub(crate) async fn parts(&self, up_to: i32) -> Result<Option<(Vec<Part>, Vec<Entry>)>, Error> {
        let (mut parts, mut entries) = (Vec::new(), Vec::new());
        for number in 1..=up_to {
            let Some(note) = self.read::<Note>(&self.key(number)).await? else { return Ok(None) };
            parts.extend(note.part);
            entries.extend(note.entries);
        }
        Ok(Some((parts, entries)))
    }

    /// Removes those on parts, when the export is whole.
    pub(crate) async fn forget_parts(&self) -> Result<(), Error> {
        self.app.vault.erase(true, &self.parts_folder()).await
    }

    fn key(&self, number: i32) -> String {
        format!("{}part-{number:05}.json", self.parts_folder())
    }

    fn place_key(&self, place: i32) -> String {
        format!("{}place-{place:05}.json", self.parts_folder())
    }

    fn parts_folder(&self) -> String {
        format!("{}parts/", self.folder)
    }

    fn last_key(&self) -> String {
        format!("{}last.json", self.folder)
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = self.app.vault.read(key).await? else { return Ok(None) };
        let malformed = |_| Error::Internal(Cause::new("a note of an export is not as described"));
        serde_json::from_slice(&bytes).map(Some).map_err(malformed)
    }
}

fn text(note: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(note).map_err(|_| Error::Internal(Cause::new("a note is not JSON")))
}
