//! The terminal's side of the log. It may stop taking lines (a pipe that nobody reads, Ctrl-S), so it
//! has a thread and a bounded queue of its own, and nobody waits for it for long.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::thread;

/// Lines that may wait for the terminal; those that come after are not shown.
const WAITING_LIMIT: usize = 10_000;
/// Lines that may wait before it gets new ones again: few large gaps are read better than many small ones.
const RESUME_BELOW: usize = WAITING_LIMIT / 2;

/// Where lines are shown, in order, as far as they are taken.
pub(super) struct Terminal {
    entries: Sender<Entry>,
    waiting: Arc<AtomicUsize>,
    /// Lines left out since the last one that found a place.
    left_out: usize,
}

enum Entry {
    Line(String),
    Flush(SyncSender<()>),
}

impl Terminal {
    /// Starts the thread; the process may end while it still waits for its output to be read.
    pub(super) fn start(output: impl Write + Send + 'static) -> io::Result<Self> {
        let (entries, queue) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let counter = waiting.clone();
        thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || show_entries(&queue, &counter, output))?;
        Ok(Self { entries, waiting, left_out: 0 })
    }

    /// Queues a line. When it is the first to find a place again, gives how many did not before it.
    pub(super) fn show(&mut self, line: String) -> Option<usize> {
        let limit = if self.left_out == 0 { WAITING_LIMIT } else { RESUME_BELOW };
        if self.waiting.load(Ordering::Relaxed) >= limit {
            self.left_out += 1;
            return None;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _ = self.entries.send(Entry::Line(line));
        self.take_left_out()
    }

    /// How many lines were left out and have not been told of yet.
    pub(super) fn take_left_out(&mut self) -> Option<usize> {
        Some(std::mem::take(&mut self.left_out)).filter(|left_out| *left_out > 0)
    }

    /// Says `done` when everything queued has been taken.
    pub(super) fn flush(&self, done: SyncSender<()>) {
        let _ = self.entries.send(Entry::Flush(done));
    }
}

/// Writes what has queued up, then flushes once: a burst of lines costs one write.
fn show_entries(queue: &Receiver<Entry>, waiting: &AtomicUsize, output: impl Write) {
    let mut output = BufWriter::new(output);
    while let Ok(first) = queue.recv() {
        let mut waiters = Vec::new();
        for entry in std::iter::once(first).chain(queue.try_iter().take(1024)) {
            match entry {
                Entry::Line(line) => {
                    // A terminal that went away must not stop the stack.
                    let _ = writeln!(output, "{line}");
                    waiting.fetch_sub(1, Ordering::Relaxed);
                }
                Entry::Flush(done) => waiters.push(done),
            }
        }
        let _ = output.flush();
        for done in waiters {
            let _ = done.send(());
        }
    }
}
