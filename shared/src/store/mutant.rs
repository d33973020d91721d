//! A statement that is run in the place of another, to see whether the tests notice; and which test runs
//! which statement.

use std::{env, fs, io::Write as _, sync::LazyLock, thread};

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

/// Adds a line to the file that `CHAT_STATEMENTS_RUN` names, if it does: a statement, and the thread that runs it,
/// which has the name of its test. One write, so that the lines of many tests stay whole.
pub(super) fn ran(name: &str) {
    let Some(path) = env::var_os("CHAT_STATEMENTS_RUN") else { return };
    if let Ok(mut file) = fs::OpenOptions::new().append(true).create(true).open(path) {
        let line = format!("{name} {}\n", thread::current().name().unwrap_or("?"));
        // Whoever reads the file misses a test then, and a mutant survives: no harm that is not seen.
        let _ = file.write_all(line.as_bytes());
    }
}
