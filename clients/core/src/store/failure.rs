//! What failures of SQLite are to an app.

use crate::error::{Advice, ChatError};

/// What every failure of SQLite is to the app. Its words could quote a value; they are left out.
pub(super) fn failure(error: &rusqlite::Error) -> ChatError {
    let code = error.sqlite_error_code().map_or_else(String::new, |code| format!(": {code:?}"));
    ChatError::new("store_failed", &format!("the store failed{code}"), Advice::Report)
}
