//! The local stack's bill of something that is done.

use crate::place::Place;
use serde::Deserialize;
use std::time::Duration;

/// How often is looked whether all functions rest.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
/// What runs by the clock, whatever is said.
const BY_THE_CLOCK: [&str; 2] = ["/redeliver", "/archive-sessions"];

/// What was billed.
#[derive(Debug, Deserialize)]
pub struct Billed {
    /// The prices' region.
    pub region: String,
    /// The prices' date.
    pub prices_of: String,
    items: Vec<Item>,
}

/// One kind of use.
#[derive(Debug, Deserialize)]
struct Item {
    name: String,
    usd: f64,
}

impl Billed {
    /// Does something, and gives what was billed for it, work after the answers included.
    pub async fn of<T>(place: &Place, work: impl Future<Output = T>) -> (Self, T) {
        rest(place).await;
        let (http, url) =
            (place.stack.http(), format!("{}/bill", place.stack.endpoints().lambda_api));
        let work = Box::pin(work);
        http.delete(&url).send().await.expect("the stack is running");
        let done = work.await;
        rest(place).await;
        let answer = http.get(&url).send().await.expect("the stack is running");
        (answer.json().await.expect("a bill"), done)
    }

    /// US dollars for a million, when this was so many: all of it.
    pub fn million(&self, count: u32) -> f64 {
        self.sum(count, |_| true)
    }

    /// As [`Self::million`]: what the gateway bills, and Lambda by the request. These are known exactly;
    /// the rest depends on the machine, and on how much is logged.
    pub fn gateway_and_requests(&self, count: u32) -> f64 {
        let counted = ["http_calls", "ws_messages", "lambda_requests"];
        self.sum(count, |name| counted.iter().any(|counted| name.starts_with(counted)))
    }

    /// As [`Self::million`], item by item, those of Lambda's functions together.
    pub fn by_item(&self, count: u32) -> Vec<(String, f64)> {
        let mut items: Vec<(String, f64)> = Vec::new();
        for item in self.items.iter().filter(|item| is_counted(&item.name)) {
            let name = item.name.split('/').next().unwrap_or_default();
            let usd = item.usd * 1e6 / f64::from(count);
            match items.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += usd,
                None => items.push((name.to_owned(), usd)),
            }
        }
        items
    }

    fn sum(&self, count: u32, is_wanted: impl Fn(&str) -> bool) -> f64 {
        let wanted =
            self.items.iter().filter(|item| is_counted(&item.name) && is_wanted(&item.name));
        wanted.map(|item| item.usd).sum::<f64>() * 1e6 / f64::from(count)
    }
}

/// Connection minutes are not the miniature's: they are reckoned.
fn is_counted(name: &str) -> bool {
    name != "ws_connection_minutes" && !BY_THE_CLOCK.iter().any(|clock| name.ends_with(clock))
}

/// Waits until no function is at work, nor at work after an answer.
async fn rest(place: &Place) {
    #[derive(Deserialize)]
    struct Functions {
        functions: Vec<State>,
    }
    #[derive(Deserialize)]
    struct State {
        busy: usize,
    }
    let url = format!("{}/functions", place.stack.endpoints().lambda_api);
    let mut quiet = 0;
    // Between the end of one and the start of the next nothing is busy, either.
    while quiet < 3 {
        let answer = place.stack.http().get(&url).send().await.expect("the stack is running");
        let functions: Functions = answer.json().await.expect("statistics");
        let is_quiet = functions.functions.iter().all(|state| state.busy == 0);
        quiet = if is_quiet { quiet + 1 } else { 0 };
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
