//! Two terminals, one network switch: killed, started again, and nothing is missing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat_e2e::SOON;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Instant,
};

struct Terminal {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Terminal {
    fn of(person: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chat-terminal"))
            .arg(person)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (tell, lines) = channel();
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).for_each(|line| {
                let _ = tell.send(line);
            });
        });
        Self { child, input, lines }
    }

    fn says(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Waits for a line that ends so.
    fn shows(&self, ending: &str) -> String {
        let deadline = Instant::now() + SOON;
        let mut shown = vec![];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("{ending:?} is not shown, but {shown:#?}");
            };
            if line.ends_with(ending) {
                return line;
            }
            shown.push(line);
        }
    }

    fn dies(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn what_is_said_without_a_network_survives_a_kill_and_arrives() {
    let mut phone = Terminal::of("customer-19");
    phone.shows("(online)");
    phone.says("/new 5");
    phone.says("Guten Tag");
    let desk = Terminal::of("dentist-5");
    desk.shows(": Guten Tag");
    phone.shows("you: Guten Tag");
    phone.shows("has read up to 1");

    phone.says("/offline");
    phone.shows("(offline)");
    phone.says("Es schmerzt.");
    phone.shows("on its way: Es schmerzt.");
    phone.dies();
    let phone = Terminal::of("customer-19");
    phone.shows("you: Es schmerzt.");
    desk.shows(": Es schmerzt.");
    for terminal in [phone, desk] {
        terminal.dies();
    }
}
