//! Where every part of the stack writes: the terminal, and whole to a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

const CLOCK: &[FormatItem<'_>] =
    format_description!("[hour]:[minute]:[second].[subsecond digits:3]");

/// A cheap handle to the log; writing never blocks on the terminal or the disk.
#[derive(Clone, Debug)]
pub struct Log {
    entries: Sender<Entry>,
}

#[derive(Debug)]
enum Entry {
    Line(String),
    /// Of interest to whoever reads the file, not to whoever watches the terminal.
    FileLine(String),
    Flush(SyncSender<()>),
}

impl Log {
    /// Opens the log; lines go to standard output and to the end of the file at `path`.
    ///
    /// # Errors
    /// The file cannot be opened for writing, or the writing thread cannot be started.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::start(path, true)
    }

    /// Opens the log as [`Self::open`] does, but nothing goes to the terminal.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_quiet(path: &Path) -> io::Result<Self> {
        Self::start(path, false)
    }

    fn start(path: &Path, to_terminal: bool) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let (entries, queue) = channel();
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_entries(&queue, file, to_terminal))?;
        Ok(Self { entries })
    }

    /// Writes one line of a part or a function, with the time (UTC) and its name before it.
    pub fn line(&self, part: &str, text: &str) {
        self.plain(stamped(part, text));
    }

    /// Writes one line of a part like [`Self::line`], to the file alone.
    pub fn file_only(&self, part: &str, text: &str) {
        let _ = self.entries.send(Entry::FileLine(stamped(part, text)));
    }

    /// Writes one line as it is.
    pub fn plain(&self, text: impl Into<String>) {
        // The writer lives as long as any handle, so this cannot fail while someone can call it.
        let _ = self.entries.send(Entry::Line(text.into()));
    }

    /// Waits until everything written before is on the terminal and in the file.
    pub fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.entries.send(Entry::Flush(done)).is_ok() {
            let _ = wait.recv();
        }
    }
}

fn stamped(part: &str, text: &str) -> String {
    let clock = OffsetDateTime::now_utc().format(CLOCK).unwrap_or_default();
    format!("{clock} {part} | {text}")
}

/// Writes what has queued up, then flushes once: a burst of lines costs one write.
fn write_entries(queue: &Receiver<Entry>, file: File, to_terminal: bool) {
    let mut file = BufWriter::new(file);
    let mut terminal = BufWriter::new(io::stdout());
    while let Ok(first) = queue.recv() {
        let mut waiters = Vec::new();
        for entry in std::iter::once(first).chain(queue.try_iter().take(1024)) {
            match entry {
                // A terminal that went away, or a full disk, must not stop the stack.
                Entry::Line(line) => {
                    let _ = writeln!(file, "{line}");
                    if to_terminal {
                        let _ = writeln!(terminal, "{line}");
                    }
                }
                Entry::FileLine(line) => {
                    let _ = writeln!(file, "{line}");
                }
                Entry::Flush(done) => waiters.push(done),
            }
        }
        let _ = file.flush();
        let _ = terminal.flush();
        for done in waiters {
            let _ = done.send(());
        }
    }
}
