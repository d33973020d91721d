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
    store::{Subject, exports, keeping},
    vault::upload::{Part, Upload},
};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How long nobody else works on the records after a part of an export.
pub(crate) const LEASE: Duration = Duration::from_mins(2);
/// How large a part is at least; S3 wants five megabytes.
const PART: usize = 8 * 1024 * 1024;

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
    folder: String,
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
            folder,
        }
    }

    /// Goes on from the newest note.
    pub(crate) async fn run(&self, deadline: Deadline) -> Result<Finished, Error> {
        if let Some(last) = self.notes.last().await? {
            return self.complete(last).await;
        }
        let Some(note) = self.begun().await? else { return Ok(Finished::Lost) };
        let mut archive =
            note.archive.as_ref().map_or_else(|| Ok(Archive::new()), Archive::resume)?;
        let (mut cursor, mut number) = (note.cursor, note.number);
        let upload = Upload { key: &self.key, id: &note.upload };
        while cursor.file != File::End {
            self.source.write(&mut archive, &mut cursor).await?;
            if archive.out.len() < PART {
                continue;
            }
            number += 1;
            if !self.flush(upload, &mut archive, &cursor, number).await? {
                return Ok(Finished::Lost);
            }
            if deadline.is_over() {
                return Ok(Finished::Unfinished);
            }
        }
        self.close(upload, archive, &cursor, number).await
    }

    /// The newest note; of a new export, the one before its first part.
    async fn begun(&self) -> Result<Option<Note>, Error> {
        if let Some(note) = self.notes.newest().await? {
            return Ok(Some(note));
        }
        let upload = self.app().vault.begin_upload(&self.key, "application/zip").await?;
        let (etag, entries) = (String::new(), Vec::new());
        let cursor = Cursor::begin();
        let note = Note { number: 0, upload, etag, entries, cursor, archive: None };
        Ok(self.notes.write(&note).await?.then_some(note))
    }

    /// Uploads a part and notes it. Not when the records are another job's by now, or the export another
    /// invocation's.
    async fn flush(
        &self,
        upload: Upload<'_>,
        archive: &mut Archive,
        cursor: &Cursor,
        number: i32,
    ) -> Result<bool, Error> {
        if !keeping::take(&self.app().db, self.source.customer, &self.name, LEASE).await? {
            return Ok(false);
        }
        let (bytes, entries, aside) = archive.put_aside();
        let Part { etag, .. } = self.app().vault.upload_part(upload, number, bytes).await?;
        let (upload, cursor) = (upload.id.to_owned(), cursor.clone());
        let note = Note { number, upload, etag, entries, cursor, archive: Some(aside) };
        self.notes.write(&note).await
    }

    /// Writes the directory and the last part.
    async fn close(
        &self,
        upload: Upload<'_>,
        mut archive: Archive,
        cursor: &Cursor,
        number: i32,
    ) -> Result<Finished, Error> {
        if !keeping::take(&self.app().db, self.source.customer, &self.name, LEASE).await? {
            return Ok(Finished::Lost);
        }
        let (_, mut entries) = self.notes.parts(number).await?;
        entries.append(&mut archive.finished);
        let (out, sha256, bytes) = archive.close(&entries);
        let part = self.app().vault.upload_part(upload, number + 1, out).await?;
        let last = LastNote {
            upload: upload.id.to_owned(),
            number: part.number,
            etag: part.etag,
            sha256,
            bytes,
            images_missing: cursor.images_missing,
        };
        if !self.notes.write_last(&last).await? {
            return Ok(Finished::Lost);
        }
        self.complete(last).await
    }

    /// Makes the object of its parts, says so, and removes the notes.
    async fn complete(&self, last: LastNote) -> Result<Finished, Error> {
        let (mut parts, _) = self.notes.parts(last.number - 1).await?;
        parts.push(Part { number: last.number, etag: last.etag });
        let upload = Upload { key: &self.key, id: &last.upload };
        self.app().vault.finish_upload(upload, parts).await?;
        exports::finish(&self.app().db, self.export, &self.key, &last.sha256, &self.name).await?;
        self.app().vault.erase(true, &format!("{}{}/", self.folder, self.export)).await?;
        let (key, sha256, bytes) = (self.key.clone(), last.sha256, last.bytes);
        Ok(Finished::Whole(Whole { key, sha256, bytes, images_missing: last.images_missing }))
    }

    fn app(&self) -> &App {
        self.source.app
    }
}
