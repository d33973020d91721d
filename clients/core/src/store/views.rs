//! Queries for what an app shows.

use super::{failure::failure, file::Store, snapshot};
use crate::{
    error::ChatError,
    records::{ConversationView, EntryView, MessageView, SessionView},
    store::SessionState,
    wire::{Role, Status},
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

impl Store {
    /// The sessions of a status (`None`: of all), most recent activity first.
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn sessions(
        &self,
        status: Option<Status>,
        limit: usize,
    ) -> Result<Vec<SessionView>, ChatError> {
        self.read(|from, role| {
            let sql = "SELECT * FROM known_sessions WHERE ?1 IS NULL OR status = ?1
                       ORDER BY active_at DESC, id DESC LIMIT ?2";
            let mut statement = from.prepare_cached(sql)?;
            let sessions =
                statement.query_map(params![status.map(Status::name), limit], snapshot::session)?;
            sessions.map(|session| session_view(from, role, &session?)).collect()
        })
    }

    /// A session with the newest of its messages; none when it is not known (yet).
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn conversation(
        &self,
        session: i64,
        limit: usize,
    ) -> Result<Option<ConversationView>, ChatError> {
        self.read(|from, role| {
            let sql = "SELECT * FROM known_sessions WHERE id = ?1";
            let session =
                from.prepare_cached(sql)?.query_row([session], snapshot::session).optional()?;
            session.map(|session| conversation_view(from, role, &session, limit)).transpose()
        })
    }

    /// The messages of the other side that the user has not read, over all active sessions.
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn unread_total(&self) -> Result<i64, ChatError> {
        self.read(|from, role| {
            let mut statement =
                from.prepare_cached("SELECT * FROM known_sessions WHERE status = 'active'")?;
            let mut total = 0;
            for session in statement.query_map([], snapshot::session)? {
                total += unread(from, role, &session?)?;
            }
            Ok(total)
        })
    }

    /// What the user has begun to write.
    ///
    /// # Errors
    /// `store_failed`
    pub fn draft(&self, session: i64) -> Result<Option<String>, ChatError> {
        draft(&self.connection, session).map_err(|error| failure(&error))
    }

    /// Reads at one moment of the store, for whoever is signed in.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection, Role) -> Result<T>,
    ) -> Result<T, ChatError> {
        let moment = self.connection.unchecked_transaction().map_err(|error| failure(&error))?;
        let account = snapshot::account(&moment).map_err(|error| failure(&error))?;
        let role = account.role.ok_or_else(ChatError::signed_out)?;
        read(&moment, role).map_err(|error| failure(&error))
    }
}

fn draft(from: &Connection, session: i64) -> Result<Option<String>> {
    let sql = "SELECT content FROM drafts WHERE session_id = ?1";
    from.prepare_cached(sql)?.query_row([session], |row| row.get(0)).optional()
}

fn conversation_view(
    from: &Connection,
    role: Role,
    session: &SessionState,
    limit: usize,
) -> Result<ConversationView> {
    let messages = messages(from, role, session, limit)?;
    let first = messages.first().map_or(session.first_seq, |message| message.seq);
    let queue = snapshot::entries(from)?;
    let queue = queue.into_iter().filter(|entry| entry.session_id == session.id);
    Ok(ConversationView {
        session: session_view(from, role, session)?,
        has_older: session.has_older || first > session.first_seq,
        is_behind: session.heard_seq > session.last_seq,
        messages,
        queue: queue.map(entry_view).collect(),
    })
}

fn entry_view(entry: snapshot::Entry) -> EntryView {
    // An entry has ten images at most.
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    EntryView {
        id: entry.id,
        session_id: entry.session_id,
        client_message_id: entry.client_message_id,
        content: entry.content,
        images: number(entry.images.len()),
        uploaded: number(entry.images.iter().filter(|image| image.key.is_some()).count()),
        refusal: entry.refusal,
    }
}

fn session_view(from: &Connection, role: Role, session: &SessionState) -> Result<SessionView> {
    let other = match role {
        Role::Customer => &session.dentist,
        Role::Dentist => &session.customer,
    };
    let sql = "SELECT count(*), count(refusal_code) FROM entries WHERE session_id = ?1";
    let (queued, refused): (i64, i64) =
        from.prepare_cached(sql)?.query_row([session.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(SessionView {
        id: session.id,
        status: session.status,
        other_name: other.name.clone(),
        other_id: other.id,
        last_message: messages(from, role, session, 1)?.pop(),
        unread_count: unread(from, role, session)?,
        active_at: format!("{}Z", session.active_at),
        draft: draft(from, session.id)?,
        queued,
        is_stuck: refused > 0,
    })
}

/// Counts what is held, where that is all; otherwise goes on from what the service counted.
fn unread(from: &Connection, role: Role, session: &SessionState) -> Result<i64> {
    let mark = session.mark(role).max(session.wanted_mark);
    let is_held = session.first_seq <= mark + 1 || !session.has_older;
    let (told, after) =
        if is_held { (0, mark) } else { (session.unread_told, session.unread_told_at.max(mark)) };
    let sql = "SELECT count(*) FROM messages WHERE session_id = ?1 AND seq > ?2 AND sender <> ?3";
    let newer: i64 =
        from.prepare_cached(sql)?.query_row((session.id, after, role.name()), |row| row.get(0))?;
    Ok(told + newer)
}

fn messages(
    from: &Connection,
    role: Role,
    session: &SessionState,
    limit: usize,
) -> Result<Vec<MessageView>> {
    let sql = "SELECT * FROM messages WHERE session_id = ?1 AND seq >= ?2
               ORDER BY seq DESC LIMIT ?3";
    let mut statement = from.prepare_cached(sql)?;
    let rows = statement.query_map(params![session.id, session.first_seq, limit], |row| {
        message(row, role, session)
    })?;
    let mut messages: Vec<MessageView> = rows.collect::<Result<_>>()?;
    messages.reverse();
    for index in 1..messages.len() {
        let before = messages[index - 1].seq;
        messages[index].has_gap_before = messages[index].seq > before + 1;
    }
    Ok(messages)
}

pub(super) fn message(row: &Row<'_>, role: Role, session: &SessionState) -> Result<MessageView> {
    let sender = snapshot::parsed(row, "sender", Role::parse)?;
    let seq = row.get("seq")?;
    let reader = match sender {
        Role::Customer => Role::Dentist,
        Role::Dentist => Role::Customer,
    };
    let wanted = if reader == role { session.wanted_mark } else { 0 };
    let images: String = row.get("images")?;
    Ok(MessageView {
        session_id: session.id,
        seq,
        sender,
        is_mine: sender == role,
        content: row.get("content")?,
        images: serde_json::from_str(&images).unwrap_or_default(),
        client_message_id: row.get("client_message_id")?,
        created_at: row.get("created_at")?,
        corrected_at: row.get("corrected_at")?,
        retracted_at: row.get("retracted_at")?,
        is_read: seq <= session.mark(reader).max(wanted),
        has_gap_before: false,
    })
}
