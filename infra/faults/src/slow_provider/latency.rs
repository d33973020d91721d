//! Percentiles, and ratios of what belongs to one round.

use super::trouble::Trouble;
use serde::Serialize;
use std::collections::BTreeMap;

/// The middle of some numbers, and how far they spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The middle one.
    pub median: f64,
    /// The greatest.
    pub greatest: f64,
}

/// What senders waited, in milliseconds, and how that compares with a healthy provider in the same
/// round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// The medians of the rounds.
    pub p50_ms: Spread,
    /// The 99th percentiles of the rounds.
    pub p99_ms: Spread,
    /// Medians, as multiples of the healthy ones.
    pub p50_ratio: Spread,
    /// 99th percentiles, as multiples of the healthy ones.
    pub p99_ratio: Spread,
}

/// Latencies from all waits, by trouble and round.
pub(super) fn of(measured: &BTreeMap<Trouble, Vec<Vec<f64>>>) -> BTreeMap<Trouble, Latency> {
    let percentiles = |trouble: Trouble, percent: usize| -> Vec<f64> {
        measured[&trouble].iter().map(|waits| percentile(waits, percent)).collect()
    };
    let ratios = |trouble: Trouble, percent: usize| {
        let healthy = percentiles(Trouble::None, percent);
        let pairs = percentiles(trouble, percent).into_iter().zip(healthy);
        spread(pairs.map(|(troubled, healthy)| troubled / healthy).collect())
    };
    let latency = |trouble: Trouble| Latency {
        p50_ms: spread(percentiles(trouble, 50)),
        p99_ms: spread(percentiles(trouble, 99)),
        p50_ratio: ratios(trouble, 50),
        p99_ratio: ratios(trouble, 99),
    };
    measured.keys().map(|trouble| (*trouble, latency(*trouble))).collect()
}

fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_by(f64::total_cmp);
    let (least, greatest) = (values[0], values[values.len() - 1]);
    let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
    Spread { least, median: f64::midpoint(low, high), greatest }
}

/// The least value that so many percent do not exceed.
fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent).div_ceil(100).max(1) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert!((percentile(&values, 99) - 198.0).abs() < f64::EPSILON);
        assert!((percentile(&values, 50) - 100.0).abs() < f64::EPSILON);
        assert!((percentile(&[7.0], 99) - 7.0).abs() < f64::EPSILON);
    }

    #[test]
    fn ratios_compare_within_a_round() {
        let measured = BTreeMap::from([
            (Trouble::None, vec![vec![1.0], vec![10.0], vec![100.0]]),
            (Trouble::Errs, vec![vec![2.0], vec![10.0], vec![100.0]]),
        ]);
        let ratio = of(&measured)[&Trouble::Errs].p99_ratio;
        assert_eq!(ratio, Spread { least: 1.0, median: 1.0, greatest: 2.0 });
    }
}
