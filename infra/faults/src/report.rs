//! What is written down: to the terminal, and to a file for machines.

use crate::{
    fail_points::Survival, flood::Flood, growth::Growth, outage::Outage, phones::Deaths,
    pushes::Ringing, slow_provider::Comparison, storm::Storm,
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{fs, io, path::Path};

/// What came of the parts that were run.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The storm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storm: Option<Storm>,
    /// Deaths at fail points.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fail_points: Vec<Survival>,
    /// Senders beside a provider in trouble.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_provider: Option<Comparison>,
    /// Phones, by the clock on the wall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushes: Option<Ringing>,
    /// Many messages to phones at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flood: Option<Flood>,
    /// A provider that is away for long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outage: Option<Outage>,
    /// Very many sessions and messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth: Option<Growth>,
    /// Phones that died.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phones: Option<Deaths>,
}

impl Report {
    /// Writes it to a file, in a folder that is made when it is missing. What the file has of parts
    /// that were not run stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let earlier = fs::read(file).unwrap_or_default();
        let mut parts: Map<String, Value> = serde_json::from_slice(&earlier).unwrap_or_default();
        if let Value::Object(own) = serde_json::to_value(self)? {
            parts.extend(own);
        }
        fs::write(file, serde_json::to_string_pretty(&parts)? + "\n")
    }

    /// Every promise that was broken; none if all is well.
    #[must_use]
    pub fn broken(&self) -> Vec<String> {
        let storm = self.storm.iter().flat_map(|storm| {
            let broken = storm.findings.all().filter(|(_, finding)| finding.count > 0);
            broken.map(|(fault, finding)| format!("storm, {fault:?}: {finding:?}"))
        });
        let deaths = self.fail_points.iter().flat_map(|survival| {
            let Survival { fail_point, scene, broken, .. } = survival;
            broken.iter().map(move |promise| format!("{fail_point}, {scene}: {promise}"))
        });
        let provider = self.slow_provider.iter().flat_map(|comparison| comparison.broken.clone());
        let rings = self.pushes.iter().flat_map(|pushes| pushes.broken.clone());
        let phones = self.phones.iter().flat_map(|deaths| deaths.broken.clone());
        let flood = self.flood.iter().flat_map(|flood| flood.broken.clone());
        let outage = self.outage.iter().flat_map(|outage| outage.broken.clone());
        let growth = self.growth.iter().flat_map(|growth| growth.broken.clone());
        let load = provider.chain(rings).chain(flood).chain(outage).chain(growth).chain(phones);
        storm.chain(deaths).chain(load).collect()
    }

    /// Prints what people want to know.
    pub fn print(&self) {
        if let Some(storm) = &self.storm {
            print_storm(storm);
        }
        if !self.fail_points.is_empty() {
            println!("\nfail points: where a process died, and what came of the message");
        }
        for survival in &self.fail_points {
            let Survival { fail_point, scene, runs, frames, pushes, keys, .. } = survival;
            println!(
                "  {fail_point:<26} {scene:<20} runs {runs}  frames {frames}  pushes {pushes}  keys {keys}"
            );
        }
        if let Some(comparison) = &self.slow_provider {
            print_comparison(comparison);
        }
        if let Some(Ringing { offline, reading, unread, .. }) = &self.pushes {
            println!("\npushes: seconds after the send at which the phone rang");
            println!("  offline {offline:.1?}  reading {reading:.1?}  unread {unread:.1?}");
        }
        self.flood.iter().for_each(print_flood);
        self.outage.iter().for_each(print_outage);
        self.growth.iter().for_each(print_growth);
        if let Some(deaths) = &self.phones {
            print_deaths(deaths);
        }
        let broken = self.broken();
        println!("\nbroken promises: {}", broken.len());
        for line in broken {
            println!("  {line}");
        }
    }
}

