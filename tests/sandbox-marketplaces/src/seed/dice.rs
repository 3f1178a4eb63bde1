//! Dice that fall the same way for the same seed.

use rust_decimal::Decimal;

/// SplitMix64: small, well mixed, and not for secrets.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice of their own for each order, so that an order does not depend on how many came before it in a call.
    #[must_use]
    pub fn new(seed: u64, stream: u64, index: u64) -> Self {
        let mut dice = Self(seed ^ stream.rotate_left(32));
        dice.0 = dice.next().wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 up to, not including, the end.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// 0 up to, not including, the end; 0 for an end that is not positive.
    pub fn below_i64(&mut self, end: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(end).unwrap_or(1))).unwrap_or(0)
    }

    /// True once in so many throws, on average.
    pub fn one_in(&mut self, throws: u64) -> bool {
        self.below(throws) == 0
    }

    /// One of the choices, of which there has to be one.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        &choices[index]
    }

    /// An amount between two counts of cents.
    pub fn price(&mut self, from_cents: i64, to_cents: i64) -> Decimal {
        Decimal::new(from_cents + self.below_i64(to_cents - from_cents + 1), 2)
    }
}
