//! Phones that die: two devices of one customer write text and images, each a process on the clients'
//! core, and are killed at any instant while functions are killed too. What their users were told is
//! queued must be at the service, once and in order; what a phone shows after that must be what a
//! fresh fetch gives; and nothing of it may be readable in any file of a phone.

mod process;
pub mod script;
mod verdict;

use chat_e2e::{Person, SOON, Stack};
use process::Phone;
use rand::random_range;
use script::Seen;
use serde::Serialize;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The functions that a phone's requests run, and the one that delivers.
const FUNCTIONS: [&str; 7] = [
    "send-message",
    "send-message",
    "create-upload",
    "list-messages",
    "mark-read",
    "sync",
    "redeliver",
];

/// How much goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Phones to kill, all in all.
    pub kills: usize,
    /// A function's environments are killed after so many of them.
    pub kills_per_function_kill: usize,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Deaths {
    /// Phones that were killed.
    pub kills: usize,
    /// Functions that were killed, and had environments.
    pub function_kills: usize,
    /// Messages that a user was told are queued …
    pub said: usize,
    /// … of which so many have images.
    pub said_with_images: usize,
    /// Messages that were being queued when the phone died, which may be there or not …
    pub doubtful: usize,
    /// … and those of them that are.
    pub doubtful_and_stored: usize,
    /// Messages in the session at the end, the dentist's included.
    pub stored: usize,
    /// Files in which the messages' words were looked for, and their bytes.
    pub files_searched: usize,
    /// See `files_searched`.
    pub bytes_searched: u64,
    /// Seconds in all.
    pub seconds: f64,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

/// Kills phones of a new customer.
pub async fn kill(stack: &Stack, plan: &Plan) -> Deaths {
    let began = Instant::now();
    let (customer, dentist, session) = stack.conversation().await;
    let mut phones = ["a", "b"].map(|device| Phone::new(&customer, session, device));
    let mut function_kills = 0;
    for kill in 0..plan.kills {
        for phone in &mut phones {
            phone.start();
        }
        sleep(Duration::from_millis(random_range(0..500))).await;
        if kill.is_multiple_of(5) {
            dentist.say(session, &format!("dentist:{kill}")).await;
        }
        if kill.is_multiple_of(plan.kills_per_function_kill) {
            let function = FUNCTIONS[random_range(0..FUNCTIONS.len())];
            function_kills += usize::from(stack.kill(function).await > 0);
        }
        phones[random_range(0..phones.len())].kill();
        if kill % 50 == 49 {
            eprintln!("{:6.1} s: {} kills", began.elapsed().as_secs_f64(), kill + 1);
        }
    }
    let mut broken = finish(&mut phones, &customer, session).await;
    let stored: Vec<Seen> =
        dentist.all_messages(session).await.iter().map(Seen::of_message).collect();
    broken.extend(phones.iter().flat_map(|phone| verdict::judge(phone.record(), &stored)));
    report(plan, function_kills, &phones, &stored, began, broken)
}

/// Lets the phones send what they hold, then compares what they show, after another death, with what
/// the service has.
async fn finish(phones: &mut [Phone; 2], customer: &Person, session: i64) -> Vec<String> {
    let mut broken = vec![];
    for phone in &mut *phones {
        phone.start();
        phone.drain();
    }
    for phone in &mut *phones {
        if !phone.is_drained() {
            broken.push(format!("{}: its queue never ends", phone.device()));
        }
        phone.kill();
        phone.start();
        phone.drain();
    }
    for phone in &mut *phones {
        if let Some(difference) = difference(phone, customer, session).await {
            broken.push(difference);
        }
        phone.kill();
    }
    broken
}

/// What a phone still shows otherwise than a fresh fetch when it has had its time to catch up.
async fn difference(phone: &mut Phone, customer: &Person, session: i64) -> Option<String> {
    let deadline = Instant::now() + SOON;
    loop {
        let fresh = customer.all_messages(session).await;
        let fresh: Vec<Seen> = fresh.iter().map(Seen::of_message).collect();
        let shown = phone.view();
        if shown == fresh {
            return None;
        }
        if Instant::now() > deadline {
            return Some(verdict::difference(phone.device(), &shown, &fresh));
        }
        sleep(Duration::from_millis(200)).await;
    }
}

fn report(
    plan: &Plan,
    function_kills: usize,
    phones: &[Phone; 2],
    stored: &[Seen],
    began: Instant,
    mut broken: Vec<String>,
) -> Deaths {
    let records = || phones.iter().map(Phone::record);
    broken.extend(records().flat_map(|record| record.leaks.clone()));
    let is_stored = |device: &str, number: u64| {
        stored.iter().any(|seen| seen.content == script::text(device, number))
    };
    let doubtful = || records().flat_map(|it| it.doubtful.iter().map(move |n| (it, *n)));
    let said = || records().flat_map(|record| record.said.iter());
    Deaths {
        kills: plan.kills,
        function_kills,
        said: said().count(),
        said_with_images: said().filter(|number| script::images(**number) > 0).count(),
        doubtful: doubtful().count(),
        doubtful_and_stored: doubtful().filter(|(it, n)| is_stored(it.device, *n)).count(),
        stored: stored.len(),
        files_searched: records().map(|record| record.files_searched).sum(),
        bytes_searched: records().map(|record| record.bytes_searched).sum(),
        seconds: began.elapsed().as_secs_f64(),
        broken,
    }
}