fn print_storm(storm: &Storm) {
    let mishaps = &storm.mishaps;
    println!("\nstorm: {:.0} s under load", storm.seconds);
    println!(
        "  {} acknowledged sends, {} without an answer of which {} are there; {} messages stored",
        storm.acknowledged, storm.unknown, storm.unknown_and_stored, storm.stored
    );
    println!(
        "  {} were corrected, {} retracted; {} expired",
        storm.corrected, storm.retracted, storm.expired
    );
    println!(
        "  {} kills ({} processes), {} immediate restarts of PostgreSQL, {} disturbances; {} requests \
         in trouble",
        mishaps.kills,
        mishaps.processes_killed,
        mishaps.restarts,
        mishaps.disturbances,
        storm.troubled_requests
    );
    println!(
        "  listeners heard {} messages by frame and {} by page; {} frames came again, {} were refused at first",
        storm.heard_by_frame, storm.heard_by_page, storm.frames_repeated, storm.frames_refused
    );
    println!(
        "  {} pushes tried, {} taken; nothing was owed {:.1} s after the end",
        storm.pushes_tried, storm.pushes_accepted, storm.seconds_to_deliver
    );
    let counts: Vec<String> = storm
        .findings
        .all()
        .map(|(fault, finding)| format!("{fault:?} {}", finding.count))
        .collect();
    for line in counts.chunks(6) {
        println!("  {}", line.join(", "));
    }
}

fn print_comparison(comparison: &Comparison) {
    let Comparison { rounds, sends, messages, messages_pushed, pushes_tried, .. } = comparison;
    println!("\nslow provider: {rounds} rounds, {sends} sends for each row in each");
    println!("  provider      p50 ms   p99 ms   p50 ratio (spread)      p99 ratio (spread)");
    for (trouble, latency) in &comparison.latencies {
        let [p50, p99] = [latency.p50_ratio, latency.p99_ratio];
        println!(
            "  {:<11} {:>8.1} {:>8.1}   {:.2} ({:.2} to {:.2})     {:.2} ({:.2} to {:.2})",
            format!("{trouble:?}"),
            latency.p50_ms.median,
            latency.p99_ms.median,
            p50.median,
            p50.least,
            p50.greatest,
            p99.median,
            p99.least,
            p99.greatest,
        );
    }
    println!(
        "  {messages} messages, {pushes_tried} pushes tried, {messages_pushed} messages pushed, {} with \
         more than one key",
        comparison.messages_with_keys
    );
}

fn print_flood(flood: &Flood) {
    let Flood { messages, seconds, seconds_to_ring, wakes, pushes, .. } = flood;
    println!(
        "\nflood: {messages} messages to phones in {seconds:.1} s, {wakes} runs of redeliver, {pushes} pushes; \
         nothing was owed {seconds_to_ring:.1} s after the last"
    );
}

fn print_outage(outage: &Outage) {
    let Outage { owed, owed_in_the_end, seconds, pushes_tried, frames_ms, .. } = outage;
    let Outage { statements_per_second, busiest_minute, .. } = outage;
    println!(
        "\noutage: {owed} pushes owed to a provider that answers 503, watched for {seconds:.0} s\n  \
         {statements_per_second:.1} statements a second, {busiest_minute:.1} in the busiest minute; {pushes_tried} \
         pushes tried, {owed_in_the_end} owed in the end\n  {} fresh frames, the slowest after {:.0} ms",
        frames_ms.len(),
        outage.slowest_frame_ms()
    );
}

fn print_growth(growth: &Growth) {
    let Growth { archived_before, beside_few_ms, beside_many_ms, .. } = growth;
    let Growth { unread, mark_ms, slowest_send_ms, sends, .. } = growth;
    println!(
        "\ngrowth: a run of archive-sessions over 1,000 idle sessions takes {beside_few_ms:.0} ms beside few \
         archived ones, {beside_many_ms:.0} ms beside {archived_before}\n  a mark over {unread} messages takes \
         {mark_ms:.0} ms; of {sends} sends beside it and while its columns followed the slowest took \
         {slowest_send_ms:.0} ms"
    );
}

fn print_deaths(deaths: &Deaths) {
    println!(
        "\nphones: {} killed in {:.0} s, and {} functions",
        deaths.kills, deaths.seconds, deaths.function_kills
    );
    println!(
        "  {} messages queued, {} of them with images; {} being queued at a death, of which {} are there; \
         {} messages stored",
        deaths.said,
        deaths.said_with_images,
        deaths.doubtful,
        deaths.doubtful_and_stored,
        deaths.stored
    );
    println!("  {} files searched, {} bytes", deaths.files_searched, deaths.bytes_searched);
}
