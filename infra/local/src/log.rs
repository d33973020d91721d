//! Where every part of the stack writes: the terminal, and whole to a file.

mod terminal;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

use self::terminal::Terminal;

/// How long a flush waits for the terminal, which may have stopped taking lines.
const TERMINAL_LIMIT: Duration = Duration::from_millis(300);

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
    Flush(Waiter),
}

/// Whom to tell what has been written, and where.
#[derive(Debug)]
struct Waiter {
    file: SyncSender<()>,
    terminal: SyncSender<()>,
}

impl Log {
    /// Opens the log; lines go to standard output and to the end of the file at `path`.
    ///
    /// # Errors
    /// The file cannot be opened for writing, or a writing thread cannot be started.
    pub fn open(path: &Path) -> io::Result<Self> {
        // Not by `io::stdout()`, whose lock and last flush would hold up the end of the process.
        Self::open_beside(path, File::from(io::stdout().as_fd().try_clone_to_owned()?))
    }

    /// Opens the log as [`Self::open`] does, with another output in the terminal's place.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_beside(path: &Path, terminal: impl Write + Send + 'static) -> io::Result<Self> {
        Self::start(path, Some(Terminal::start(terminal)?))
    }

    /// Opens the log as [`Self::open`] does, but nothing goes to the terminal.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_quiet(path: &Path) -> io::Result<Self> {
        Self::start(path, None)
    }

    fn start(path: &Path, terminal: Option<Terminal>) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let (entries, queue) = channel();
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_entries(&queue, file, terminal))?;
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

    /// Says that a part of the stack is ready, and where.
    pub fn ready(&self, part: &str, place: &str) {
        self.plain(format!("{part:<11} {place}"));
    }

    /// Writes one line as it is.
    pub fn plain(&self, text: impl Into<String>) {
        // The writer lives as long as any handle, so this cannot fail while someone can call it.
        let _ = self.entries.send(Entry::Line(text.into()));
    }

    /// Waits until everything written before is in the file, and up to 300 ms until it is on the terminal.
    pub fn flush(&self) {
        let (file, file_written) = sync_channel(1);
        let (terminal, terminal_written) = sync_channel(1);
        if self.entries.send(Entry::Flush(Waiter { file, terminal })).is_ok() {
            let _ = file_written.recv();
            let _ = terminal_written.recv_timeout(TERMINAL_LIMIT);
        }
    }
}

fn stamped(part: &str, text: &str) -> String {
    let clock = OffsetDateTime::now_utc().format(CLOCK).unwrap_or_default();
    format!("{clock} {part} | {text}")
}

/// Writes what has queued up, then flushes once: a burst of lines costs one write.
fn write_entries(queue: &Receiver<Entry>, file: File, mut terminal: Option<Terminal>) {
    let mut file = BufWriter::new(file);
    while let Ok(first) = queue.recv() {
        let mut waiters = Vec::new();
        for entry in std::iter::once(first).chain(queue.try_iter().take(1024)) {
            // A full disk must not stop the stack.
            match (entry, &mut terminal) {
                (Entry::Line(line), Some(terminal)) => {
                    let _ = writeln!(file, "{line}");
                    note_left_out(&mut file, terminal.show(line));
                }
                (Entry::Line(line) | Entry::FileLine(line), _) => drop(writeln!(file, "{line}")),
                (Entry::Flush(waiter), terminal) => {
                    if let Some(terminal) = terminal {
                        note_left_out(&mut file, terminal.take_left_out());
                        terminal.flush(waiter.terminal);
                    }
                    waiters.push(waiter.file);
                }
            }
        }
        let _ = file.flush();
        for written in waiters {
            let _ = written.send(());
        }
    }
}

fn note_left_out(file: &mut impl Write, left_out: Option<usize>) {
    if let Some(count) = left_out {
        let line = format!("the terminal was too slow: {count} lines were not shown there");
        let _ = writeln!(file, "{}", stamped("log", &line));
    }
}
