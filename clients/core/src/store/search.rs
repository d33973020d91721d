//! Full-text search over what is held.

#![expect(missing_docs, reason = "what a name says is not said again")]

use super::file::Store;
use crate::error::ChatError;
use rusqlite::params;

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub session_id: i64,
    pub seq: i64,
    pub content: String,
    pub created_at: String,
}

impl Store {
    /// The newest messages in which every word of the text stands, or a word that begins with it.
    /// Neither case nor accents matter. No word: no message.
    ///
    /// # Errors
    /// `signed_out`, `store_failed`
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<Hit>, ChatError> {
        let query = query(text);
        self.read(|from, _| {
            if query.is_empty() {
                return Ok(vec![]);
            }
            let sql = "SELECT m.session_id, m.seq, m.content, m.created_at
                       FROM messages_text t JOIN messages m ON m.id = t.rowid
                       JOIN sessions s ON s.id = m.session_id AND m.seq >= s.first_seq
                       WHERE messages_text MATCH ?1
                       ORDER BY m.created_at DESC, m.id DESC LIMIT ?2";
            let mut statement = from.prepare_cached(sql)?;
            let hits = statement.query_map(params![query, limit], |row| {
                Ok(Hit {
                    session_id: row.get(0)?,
                    seq: row.get(1)?,
                    content: row.get(2)?,
                    created_at: row.get(3)?,
                })
            })?;
            hits.collect()
        })
    }
}

/// The words as quoted prefixes: nothing that a user types is taken for FTS5's own syntax.
fn query(text: &str) -> String {
    let words = text.split(|character: char| !character.is_alphanumeric());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty()).map(|word| format!("\"{word}\"*")).collect();
    words.join(" ")
}
