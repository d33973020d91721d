//! `chat_messages`.

mod append;
mod mark_read;
mod page;

pub use append::{APPEND, Append, MAY_APPEND, MayAppend, Stored, append, may_append};
pub use mark_read::{MARK_READ, Mark, mark_read};
pub use page::{Cursor, PAGE, Page, page};
