//! How many instructions a warm send takes: callgrind counts those of the program and its libraries, the
//! same on a busy machine as on a quiet one.

use crate::{
    environment::Function,
    event, peers,
    place::Place,
    process,
    report::{RESULTS, Report},
    senders,
};
use chat_e2e::{SOON, eventually};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// What was counted when somebody last looked, in thousands. Whoever changes what a send takes writes the
/// new figure down here, in the same commit.
const RECORDED: &str = include_str!("../instructions.txt");
/// More than this many times what is recorded has to be explained.
const MOST: f64 = 1.05;
/// More than this many times what the bare handler takes.
const MOST_OF_BARE: f64 = 1.3;
/// Sends of the shorter and of the longer run: their difference is warm sends and nothing else.
const SENDS: [u32; 2] = [20, 420];
const ROUNDS: usize = 3;

/// Each round: of either program a run of few sends, and one of more.
pub async fn run(place: &Place) -> Report {
    let sessions = senders::sessions(place, i64::from(SENDS[1])).await;
    let program = place.apart(&place.programs().join("send-message"));
    let counted = under_callgrind(place, "send-message", &program);
    let bare_program = peers::bare_program(place);
    let bare_counted = bare_program
        .as_deref()
        .map(|program| (program, under_callgrind(place, "bare-send", program)));
    let (mut own, mut bare) = (Counted::default(), Counted::default());
    for _ in 0..ROUNDS {
        for (runs, sends) in SENDS.into_iter().enumerate() {
            let function = place.program("send-message", &counted, 1, &[]).await;
            own.0[runs].push(count(place, &program, function, sessions.0, sends).await);
            if let Some((program, counted)) = &bare_counted {
                let function = peers::bare(place, counted).await;
                bare.0[runs].push(count(place, program, function, sessions.0, sends).await);
            }
        }
    }
    let work = format!(
        "Instructions by callgrind, in thousands: the difference between {} and {} sends of one \
         environment, by their number, each the least of the rounds (a connection that is replaced on a \
         busy machine costs millions); what is left of the shorter run is a cold start and its first send.",
        SENDS[1], SENDS[0]
    );
    let mut report = Report::new("instructions", work, ROUNDS);
    let warm = report.row("a warm send", "thousand", vec![own.warm()]);
    report.row("a cold start and its first send", "thousand", vec![own.cold()]);
    let recorded: f64 = RECORDED.trim().parse().expect("a number is recorded");
    report.at_most("a warm send ÷ what is recorded", warm / recorded, MOST);
    // A gain that nobody writes down could be lost again unnoticed.
    report.at_most("what is recorded ÷ a warm send", recorded / warm, MOST);
    if bare_counted.is_some() {
        let bare_warm =
            report.row("a warm send of the bare handler", "thousand", vec![bare.warm()]);
        report.row("its cold start and first send", "thousand", vec![bare.cold()]);
        report.at_most("a warm send ÷ the bare handler's", warm / bare_warm, MOST_OF_BARE);
    }
    report
}

/// What runs of few sends and of more took in all, in thousands.
#[derive(Default)]
struct Counted([Vec<f64>; 2]);

impl Counted {
    fn warm(&self) -> f64 {
        (least(&self.0[1]) - least(&self.0[0])) / f64::from(SENDS[1] - SENDS[0])
    }

    fn cold(&self) -> f64 {
        least(&self.0[0]) - self.warm() * f64::from(SENDS[0] - 1)
    }
}

fn least(counts: &[f64]) -> f64 {
    counts.iter().copied().fold(f64::INFINITY, f64::min)
}

/// What so many sends take from the program's start on, in thousands.
async fn count(
    place: &Place,
    program: &Path,
    function: Function,
    first_session: i64,
    sends: u32,
) -> f64 {
    let counts = counts(place);
    let _ = fs::remove_file(&counts);
    for number in 0..sends {
        let event = event::send(&senders::dentist(), first_session + i64::from(number));
        function.invoke(event).await.expect(201);
        function.rest().await;
    }
    // It writes down what it counted when it is told to end, and not when it is killed.
    process::of(program).expect("the function runs").end();
    let total = eventually("what callgrind counted", SOON, async || {
        let text = fs::read_to_string(&counts).unwrap_or_default();
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "))?;
        Some(total.trim().parse::<f64>().expect("callgrind writes a number"))
    })
    .await;
    function.stop().await;
    keep(&counts, program, sends);
    total / 1_000.0
}

/// For `callgrind_annotate`, which names functions if the program has its symbols.
fn keep(counts: &Path, program: &Path, sends: u32) {
    let name = program.file_name().unwrap_or_default().display();
    fs::create_dir_all(RESULTS).expect("results can be written");
    let kept = Path::new(RESULTS).join(format!("callgrind.{name}.{sends}"));
    fs::copy(counts, kept).expect("results can be written");
}

/// Where callgrind writes.
fn counts(place: &Place) -> PathBuf {
    place.folder().join("callgrind.out")
}

/// A program that runs this one under callgrind.
fn under_callgrind(place: &Place, name: &str, program: &Path) -> PathBuf {
    let script = place.folder().join(format!("{name}-counted"));
    let text = format!(
        "#!/bin/sh\nexec valgrind -q --tool=callgrind --callgrind-out-file='{}' '{}'\n",
        counts(place).display(),
        program.display()
    );
    fs::write(&script, text).expect("the folder is ours");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    script
}
