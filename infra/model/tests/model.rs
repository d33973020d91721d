//! Every run of the short models, and every mistake.

use chat_model::{Budget, Chat, Mutant, check};

#[test]
fn what_is_committed_is_delivered_and_nothing_else_whatever_goes_wrong() {
    for budget in Budget::SHORT {
        let verdict = check(Chat { budget, planted: None });
        assert!(verdict.broken.is_empty(), "{budget:?}: {:#?}", verdict.broken);
        assert!(verdict.states > 10_000, "{} states are no search", verdict.states);
    }
}

#[test]
fn every_mistake_breaks_a_rule() {
    for mutant in Mutant::ALL {
        let breaks = |budget| check(Chat { budget, planted: Some(mutant) }).broken_rule().is_some();
        assert!(Budget::SHORT.into_iter().any(breaks), "{mutant:?} breaks nothing");
    }
}
