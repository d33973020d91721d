//! The prices: one dated file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::unit::Unit;
use crate::failure::Failure;

const FILE: &str = include_str!("../../prices.json");

/// What each unit costs in one region, as of one day.
#[derive(Clone, Debug, Deserialize)]
pub struct Prices {
    /// The day.
    pub date: String,
    /// The region.
    pub region: String,
    per_million: BTreeMap<Unit, Price>,
}

/// The price of a million.
#[derive(Clone, Debug, Deserialize)]
pub struct Price {
    /// In US dollars.
    pub usd: f64,
    /// What is counted.
    pub unit: String,
}

impl Prices {
    /// The prices that the stack knows.
    ///
    /// # Errors
    /// When the file is malformed, or lacks a price.
    pub fn known() -> Result<Self, Failure> {
        let prices: Self = serde_json::from_str(FILE).map_err(Failure::of("prices.json"))?;
        match Unit::ALL.iter().find(|unit| !prices.per_million.contains_key(unit)) {
            Some(unit) => Err(Failure::new(format!("prices.json has no {}", unit.name()))),
            None => Ok(prices),
        }
    }

    /// The price of a unit.
    #[must_use]
    pub fn of(&self, unit: Unit) -> &Price {
        // `known` has seen that each is there.
        &self.per_million[&unit]
    }
}
