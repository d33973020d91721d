//! What a notification extension reads and adds, beside the app that owns the store.

use super::{apply, failure::failure, file::Store, snapshot, views};
use crate::{
    error::ChatError,
    records::MessageView,
    wire::{Message, Role},
};
use rusqlite::{OptionalExtension as _, Result, TransactionBehavior};

/// What a notification can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who wrote; none when the service did not know the name when it was last asked.
    pub sender_name: Option<String>,
    /// The message. Its text is empty when it was retracted, or consists of images.
    pub message: MessageView,
}

impl Store {
    /// The message, if it is held, with its sender's name; none also when its session is unknown.
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn told(&self, session: i64, seq: i64) -> Result<Option<Told>, ChatError> {
        self.read(|from, role| {
            let sql = "SELECT * FROM known_sessions WHERE id = ?1";
            let Some(state) =
                from.prepare_cached(sql)?.query_row([session], snapshot::session).optional()?
            else {
                return Ok(None);
            };
            let sql = "SELECT * FROM messages WHERE session_id = ?1 AND seq = ?2";
            let message = from
                .prepare_cached(sql)?
                .query_row((session, seq), |row| views::message(row, role, &state))
                .optional()?;
            let other = match role {
                Role::Customer => state.dentist,
                Role::Dentist => state.customer,
            };
            Ok(message.map(|message| Told { sender_name: other.name, message }))
        })
    }

    /// Adds a message that `subject` was shown, unless someone else (or nobody) is signed in by
    /// now. The app's own core counts it as held when it has caught up to it.
    ///
    /// # Errors
    /// `store_failed`
    pub fn add_told(&mut self, subject: &str, message: &Message) -> Result<bool, ChatError> {
        let mut run = || {
            let transaction =
                self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let account = snapshot::account(&transaction)?;
            if account.role.is_none() || account.subject.as_deref() != Some(subject) {
                return Ok(false);
            }
            apply::put_message(&transaction, message)?;
            transaction.commit()?;
            Ok(true)
        };
        run().map_err(|error| failure(&error))
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// `store_failed`
    pub fn account(&self) -> Result<snapshot::Account, ChatError> {
        snapshot::account(&self.connection).map_err(|error| failure(&error))
    }
}
