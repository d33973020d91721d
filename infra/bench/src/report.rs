//! What a benchmark found: a table and a chart for people, JSON for programs.

use crate::{
    chart::{self, Bar, number},
    machine::Machine,
    statistics::Spread,
};
use serde::Serialize;
use std::{fmt::Write as _, fs, io, path::Path};

/// The folder that results are written into.
pub const RESULTS: &str = "bench-results";

/// A benchmark's result.
#[derive(Debug, Serialize)]
pub struct Report {
    name: &'static str,
    /// What was done.
    work: String,
    rounds: usize,
    rows: Vec<Row>,
    targets: Vec<Target>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    what: String,
    unit: &'static str,
    #[serde(flatten)]
    spread: Spread,
    rounds: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct Target {
    what: String,
    found: f64,
    limit: f64,
    is_met: bool,
}

#[derive(Serialize)]
struct Result<'a> {
    #[serde(flatten)]
    report: &'a Report,
    machine: &'a Machine,
}

impl Report {
    /// An empty one.
    pub fn new(name: &'static str, work: impl Into<String>, rounds: usize) -> Self {
        let work = work.into();
        Self { name, work, rounds, rows: Vec::new(), targets: Vec::new(), notes: Vec::new() }
    }

    /// Adds what was measured in each round; gives its median.
    pub fn row(&mut self, what: impl Into<String>, unit: &'static str, rounds: Vec<f64>) -> f64 {
        let spread = Spread::of(&rounds);
        let median = spread.median;
        self.rows.push(Row { what: what.into(), unit, spread, rounds });
        median
    }

    /// Adds a target that is met by at most this much.
    pub fn at_most(&mut self, what: impl Into<String>, found: f64, limit: f64) {
        self.targets.push(Target { what: what.into(), found, limit, is_met: found <= limit });
    }

    /// Adds a target that is met by at least this much.
    pub fn at_least(&mut self, what: impl Into<String>, found: f64, limit: f64) {
        self.targets.push(Target { what: what.into(), found, limit, is_met: found >= limit });
    }

    /// Adds a line to read with the numbers.
    pub fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }

    /// Whether it missed none of its targets.
    pub fn is_met(&self) -> bool {
        self.targets.iter().all(|target| target.is_met)
    }

    /// Prints the table, and writes it, the chart and the JSON file.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(&self, folder: &Path, machine: &Machine) -> io::Result<()> {
        let table = self.markdown(machine);
        println!("{table}");
        fs::create_dir_all(folder)?;
        fs::write(folder.join(format!("{}.md", self.name)), table)?;
        let bars = self.rows.iter();
        let bars = bars.map(|Row { what, unit, spread, .. }| Bar { what, unit, spread });
        fs::write(folder.join(format!("{}.svg", self.name)), chart::draw(bars))?;
        let json = serde_json::to_vec_pretty(&Result { report: self, machine })?;
        fs::write(folder.join(format!("{}.json", self.name)), json)
    }

    fn markdown(&self, machine: &Machine) -> String {
        let mut text = format!("## {}\n\n{}\n\n", self.name, self.work);
        text += "| | median | least | most | |\n|---|---:|---:|---:|---|\n";
        for Row { what, unit, spread, .. } in &self.rows {
            let [median, least, most] = [spread.median, spread.least, spread.most].map(number);
            let _ = writeln!(text, "| {what} | {median} | {least} | {most} | {unit} |");
        }
        if !self.targets.is_empty() {
            text += "\n| target | limit | found | |\n|---|---:|---:|---|\n";
        }
        for Target { what, found, limit, is_met } in &self.targets {
            let (found, limit) = (number(*found), number(*limit));
            let verdict = if *is_met { "met" } else { "**missed**" };
            let _ = writeln!(text, "| {what} | {limit} | {found} | {verdict} |");
        }
        for note in &self.notes {
            let _ = write!(text, "\n{note}\n");
        }
        let _ = write!(text, "\nRounds: {}. {machine}\n", self.rounds);
        text
    }
}
