//! What an export notes beside itself in the bucket after each part, so that whoever is asked next can go on;
//! removed when it is whole.

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
    pub(crate) etag: String,
    /// Entries that were finished in this part.
    pub(crate) entries: Vec<Entry>,
    pub(crate) cursor: Cursor,
    pub(crate) archive: Option<Aside>,
}

/// The note on the last part: nothing is left to write.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LastNote {
    pub(crate) upload: String,
    pub(crate) number: i32,
    pub(crate) etag: String,
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
            let prefix = format!("{}part-", self.folder);
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

    /// The note on a part.
    pub(crate) async fn part(&self, number: i32) -> Result<Note, Error> {
        let missing = || Error::Internal(Cause::new("a note of an export is missing"));
        self.read(&self.key(number)).await?.ok_or_else(missing)
    }

    /// The note on the last part.
    pub(crate) async fn last(&self) -> Result<Option<LastNote>, Error> {
        self.read(&self.last_key()).await
    }

    /// Notes a part. Tells whether it did: another invocation may have been faster.
    pub(crate) async fn write(&self, note: &Note) -> Result<bool, Error> {
        self.app.vault.write_once(&self.key(note.number), text(note)?).await
    }

    /// The same of the last.
    pub(crate) async fn write_last(&self, note: &LastNote) -> Result<bool, Error> {
        self.app.vault.write_once(&self.last_key(), text(note)?).await
    }

    /// What S3 calls the content of every part up to this one, and the entries in them.
    pub(crate) async fn parts(&self, up_to: i32) -> Result<(Vec<Part>, Vec<Entry>), Error> {
        let (mut parts, mut entries) = (Vec::new(), Vec::new());
        for number in 1..=up_to {
            let note = self.part(number).await?;
            parts.push(Part { number, etag: note.etag });
            entries.extend(note.entries);
        }
        Ok((parts, entries))
    }

    fn key(&self, number: i32) -> String {
        format!("{}part-{number:05}.json", self.folder)
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
