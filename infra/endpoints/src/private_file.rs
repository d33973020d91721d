//! Files that are there whole or not at all, and that only their owner may read.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Writes a file aside and moves it to its place: whoever sees it can rely on it. What it holds, such as
/// passwords, is its owner's alone.
///
/// # Errors
/// When its folder cannot be written to.
pub fn write_private_file(file: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = file.with_added_extension("unfinished");
    let mut open = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    open.write_all(content)?;
    fs::rename(unfinished, file)
}
