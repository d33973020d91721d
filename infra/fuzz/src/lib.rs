//! Fuzzing on stable Rust: what a parser takes is damaged in a few places, over and over.
//!
//! A target is a corpus (inputs that mean something, and words of the format) and a function that must come to an
//! answer for whatever comes of it, without a panic and in bounded time. It stands beside its parser, as a test
//! `fuzz_…`: a thousand inputs, the same each time, in `make test`; for `FUZZ_SECONDS` of new ones where that is
//! set, which `make prove ONLY=fuzz` does. Beside it, the same search must find a planted bug
//! ([`Corpus::finds`]): a parser that no input gets into would never fail.
#![allow(clippy::missing_panics_doc, reason = "a test that found something panics with it")]

use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use std::{
    env,
    panic::{self, AssertUnwindSafe},
    time::{Duration, Instant},
};

/// Inputs of a test that has no time of its own.
const FEW: u32 = 1_000;
/// Inputs within which a planted bug must be found: seconds.
const MANY: u32 = 20_000;
/// Inputs between two looks at the clock.
const ROUND: u32 = 500;
/// What no input may take, however slow the machine.
const ENDLESS: Duration = Duration::from_secs(20);

/// What damaged inputs are made of.
#[derive(Clone, Debug)]
pub struct Corpus {
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

/// One change of an input.
#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    /// One of the words, over what is there or between.
    Word(Index, Index, bool),
    Remove(Index, Index),
    Repeat(Index, Index),
    /// The rest is that of another seed.
    Splice(Index, Index, Index),
    CutOff(Index),
}

impl Corpus {
    /// A corpus of inputs and of words that mean something in them.
    #[must_use]
    pub fn new<S: AsRef<[u8]>, W: AsRef<[u8]>>(
        seeds: impl IntoIterator<Item = S>,
        words: impl IntoIterator<Item = W>,
    ) -> Self {
        let owned = |bytes: &[u8]| bytes.to_vec();
        Self {
            seeds: seeds.into_iter().map(|seed| owned(seed.as_ref())).collect(),
            words: words.into_iter().map(|word| owned(word.as_ref())).collect(),
        }
    }

    /// Panics with the smallest input for which the target does, or takes too long.
    pub fn hunt(&self, target: impl Fn(&[u8])) {
        let Some(seconds) = env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()) else {
            let found = self.search(FEW, TestRng::deterministic_rng(RngAlgorithm::ChaCha), &target);
            return found.unwrap_or_else(|found| panic!("{found}"));
        };
        let (began, limit) = (Instant::now(), Duration::from_secs(seconds));
        let mut inputs = 0_u64;
        while began.elapsed() < limit {
            let rng = TestRunner::default().new_rng();
            self.search(ROUND, rng, &target).unwrap_or_else(|found| panic!("{found}"));
            inputs += u64::from(ROUND);
        }
        println!("{inputs} inputs in {seconds} s");
    }

    /// Whether an input is found for which this holds: that a bug which is reached by such inputs only would be.
    #[must_use]
    pub fn finds(&self, is_hit: impl Fn(&[u8]) -> bool) -> bool {
        let began = Instant::now();
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let found = self.search(MANY, rng, &|input: &[u8]| assert!(!is_hit(input), "planted"));
        println!("the planted bug: {found:?} after {:?}", began.elapsed());
        found.is_err()
    }

    fn search(&self, cases: u32, rng: TestRng, target: &impl Fn(&[u8])) -> Result<(), String> {
        let config = Config {
            cases,
            failure_persistence: None,
            max_shrink_time: 10_000,
            ..Config::default()
        };
        let strategy = (any::<Index>(), prop::collection::vec(damage(), 0..10));
        let outcome = TestRunner::new_with_rng(config, rng).run(&strategy, |(seed, damages)| {
            let input = self.damaged(seed, &damages);
            let began = Instant::now();
            panic::catch_unwind(AssertUnwindSafe(|| target(&input)))
                .map_err(|_| TestCaseError::fail(shown(&input)))?;
            if began.elapsed() > ENDLESS {
                return Err(TestCaseError::fail(format!("took too long: {}", shown(&input))));
            }
            Ok(())
        });
        outcome.map_err(|error| error.to_string())
    }

    fn damaged(&self, seed: Index, damages: &[Damage]) -> Vec<u8> {
        let mut input = seed.get(&self.seeds).clone();
        for damage in damages {
            self.apply(damage, &mut input);
        }
        input
    }

    fn apply(&self, damage: &Damage, input: &mut Vec<u8>) {
        let length = input.len();
        let at = |index: &Index| index.index(length + 1);
        match damage {
            Damage::Insert(place, byte) => input.insert(at(place), *byte),
            Damage::Word(place, word, is_over) if !self.words.is_empty() => {
                let (start, word) = (at(place), word.get(&self.words));
                let end = if *is_over { (start + word.len()).min(length) } else { start };
                input.splice(start..end, word.iter().copied());
            }
            Damage::Splice(place, other, from) => {
                let other = other.get(&self.seeds);
                input.truncate(at(place));
                input.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
            Damage::CutOff(place) => input.truncate(at(place)),
            _ if length == 0 => {}
            Damage::Set(place, byte) => input[place.index(length)] = *byte,
            Damage::Flip(place, bit) => input[place.index(length)] ^= 1 << (bit % 8),
            Damage::Remove(one, other) | Damage::Repeat(one, other) => {
                let (one, other) = (at(one), at(other));
                let range = one.min(other)..one.max(other).min(one.min(other) + 16);
                if matches!(damage, Damage::Remove(..)) {
                    input.drain(range);
                } else {
                    let again = input[range.clone()].to_vec();
                    input.splice(range.end..range.end, again);
                }
            }
            Damage::Word(..) => {}
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<Index>;
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (index(), any::<u8>()).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        // More often than the rest: these get furthest into a parser.
        (index(), index(), Just(true)).prop_map(|(at, word, over)| Damage::Word(at, word, over)),
        (index(), index(), Just(false)).prop_map(|(at, word, over)| Damage::Word(at, word, over)),
        (index(), index()).prop_map(|(from, to)| Damage::Remove(from, to)),
        (index(), index()).prop_map(|(from, to)| Damage::Repeat(from, to)),
        (index(), index(), index()).prop_map(|(at, other, from)| Damage::Splice(at, other, from)),
        index().prop_map(Damage::CutOff),
    ]
}

fn shown(input: &[u8]) -> String {
    format!("{} bytes: \"{}\"", input.len(), input.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_is_found_and_made_small() {
        let corpus = Corpus::new(["a quiet text"], ["loud"]);
        let found = panic::catch_unwind(|| {
            corpus.hunt(|input| assert!(!input.windows(4).any(|part| part == b"loud")));
        });
        let said = found.unwrap_err().downcast::<String>().unwrap();
        assert!(said.contains("loud"), "{said}");
    }

    #[test]
    fn what_never_happens_is_not_found() {
        assert!(!Corpus::new(["a"], ["b"]).finds(|input| input.len() > 100_000));
    }
}
