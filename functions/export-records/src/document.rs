//! What is written, chunk by chunk: `records.json` as the statements say it, `index.html`, the images.

use crate::{
    archive::Archive,
    cursor::{Cursor, File},
    page::{self, Message},
};
use chat::{
    app::App,
    error::{Cause, Error},
    id::{CustomerId, DentistId, SessionId},
    log,
    store::{
        Listed, Subject,
        exports::{self, Recorded},
        sessions_of,
    },
};
use serde_json::json;
use time::OffsetDateTime;

/// Messages in a chunk of text; each has up to a few times eight kilobytes.
const CHUNK: i64 = 200;

/// Where it comes from.
pub(crate) struct Source<'a> {
    pub(crate) app: &'a App,
    pub(crate) subject: Subject,
    pub(crate) customer: CustomerId,
    /// What was said later is not in it.
    pub(crate) until: OffsetDateTime,
}

impl Source<'_> {
    /// Writes the next chunk.
    pub(crate) async fn write(
        &self,
        archive: &mut Archive,
        cursor: &mut Cursor,
    ) -> Result<(), Error> {
        if !cursor.is_begun {
            cursor.is_begun = true;
            return self.begin(archive, cursor.file).await;
        }
        if cursor.is_inside {
            return self.messages(archive, cursor).await;
        }
        let next = sessions_of(&self.app.db, self.subject, cursor.session, 1).await?;
        if let Some(session) = next.first() {
            return self.session(archive, cursor, session).await;
        }
        match cursor.file {
            File::Records => archive.text("\n]}\n")?,
            File::Page => archive.text(page::END)?,
            File::Images | File::End => {}
        }
        if matches!(cursor.file, File::Records | File::Page) {
            archive.end()?;
        }
        cursor.next_file();
        Ok(())
    }

    async fn begin(&self, archive: &mut Archive, file: File) -> Result<(), Error> {
        let (customer, session) = match self.subject {
            Subject::Customer(_) => (self.customer, None),
            Subject::Session(session) => (self.customer, Some(session)),
        };
        match file {
            File::Records => {
                let name = self.customer_name().await?;
                let mapping = match self.subject {
                    Subject::Customer(customer) => exports::mapping(&self.app.db, customer).await?,
                    Subject::Session(_) => None,
                };
                archive.begin("records.json");
                archive.text(&format!(
                    "{{\"format\":\"chat-records\",\"version\":1,\"customer_id\":{customer},\
                     \"session_id\":{},\"customer_name\":{},\"notification_mapping\":{},\"sessions\":[",
                    json!(session),
                    json!(name),
                    mapping.as_deref().unwrap_or("null"),
                ))
            }
            File::Page => {
                let name = self.customer_name().await?;
                archive.begin("index.html");
                archive.text(&page::begin(customer, session, name.as_deref()))
            }
            File::Images | File::End => Ok(()),
        }
    }

    async fn session(
        &self,
        archive: &mut Archive,
        cursor: &mut Cursor,
        listed: &Listed,
    ) -> Result<(), Error> {
        cursor.enter(listed.id.get());
        let has_images_only = cursor.file == File::Images;
        if has_images_only {
            return Ok(());
        }
        let Some(session) = exports::session(&self.app.db, listed.id).await? else {
            cursor.is_inside = false;
            return Ok(());
        };
        let name = self.dentist_name(listed.dentist).await?;
        if cursor.file == File::Records {
            let comma = if cursor.has_session { "," } else { "" };
            archive.text(&format!(
                "{comma}\n{{\"session\":{session},\"dentist_name\":{},\"messages\":[",
                json!(name)
            ))?;
        } else {
            archive.text(&page::session(&session, name.as_deref())?)?;
        }
        cursor.has_session = true;
        Ok(())
    }

    async fn messages(&self, archive: &mut Archive, cursor: &mut Cursor) -> Result<(), Error> {
        let session = SessionId::from(cursor.session);
        let messages =
            exports::messages(&self.app.db, session, cursor.seq, self.until, CHUNK).await?;
        let Some(last) = messages.last() else {
            cursor.is_inside = false;
            return match cursor.file {
                File::Records => archive.text("\n]}"),
                File::Page => archive.text(page::SESSION_END),
                File::Images | File::End => Ok(()),
            };
        };
        let last = last.seq;
        match cursor.file {
            File::Records => archive.text(&records(&messages, cursor))?,
            File::Page => archive.text(&page(&messages, cursor)?)?,
            File::Images | File::End => return self.images(archive, cursor, &messages).await,
        }
        cursor.seq = last;
        Ok(())
    }

    /// The images of these messages, until a part is full: one may have ten megabytes, and a message ten of them.
    async fn images(
        &self,
        archive: &mut Archive,
        cursor: &mut Cursor,
        messages: &[Recorded],
    ) -> Result<(), Error> {
        for recorded in messages {
            for image in message(recorded)?.images.iter().skip(cursor.image) {
                cursor.image += 1;
                if let Some(bytes) = self.app.vault.image(&image.key).await? {
                    archive.store(&image.file, &bytes);
                } else {
                    cursor.images_missing += 1;
                    let (session, seq) = (cursor.session, recorded.seq);
                    log::warn!(session, seq, "an image is not there");
                }
                if archive.is_full() {
                    return Ok(());
                }
            }
            (cursor.seq, cursor.image) = (recorded.seq, 0);
        }
        Ok(())
    }

    async fn customer_name(&self) -> Result<Option<String>, Error> {
        let names = self.app.directory.names(&[(self.customer, DentistId::from(0))]).await;
        self.known(names.customer(self.customer)).await
    }

    async fn dentist_name(&self, dentist: DentistId) -> Result<Option<String>, Error> {
        let names = self.app.directory.names(&[(self.customer, dentist)]).await;
        self.known(names.dentist(dentist)).await
    }

    /// None if Jarvis knows nobody of that id. A Jarvis that cannot be asked is an error: the same records are to
    /// give the same bytes.
    async fn known(&self, name: Option<String>) -> Result<Option<String>, Error> {
        if name.is_none() {
            self.app.directory.customer_exists(self.customer).await?;
        }
        Ok(name)
    }
}

fn records(messages: &[Recorded], cursor: &mut Cursor) -> String {
    let mut text = String::new();
    for message in messages {
        text.push_str(if cursor.has_message { ",\n" } else { "\n" });
        text.push_str(&message.json);
        cursor.has_message = true;
    }
    text
}

fn page(messages: &[Recorded], cursor: &mut Cursor) -> Result<String, Error> {
    let mut text = String::new();
    for recorded in messages {
        let (message, read_at) = (message(recorded)?, recorded.read_at.as_deref());
        page::message(&mut text, cursor.session, &message, read_at, &mut cursor.day);
    }
    Ok(text)
}

fn message(recorded: &Recorded) -> Result<Message, Error> {
    let malformed = |_| Error::Internal(Cause::new("a message is not as the statement has it"));
    serde_json::from_str(&recorded.json).map_err(malformed)
}
