//! A statement that is run in the place of another, to see whether the tests notice.

use std::{env, fs, sync::LazyLock};

#[cfg(not(debug_assertions))]
compile_error!("the feature mutants is for tests");

/// The name of the statement that is replaced, and the file of what is run instead.
static MUTANT: LazyLock<Option<(String, String)>> = LazyLock::new(|| {
    let name = env::var("CHAT_MUTANT").ok()?;
    let sql = fs::read_to_string(env::var_os("CHAT_MUTANT_SQL")?).ok()?;
    Some((name, sql))
});

/// What is run in the place of this statement, if anything is.
pub(super) fn of(name: &str) -> Option<&'static str> {
    MUTANT.as_ref().filter(|(replaced, _)| replaced == name).map(|(_, sql)| sql.as_str())
}
