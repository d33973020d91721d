//! `message_outbox`.

use super::{Database, Statement};
use crate::{error::Error, id::MessageId};
use tokio_postgres::types::Type;

/// See the file.
pub static SETTLE: Statement = Statement {
    name: "outbox/settle",
    sql: include_str!("outbox/settle.sql"),
    types: &[Type::INT8],
};

/// Nothing is owed any more for this message.
///
/// # Errors
/// As [`Database::query`].
pub async fn settle(db: &Database, message: MessageId) -> Result<(), Error> {
    db.query(&SETTLE, &[&message.get()]).await.map(|_| ())
}
