//! Plays every scenario with the driver that the arguments start, and says what came of each.

use chat_scenarios::{Driver, all, play};
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

/// Each scenario has people and a driver of its own: some at a time, so that nobody waits for a driver to start.
async fn play_all(command: &[String]) -> bool {
    let only = env::var("ONLY").unwrap_or_default();
    let places = Rc::new(Semaphore::new(AT_A_TIME));
    let mut playing = vec![];
    for scenario in all().into_iter().filter(|scenario| scenario.name.contains(&only)) {
        let (name, command, places) = (scenario.name.clone(), command.to_vec(), Rc::clone(&places));
        // A step that goes wrong panics, and ends its own scenario.
        let played = spawn_local(async move {
            let _place = places.acquire().await;
            let mut driver = Driver::start(&command);
            play(&scenario, &mut driver).await;
            driver.end().await;
        });
        playing.push((name, played));
    }
    let (mut passed, mut failed) = (0, 0);
    for (name, played) in playing {
        let is_passed = played.await.is_ok();
        println!("test {name} ... {}", if is_passed { "ok" } else { "FAILED" });
        *(if is_passed { &mut passed } else { &mut failed }) += 1;
    }
    println!("{passed} passed, {failed} failed");
    failed == 0 && passed > 0
}
