//! `chat_messages`.

mod append;
mod correct;
mod mark_read;
mod page;
mod retract;

pub use append::{
    APPEND, Append, MAY_APPEND, MayAppend, Owed, Reading, Stored, append, may_append,
};
pub use correct::{CORRECT, Corrected, Correction, correct};
pub use mark_read::{MARK_READ, Mark, mark_read};
pub use page::{Cursor, PAGE, Page, page};
pub use retract::{RETRACT, Retracted, retract};
