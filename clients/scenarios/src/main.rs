//! Plays every scenario with the driver that the arguments start, and says what came of each.

use chat_scenarios::{Client, Driver, Scenario, all, play};
use std::{env, process::ExitCode, rc::Rc};
use tokio::{
    sync::Semaphore,
    task::{LocalSet, spawn_local},
};

/// How many scenarios are played at a time.
const AT_A_TIME: usize = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let command: Vec<String> = env::args().skip(1).collect();
    if command.is_empty() {
        eprintln!("which driver? for instance target/debug/chat-driver");
        return ExitCode::FAILURE;
    }
    if LocalSet::new().run_until(play_all(&command)).await {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What came of a scenario.
enum Outcome {
    Passed,
    Failed,
    /// The client has not what it needs, and this is why.
    NotFor(String),
}

/// Each scenario has people and a driver of its own: some at a time, so that nobody waits for a driver to start.
async fn play_all(command: &[String]) -> bool {
    let only = env::var("ONLY").unwrap_or_default();
    let scenarios = all();
    let client = client(command, &scenarios).await;
    let places = Rc::new(Semaphore::new(AT_A_TIME));
    let mut playing = vec![];
    for scenario in scenarios.into_iter().filter(|scenario| scenario.name.contains(&only)) {
        let (name, command, places) = (scenario.name.clone(), command.to_vec(), Rc::clone(&places));
        let lack = scenario.needs.iter().find_map(|need| client.lacks.get(need)).cloned();
        // A step that goes wrong panics, and ends its own scenario.
        let played = spawn_local(async move {
            if let Some(reason) = lack {
                return Outcome::NotFor(reason);
            }
            let _place = places.acquire().await;
            let mut driver = Driver::start(&command);
            play(&scenario, &mut driver).await;
            driver.end().await;
            Outcome::Passed
        });
        playing.push((name, played));
    }
    let (mut passed, mut failed, mut others) = (0, 0, 0);
    for (name, played) in playing {
        let (outcome, count) = match played.await.unwrap_or(Outcome::Failed) {
            Outcome::Passed => ("ok".to_owned(), &mut passed),
            Outcome::Failed => ("FAILED".to_owned(), &mut failed),
            Outcome::NotFor(reason) => {
                (format!("not for {}: {reason}", client.language), &mut others)
            }
        };
        println!("test {name} ... {outcome}");
        *count += 1;
    }
    println!("{passed} passed, {failed} failed, {others} not for {}", client.language);
    failed == 0 && passed > 0
}

/// What the driver drives. It says of nothing but what scenarios need that it is lacking.
async fn client(command: &[String], scenarios: &[Scenario]) -> Client {
    let mut driver = Driver::start(command);
    let client = driver.client().await;
    driver.end().await;
    for lack in client.lacks.keys() {
        let is_needed = scenarios.iter().any(|scenario| scenario.needs.contains(lack));
        assert!(is_needed, "{} lacks {lack}, which no scenario needs", client.language);
    }
    client
}
