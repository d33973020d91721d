//! The program that drives a client of one language.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// The client that a driver drives.
#[derive(Debug, Deserialize)]
pub struct Client {
    /// Of those who write apps with it.
    pub language: String,
    /// What it doesn't have that scenarios may need, and why.
    pub lacks: BTreeMap<String, String>,
}

/// A running driver; it ends with this.
#[derive(Debug)]
pub struct Driver {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    /// Starts one.
    #[must_use]
    pub fn start(command: &[String]) -> Self {
        let (program, arguments) = command.split_first().expect("a driver's command");
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("the driver {program} does not start: {error}"));
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output")).lines();
        Self { process, input, output }
    }

    /// What it drives.
    pub async fn client(&mut self) -> Client {
        serde_json::from_value(self.ask(&["client"]).await).expect("a client")
    }

    /// Has it do something: gives its answer.
    pub async fn ask(&mut self, words: &[&str]) -> Value {
        let words: Vec<String> = words
            .iter()
            .map(|word| utf8_percent_encode(word, NON_ALPHANUMERIC).to_string())
            .collect();
        let line = words.join(" ") + "\n";
        self.input.write_all(line.as_bytes()).await.expect("the driver listens");
        let answer = self.output.next_line().await.expect("the driver answers");
        let answer = answer.unwrap_or_else(|| panic!("the driver has ended at: {line}"));
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Ends it in order.
    pub async fn end(self) {
        let Self { mut process, input, .. } = self;
        drop(input);
        let status = process.wait().await.expect("an end");
        assert!(status.success(), "the driver ended with {status}");
    }
}
