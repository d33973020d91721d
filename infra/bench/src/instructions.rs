//! How many instructions a warm send takes: callgrind counts those of the program and its libraries, the
//! same on a busy machine as on a quiet one.

use crate::{event, place::Place, process, report::Report, senders};
use chat_e2e::{SOON, eventually};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

/// What was counted when somebody last looked, in thousands. Whoever changes what a send takes writes the
/// new figure down here, in the same commit.
const RECORDED: &str = include_str!("../instructions.txt");
/// More than this many times what is recorded has to be explained.
const MOST: f64 = 1.05;
/// Sends of the shorter and of the longer run: their difference is warm sends and nothing else.
const SENDS: [u32; 2] = [20, 420];
const ROUNDS: usize = 5;

/// Each round: a run of few sends, and one of more.
pub async fn run(place: &Place) -> Report {
    let sessions = senders::sessions(place, i64::from(SENDS[1])).await;
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let few = counted(place, sessions.0, SENDS[0]).await;
        let many = counted(place, sessions.0, SENDS[1]).await;
        let each = (many - few) / f64::from(SENDS[1] - SENDS[0]);
        warm.push(each);
        cold.push(few - each * f64::from(SENDS[0] - 1));
    }
    let work = format!(
        "Instructions by callgrind, in thousands: the difference between {} and {} sends of one \
         environment, by their number; what is left of the shorter run is its cold start and first send.",
        SENDS[1], SENDS[0]
    );
    let mut report = Report::new("instructions", work, ROUNDS);
    let warm = report.row("a warm send", "thousand", warm);
    report.row("a cold start and its first send", "thousand", cold);
    let recorded: f64 = RECORDED.trim().parse().expect("a number is recorded");
    report.at_most("a warm send ÷ what is recorded", warm / recorded, MOST);
    report
}

/// What so many sends take from the program's start on, in thousands.
async fn counted(place: &Place, first_session: i64, sends: u32) -> f64 {
    let counts = place.folder().join("callgrind.out");
    let _ = fs::remove_file(&counts);
    let program = place.programs().join("send-message");
    let program = program.canonicalize().expect("the program is there");
    let function =
        place.program("send-message", &under_callgrind(place, &program, &counts), 1, &[]).await;
    for number in 0..sends {
        let event = event::send(&senders::dentist(), first_session + i64::from(number));
        function.invoke(event).await.expect(201);
        function.rest().await;
    }
    // It writes down what it counted when it is told to end, and not when it is killed.
    process::of(&program).expect("the function runs").end();
    let total = eventually("what callgrind counted", SOON, async || {
        let text = fs::read_to_string(&counts).unwrap_or_default();
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "))?;
        Some(total.trim().parse::<f64>().expect("callgrind writes a number"))
    })
    .await;
    function.stop().await;
    total / 1_000.0
}

/// A program that runs this one under callgrind.
fn under_callgrind(place: &Place, program: &Path, counts: &Path) -> std::path::PathBuf {
    let script = place.folder().join("send-message-counted");
    let text = format!(
        "#!/bin/sh\nexec valgrind -q --tool=callgrind --callgrind-out-file='{}' '{}'\n",
        counts.display(),
        program.display()
    );
    fs::write(&script, text).expect("the folder is ours");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    script
}
