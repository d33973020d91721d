//! The bill: what the same use would cost in the cloud, by the units that AWS bills.

mod meter;
mod prices;
mod unit;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use time::OffsetDateTime;

pub use self::meter::{Meter, OpenConnection, Usage};
pub use self::prices::Prices;
pub use self::unit::Unit;
use crate::failure::Failure;

/// What has been used since a moment, and what it costs.
#[derive(Clone, Debug, Serialize)]
pub struct Bill {
    /// The start of the stack, or when the bill began anew.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// The prices' region.
    pub region: String,
    /// The prices' date.
    pub prices_of: String,
    /// What was used at all.
    pub items: Vec<BillItem>,
    /// The sum, in US dollars.
    pub usd: f64,
}

/// One kind of use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BillItem {
    /// What it is; of what Lambda bills, with the function: `lambda_requests/send-message`.
    pub name: String,
    /// How many.
    pub units: f64,
    /// What is counted.
    pub unit: String,
    /// Its price, in US dollars.
    pub usd: f64,
}

impl Bill {
    /// The price of what a meter has counted.
    #[must_use]
    pub fn of(usage: &Usage, prices: &Prices) -> Self {
        let items: Vec<BillItem> = usage
            .units
            .iter()
            .map(|((unit, function), units)| {
                let price = prices.of(*unit);
                BillItem {
                    name: match function {
                        Some(function) => format!("{}/{function}", unit.name()),
                        None => unit.name().to_owned(),
                    },
                    units: *units,
                    unit: price.unit.clone(),
                    usd: units * price.usd / 1e6,
                }
            })
            .collect();
        Self {
            since: usage.since,
            region: prices.region.clone(),
            prices_of: prices.date.clone(),
            usd: items.iter().map(|item| item.usd).sum(),
            items,
        }
    }
}

/// `GET /bill` and `DELETE /bill`.
///
/// # Errors
/// When the file of prices lacks one.
pub fn router(meter: Meter) -> Result<Router, Failure> {
    let prices = Prices::known()?;
    let show = async move |State(meter): State<Meter>| Json(Bill::of(&meter.usage(), &prices));
    let begin = async |State(meter): State<Meter>| {
        meter.begin();
        StatusCode::NO_CONTENT
    };
    Ok(Router::new().route("/bill", get(show).delete(begin)).with_state(meter))
}
