//! Plays a scenario.

use crate::{
    driver::Driver,
    scenario::{Act, Scenario, Step},
};
use chat_e2e::{Network, NetworkState, Person, Role, SOON, Stack, eventually, new_id};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// For a push: the service waits for a minute to see a message read if it takes a connection to be alive that is
/// not, and for two runs of `redeliver`.
const PUSHED: Duration = Duration::from_mins(5);

/// The ways of a device to the service.
struct Ways {
    http: Network,
    ws: Network,
}

struct Play<'a> {
    driver: Mutex<&'a mut Driver>,
    customer: Person,
    dentist: Person,
    session: i64,
    devices: &'a BTreeMap<String, Role>,
    ways: BTreeMap<String, Ways>,
    folder: TempDir,
    values: HashMap<String, String>,
}

/// Plays a scenario with people, devices and a session of its own.
///
/// # Panics
/// Where a step goes wrong.
pub async fn play(scenario: &Scenario, driver: &mut Driver) {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let mut ways = BTreeMap::new();
    for device in scenario.devices.keys() {
        let endpoints = customer.stack.endpoints();
        let http = Network::to(&endpoints.http_api).await;
        ways.insert(device.clone(), Ways { http, ws: Network::to(&endpoints.ws_api).await });
    }
    let values = [
        ("$session", session.to_string()),
        ("$customer", customer.id.to_string()),
        ("$dentist", dentist.id.to_string()),
        ("$subscription", new_id()),
        ("$photo", photos().join("exif-gps.jpg").display().to_string()),
    ];
    let mut play = Play {
        driver: Mutex::new(driver),
        customer,
        dentist,
        session,
        devices: &scenario.devices,
        ways,
        folder: tempfile::tempdir().expect("a folder for stores"),
        values: values.map(|(name, value)| (name.to_owned(), value)).into(),
    };
    for step in &scenario.steps {
        play.step(step).await;
    }
    for device in scenario.devices.keys() {
        play.ask(&["close", device]).await;
    }
}

fn photos() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/photos"))
}

impl Play<'_> {
    async fn step(&mut self, step: &Step) {
        match step {
            Step::Open { open } => self.open(open).await,
            Step::Close { close } => {
                self.ask(&["close", close]).await;
            }
            Step::Do { on, r#do, r#as, gives, error } => {
                let answer = self.act(on, r#do).await;
                assert_eq!(answer["error"].as_str(), error.as_deref(), "{step:?}");
                if let Some(gives) = gives {
                    assert_eq!(&answer["value"], gives, "{step:?}");
                }
                if let Some(name) = r#as {
                    self.values.insert(format!("${name}"), answer["value"].to_string());
                }
            }
            Step::See { on, see, r#while } => self.see(on, see, r#while.as_ref()).await,
            Step::Network { network, http, ws } => self.change_network(network, *http, *ws).await,
            Step::Say { by, say, times } => self.say(*by, say, *times).await,
            Step::Status { status, .. } => {
                self.dentist.update_session(self.session, status).await.is(200);
            }
            Step::Registered { registered } => self.is_registered(registered).await,
            Step::Pushed { pushed } => self.is_pushed(pushed).await,
            Step::Stored { stored } => self.is_stored(stored).await,
        }
    }

    fn person(&self, side: Role) -> &Person {
        match side {
            Role::Customer => &self.customer,
            Role::Dentist => &self.dentist,
        }
    }

    async fn ask(&self, words: &[&str]) -> Value {
        self.driver.lock().await.ask(words).await
    }

    async fn open(&self, device: &str) {
        let person = self.person(self.devices[device]);
        let store = self.folder.path().join(format!("{device}.db")).display().to_string();
        let Ways { http, ws } = &self.ways[device];
        let role = person.role.as_str();
        let words = ["open", device, http.url(), ws.url(), &store, role, &person.token];
        assert_eq!(self.ask(&words).await, json!({}), "{device} opens");
    }

    fn known(&self, word: &String) -> String {
        self.values.get(word).unwrap_or(word).clone()
    }

    async fn act(&self, device: &str, words: &[String]) -> Value {
        let words: Vec<String> = words.iter().map(|word| self.known(word)).collect();
        let mut all = vec![words[0].as_str(), device];
        all.extend(words[1..].iter().map(String::as_str));
        self.ask(&all).await
    }

    async fn see(&self, device: &str, expected: &Map<String, Value>, meanwhile: Option<&Act>) {
        let session = self.session.to_string();
        let look = async || {
            if let Some(Act { on, r#do }) = meanwhile {
                assert_eq!(self.act(on, r#do).await["error"], Value::Null, "{do:?}");
            }
            let view = self.ask(&["view", device, &session]).await;
            let is_it = expected.iter().all(|(name, value)| view.get(name) == Some(value));
            is_it.then_some(())
        };
        let what = format!("{device} shows {}", Value::Object(expected.clone()));
        eventually(&what, SOON, look).await;
    }

    async fn change_network(
        &self,
        device: &str,
        http: Option<NetworkState>,
        ws: Option<NetworkState>,
    ) {
        let ways = &self.ways[device];
        for (way, state) in [(&ways.http, http), (&ways.ws, ws)] {
            if let Some(state) = state {
                way.set(state);
            }
        }
        self.ask(&["network", device]).await;
    }

    async fn say(&self, by: Role, text: &str, times: Option<usize>) {
        let person = self.person(by);
        match times {
            None => person.say(self.session, text).await.is(201),
            Some(times) => {
                for number in 1..=times {
                    person.say(self.session, &format!("{text}{number}")).await.is(201);
                }
            }
        }
    }

    async fn is_registered(&self, expected: &[String]) {
        let expected: Vec<String> = expected.iter().map(|word| self.known(word)).collect();
        let database = self.customer.stack.database().await;
        let sql =
            "SELECT onesignal_player_id FROM customer_notification_mapping WHERE customer_id = $1";
        let look = async || {
            let rows = database.query(sql, &[&self.customer.id]).await.expect("the registrations");
            let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            (found == expected).then_some(())
        };
        eventually(&format!("pushes go to {expected:?}"), SOON, look).await;
    }

    async fn is_pushed(&self, subscription: &String) {
        let subscription = self.known(subscription);
        let look = async || {
            let pushes = self.customer.stack.pushes_to(&subscription).await;
            (!pushes.is_empty()).then_some(())
        };
        eventually(&format!("a push to {subscription}"), PUSHED, look).await;
    }

    async fn is_stored(&self, expected: &[String]) {
        let look = async || {
            let messages = self.dentist.all_messages(self.session).await;
            let texts: Vec<&str> =
                messages.iter().filter_map(|message| message["content"].as_str()).collect();
            (texts == expected).then_some(())
        };
        eventually(&format!("{expected:?} is stored"), SOON, look).await;
    }
}
