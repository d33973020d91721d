//! An export as a job: chunk after chunk until a part is full, which is uploaded and noted.

use crate::{
    archive::Archive,
    cursor::{Cursor, File},
    document::Source,
    work::{LastNote, Note, Notes},
};
use chat::{
    app::App,
    error::Error,
    id::CustomerId,
    records::Deadline,
    store::{Subject, exports},
    vault::upload::{Part, Upload},
};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How long nobody else works on the records after a part of an export.
pub(crate) const LEASE: Duration = Duration::from_mins(2);

/// What came of a run.
pub(crate) enum Finished {
    /// It is whole.
    Whole(Whole),
    /// Another invocation was faster: it goes on.
    Lost,
    /// Time is over.
    Unfinished,
}

/// A whole export.
pub(crate) struct Whole {
    pub(crate) key: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) images_missing: u64,
}

/// One export.
pub(crate) struct Job<'a> {
    source: Source<'a>,
    name: String,
    export: Uuid,
    key: String,
    notes: Notes<'a>,
}

/// The name under which it has the records.
pub(crate) fn name(subject: Subject) -> String {
    match subject {
        Subject::Customer(_) => "export".to_owned(),
        Subject::Session(session) => format!("export of session {session}"),
    }
}

impl<'a> Job<'a> {
    pub(crate) fn of(
        app: &'a App,
        subject: Subject,
        customer: CustomerId,
        export: Uuid,
        begun_at: OffsetDateTime,
    ) -> Self {
        let folder = match subject {
            Subject::Customer(customer) => format!("exports/customer-{customer}/"),
            Subject::Session(session) => format!("exports/session-{session}/"),
        };
        Self {
            source: Source { app, subject, customer, until: begun_at },
            name: name(subject),
            export,
            key: format!("{folder}{export}.zip"),
            notes: Notes { app, folder: format!("{folder}{export}/") },
        }
    }

    /// Goes on from the newest note.
    pub(crate) async fn run(&self, deadline: Deadline) -> Result<Finished, Error> {
        let newest = self.notes.newest().await?;
        if let Some(last) = self.notes.last().await? {
            return self.complete(last).await;
        }
        let note = if newest.is_some() { newest } else { self.begin().await? };
        let Some(note) = note else { return Ok(Finished::Lost) };
        self.go_on(note, deadline).await
    }

    /// Notes that there is nothing yet. None if another invocation did.
    async fn begin(&self) -> Result<Option<Note>, Error> {
        let upload = self.app().vault.begin_upload(&self.key, "application/zip").await?;
        let (part, entries, cursor) = (None, Vec::new(), Cursor::begin());
        let note = Note { number: 0, upload, part, entries, cursor, archive: None };
        Ok(self.notes.write(&note).await?.then_some(note))
    }

    async fn go_on(&self, mut note: Note, deadline: Deadline) -> Result<Finished, Error> {
        let mut archive =
            note.archive.as_ref().map_or_else(|| Ok(Archive::new()), Archive::resume)?;
        let mut cursor = note.cursor.clone();
        while cursor.file != File::End {
            self.source.write(&mut archive, &mut cursor).await?;
            if !archive.is_full() {
                continue;
            }
            match self.flush(&note, &mut archive, &cursor).await? {
                Some(next) => note = next,
                None => return Ok(Finished::Lost),
            }
            if deadline.is_over() {
                return Ok(Finished::Unfinished);
            }
        }
        self.close(note, archive, cursor.images_missing).await
    }

    /// Uploads the part after that of the note, and notes it. None when the records are another job's by now, or
    /// another invocation was faster.
    async fn flush(
        &self,
        before: &Note,
        archive: &mut Archive,
        cursor: &Cursor,
    ) -> Result<Option<Note>, Error> {
        let (bytes, entries, aside) = archive.put_aside();
        let Some(part) = self.upload(before, bytes).await? else { return Ok(None) };
        let (upload, cursor) = (before.upload.clone(), cursor.clone());
        let (number, part, archive) = (before.number + 1, Some(part), Some(aside));
        let note = Note { number, upload, part, entries, cursor, archive };
        Ok(self.notes.write(&note).await?.then_some(note))
    }

    /// Writes the directory and the last part.
    async fn close(
        &self,
        before: Note,
        mut archive: Archive,
        images_missing: u64,
    ) -> Result<Finished, Error> {
        let Some((mut parts, mut entries)) = self.notes.parts(before.number).await? else {
            return Ok(Finished::Lost);
        };
        entries.append(&mut archive.finished);
        let (out, sha256, bytes) = archive.close(&entries);
        let Some(part) = self.upload(&before, out).await? else { return Ok(Finished::Lost) };
        parts.push(part);
        let upload = before.upload;
        let last = LastNote { upload, parts, sha256, bytes, images_missing };
        if !self.notes.write_last(&last).await? {
            return Ok(Finished::Lost);
        }
        self.complete(last).await
    }

    /// Uploads what comes after the part of the note, to where no other invocation writes. None when the records
    /// are another job's by now, or the export is whole.
    async fn upload(&self, before: &Note, bytes: Vec<u8>) -> Result<Option<Part>, Error> {
        let app = self.app();
        if !exports::go_on(&app.db, self.export, &self.name, LEASE).await? {
            return Ok(None);
        }
        let place = self.notes.place(before.place()).await?;
        let upload = Upload { key: &self.key, id: &before.upload };
        app.vault.upload_part(upload, place, bytes).await
    }

    /// Makes the object of its parts, says so, and removes the notes on them.
    async fn complete(&self, last: LastNote) -> Result<Finished, Error> {
        let upload = Upload { key: &self.key, id: &last.upload };
        self.app().vault.finish_upload(upload, last.parts).await?;
        exports::finish(&self.app().db, self.export, &self.key, &last.sha256, &self.name).await?;
        self.notes.forget_parts().await?;
        let (key, sha256, bytes) = (self.key.clone(), last.sha256, last.bytes);
        Ok(Finished::Whole(Whole { key, sha256, bytes, images_missing: last.images_missing }))
    }

    fn app(&self) -> &App {
        self.source.app
    }
}
