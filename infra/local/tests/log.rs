//! The log: whole in its file, and on the terminal as far as the terminal takes it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod place;

use std::fs;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use chat_local::log::Log;

use self::place::Folder;

/// More than the terminal's queue holds.
const LINES: usize = 20_000;
/// What a flush may take: the terminal's 300 ms, and the file on a busy machine.
const FLUSH_LIMIT: Duration = Duration::from_secs(30);

#[test]
fn a_terminal_that_takes_nothing_holds_up_neither_the_file_nor_the_flush() {
    let folder = Folder::new();
    let file = folder.path().join("stack.log");
    let (terminal, output) = std::io::pipe().unwrap();
    let log = Log::open_beside(&file, output).unwrap();
    for number in 0..LINES {
        log.plain(format!("line {number}"));
    }
    let (returned, flushed) = std::sync::mpsc::channel();
    let flushing = log.clone();
    std::thread::spawn(move || {
        flushing.flush();
        returned.send(())
    });
    flushed.recv_timeout(FLUSH_LIMIT).expect("the flush should return");

    let content = fs::read_to_string(file).unwrap();
    let (told, lines): (Vec<_>, Vec<_>) =
        content.lines().partition(|line| line.ends_with("lines were not shown there"));
    assert!(lines.into_iter().eq((0..LINES).map(|number| format!("line {number}"))));
    // Each time that its queue was full.
    let count = |told: &str| told.split(' ').find_map(|word| word.parse::<usize>().ok());
    let counts: Option<Vec<usize>> = told.into_iter().map(count).collect();
    let left_out: usize = counts.expect("how many lines were not shown").into_iter().sum();
    assert!(left_out > 0);

    // All others come when it is read again, in order.
    drop(log);
    let shown = BufReader::new(terminal).lines().map(Result::unwrap);
    let number = |line: String| line.strip_prefix("line ")?.parse::<usize>().ok();
    let numbers: Option<Vec<usize>> = shown.map(number).collect();
    let numbers = numbers.expect("lines that were written");
    assert_eq!(numbers.len(), LINES - left_out);
    assert!(numbers.is_sorted_by(|one, next| one < next));
}

#[test]
fn a_terminal_that_is_read_has_everything_when_the_flush_returns() {
    let folder = Folder::new();
    let (terminal, output) = std::io::pipe().unwrap();
    let log = Log::open_beside(&folder.path().join("stack.log"), output).unwrap();
    log.plain("shown");
    log.file_only("part", "not shown");
    log.plain("shown too");
    log.flush();
    drop(log);
    let shown: Vec<_> = BufReader::new(terminal).lines().map(Result::unwrap).collect();
    assert_eq!(shown, ["shown", "shown too"]);
    assert!(folder.log_content().contains("part | not shown"));
}
