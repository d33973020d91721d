//! Carries writes out.

use super::{
    snapshot::{Refusal, SessionState},
    write::Write,
};
use crate::{
    planted::{self, Bug},
    wire::Message,
};
use rusqlite::{Connection, Params, Result, named_params};
use std::sync::Arc;

pub(super) fn apply(to: &Connection, write: &Write) -> Result<()> {
    match write {
        Write::Role(role) => run(to, "UPDATE account SET role = ?1", [role.name()]),
        Write::Subject(subject) => run(to, "UPDATE account SET subject = ?1", [subject]),
        Write::Cursor(cursor) => run(to, "UPDATE account SET cursor = ?1", [cursor]),
        Write::PhoneWanted(phone) => run(to, "UPDATE account SET phone_wanted = ?1", [phone]),
        Write::PhoneRegistered(phone) => {
            run(to, "UPDATE account SET phone_registered = ?1", [phone])
        }
        Write::Session(session) => put_session(to, session),
        Write::Message(message) => put_message(to, message),
        Write::WantedMark { session, seq } => run(
            to,
            "INSERT INTO wanted_marks (session_id, seq) VALUES (?1, ?2)
             ON CONFLICT (session_id) DO UPDATE SET seq = excluded.seq",
            (session, seq),
        ),
        Write::ForgetBefore { session, seq } => {
            run(to, "DELETE FROM messages WHERE session_id = ?1 AND seq < ?2", (session, seq))
        }
        Write::ForgetService => to.execute_batch(
            "DELETE FROM messages; DELETE FROM sessions; UPDATE account SET cursor = NULL",
        ),
        Write::Everything => to.execute_batch(
            "DELETE FROM messages; DELETE FROM sessions; DELETE FROM wanted_marks;
             DELETE FROM entries; DELETE FROM drafts;
             UPDATE account SET role = NULL, subject = NULL, cursor = NULL, phone_wanted = NULL,
                                phone_registered = NULL",
        ),
        Write::Draft { session, content } if content.is_empty() => {
            run(to, "DELETE FROM drafts WHERE session_id = ?1", [session])
        }
        Write::Draft { session, content } => run(
            to,
            "INSERT INTO drafts (session_id, content) VALUES (?1, ?2)
             ON CONFLICT (session_id) DO UPDATE SET content = excluded.content",
            (session, content),
        ),
        _ => apply_to_queue(to, write),
    }
}

fn apply_to_queue(to: &Connection, write: &Write) -> Result<()> {
    match write {
        Write::Entry { id, session, client_message_id, content, images } => {
            let sql = "INSERT INTO entries (id, session_id, client_message_id, content)
                       VALUES (?1, ?2, ?3, ?4)";
            run(to, sql, (id, session, client_message_id, content))?;
            put_images(to, *id, images)
        }
        Write::EntryTried(id) => run(to, "UPDATE entries SET is_tried = 1 WHERE id = ?1", [id]),
        Write::EntryRefused(id, refusal) => put_refusal(to, *id, refusal.as_ref()),
        Write::EntryContent(id, content) => {
            run(to, "UPDATE entries SET content = ?2 WHERE id = ?1", (id, content))
        }
        Write::EntryImage { entry, position, key } => run(
            to,
            "UPDATE entry_images SET key = ?3 WHERE entry_id = ?1 AND position = ?2",
            (entry, position, key),
        ),
        Write::EntryDone(id) => run(to, "DELETE FROM entries WHERE id = ?1", [id]),
        _ => Ok(()),
    }
}

fn run(to: &Connection, sql: &str, parameters: impl Params) -> Result<()> {
    to.prepare_cached(sql)?.execute(parameters).map(|_| ())
}

fn put_images(to: &Connection, entry: i64, images: &[(&str, Arc<[u8]>)]) -> Result<()> {
    let sql = "INSERT INTO entry_images (entry_id, position, content_type, bytes)
               VALUES (?1, ?2, ?3, ?4)";
    for (position, (content_type, bytes)) in images.iter().enumerate() {
        run(to, sql, (entry, position, content_type, &bytes[..]))?;
    }
    Ok(())
}

fn put_refusal(to: &Connection, entry: i64, refusal: Option<&Refusal>) -> Result<()> {
    // What was refused is not at the service.
    let sql = "UPDATE entries SET refusal_code = ?2, refusal_detail = ?3, is_tried = 0
               WHERE id = ?1";
    let (code, detail) = refusal.map(|refusal| (&refusal.code, &refusal.detail)).unzip();
    run(to, sql, (entry, code, detail))
}

fn put_session(to: &Connection, session: &SessionState) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO sessions (
            id, status, customer_id, customer_name, dentist_id, dentist_name, created_at,
            updated_at, active_at, heard_seq, customer_read_seq, dentist_read_seq, unread_told,
            unread_told_at, first_seq, last_seq, has_older)
        VALUES (
            :id, :status, :customer_id, :customer_name, :dentist_id, :dentist_name, :created_at,
            :updated_at, :active_at, :heard_seq, :customer_read_seq, :dentist_read_seq,
            :unread_told, :unread_told_at, :first_seq, :last_seq, :has_older)";
    run(
        to,
        sql,
        named_params! {
            ":id": session.id,
            ":status": session.status.name(),
            ":customer_id": session.customer.id,
            ":customer_name": session.customer.name,
            ":dentist_id": session.dentist.id,
            ":dentist_name": session.dentist.name,
            ":created_at": session.created_at,
            ":updated_at": session.updated_at,
            ":active_at": session.active_at,
            ":heard_seq": session.heard_seq,
            ":customer_read_seq": session.customer_read_seq,
            ":dentist_read_seq": session.dentist_read_seq,
            ":unread_told": session.unread_told,
            ":unread_told_at": session.unread_told_at,
            ":first_seq": session.first_seq,
            ":last_seq": session.last_seq,
            ":has_older": session.has_older,
        },
    )
}

pub(super) fn put_message(to: &Connection, message: &Message) -> Result<()> {
    let sql = "INSERT INTO messages (
            session_id, seq, sender, content, images, client_message_id, created_at, corrected_at,
            retracted_at, version)
        VALUES (
            :session_id, :seq, :sender, :content, :images, :client_message_id, :created_at,
            :corrected_at, :retracted_at, :version)
        ON CONFLICT (session_id, seq) DO UPDATE SET
            content = excluded.content, images = excluded.images,
            corrected_at = excluded.corrected_at, retracted_at = excluded.retracted_at,
            version = excluded.version
        WHERE excluded.version >= messages.version";
    let is_any_newer = planted::has(Bug::LastComerWins);
    let version = if is_any_newer { String::new() } else { message.version() };
    let images = serde_json::to_string(&message.images).unwrap_or_default();
    run(
        to,
        sql,
        named_params! {
            ":session_id": message.session_id,
            ":seq": message.seq,
            ":sender": message.sender_type.name(),
            ":content": message.content,
            ":images": images,
            ":client_message_id": message.client_message_id,
            ":created_at": message.created_at,
            ":corrected_at": message.corrected_at,
            ":retracted_at": message.retracted_at,
            ":version": version,
        },
    )
}
