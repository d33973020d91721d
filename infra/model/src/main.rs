//! `chat-model`: looks at every run of the long models, then for a run that each mistake breaks.

use chat_model::{Budget, Chat, Mutant, check};
use std::{process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let mut is_good = true;
    for budget in Budget::LONG {
        println!("model: every run with {budget:?}");
        let began = Instant::now();
        let verdict = check(Chat { budget, planted: None });
        println!("  {} states in {} s", verdict.states, began.elapsed().as_secs());
        is_good &= verdict.broken.is_empty();
        for (rule, run) in verdict.broken {
            println!("  BROKEN: {rule}: {run}");
        }
    }
    for mutant in Mutant::ALL {
        let rule = Budget::SHORT
            .into_iter()
            .find_map(|budget| check(Chat { budget, planted: Some(mutant) }).broken_rule());
        println!("  {mutant:?} breaks: {}", rule.unwrap_or("NOTHING"));
        is_good &= rule.is_some();
    }
    println!(
        "model: {}",
        if is_good { "it holds, and every mistake breaks a rule" } else { "BROKEN" }
    );
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
