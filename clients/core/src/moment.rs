//! When an input comes, and the chance that it brings along: the core has neither of its own.

/// Milliseconds of a clock that never goes back and goes on while the phone sleeps. Where it begins
/// does not matter; it need not go on over a restart.
pub type Millis = u64;

/// One second.
pub const SECOND: Millis = 1_000;
/// One minute.
pub const MINUTE: Millis = 60 * SECOND;

/// The moment of an input.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// When it is.
    pub at: Millis,
    /// Chance, new with each input: everything that the core draws while it takes the input comes
    /// from here. Unpredictable where it matters that ids are unique: 128 bits of the system's.
    pub seed: u128,
}

/// Draws from one moment's chance.
#[derive(Debug)]
pub(crate) struct Chance {
    seed: u128,
    drawn: u64,
}

impl Chance {
    pub(crate) const fn new(seed: u128) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A number from 0 to `most`, inclusive.
    pub(crate) fn up_to(&mut self, most: u64) -> u64 {
        match most.checked_add(1) {
            Some(count) => self.next() % count,
            None => self.next(),
        }
    }

    /// A random UUID (version 4).
    pub(crate) fn uuid(&mut self) -> uuid::Uuid {
        let bytes = (u128::from(self.next()) << 64 | u128::from(self.next())) ^ self.seed;
        uuid::Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
    }

    /// `SplitMix64` over both halves of the seed.
    fn next(&mut self) -> u64 {
        self.drawn += 1;
        let bytes = self.seed.to_le_bytes();
        let half = |from: usize| {
            bytes[from..from + 8].iter().rev().fold(0, |half, byte| half << 8 | u64::from(*byte))
        };
        let drawn = self.drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mix(half(8) ^ mix(half(0).wrapping_add(drawn)))
    }
}

const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_another_does_not() {
        let draw = |seed| {
            let mut chance = Chance::new(seed);
            (chance.up_to(1_000_000), chance.up_to(1_000_000), chance.uuid())
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(draw(7), draw(7 << 64));
    }

    #[test]
    fn no_draw_is_beyond_its_limit() {
        let mut chance = Chance::new(1);
        assert!((0..1_000).all(|_| chance.up_to(3) <= 3));
        assert_eq!(chance.up_to(0), 0);
    }
}
