//! A scenario, as `scenarios.json` has it.

use chat_e2e::{NetworkState, Role};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Something that every client must do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// A sentence.
    pub name: String,
    /// Whose each device is.
    pub devices: BTreeMap<String, Role>,
    /// What a client must have for it that not every client has.
    #[serde(default)]
    pub needs: Vec<String>,
    /// One after the other.
    pub steps: Vec<Step>,
}

/// One step; the README says what each means.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Step {
    /// A process begins.
    Open {
        /// On which device.
        open: String,
    },
    /// A process ends.
    Close {
        /// On which device.
        close: String,
    },
    /// A device does something.
    Do {
        /// Which.
        on: String,
        /// The driver's words, but for the device.
        r#do: Vec<String>,
        /// What the value is called from then on.
        r#as: Option<String>,
        /// What the value must be.
        gives: Option<Value>,
        /// The code it must fail with.
        error: Option<String>,
    },
    /// A device shows something in the end.
    See {
        /// Which.
        on: String,
        /// Members of what it shows.
        see: Map<String, Value>,
        /// What somebody does all the while.
        r#while: Option<Act>,
    },
    /// A network changes.
    Network {
        /// Whose.
        network: String,
        /// The way to the HTTP API.
        http: Option<NetworkState>,
        /// The way to the WebSocket API.
        ws: Option<NetworkState>,
    },
    /// Somebody writes on a device of another kind.
    Say {
        /// Who.
        by: Role,
        /// What.
        say: String,
        /// More than once: with the number behind it.
        times: Option<usize>,
    },
    /// The dentist archives or reopens the session.
    Status {
        /// The dentist.
        by: Role,
        /// `archived` or `active`.
        status: String,
    },
    /// The customer's pushes go to these phones in the end.
    Registered {
        /// Subscriptions: one, or none.
        registered: Vec<String>,
    },
    /// A phone gets a push.
    Pushed {
        /// Its subscription.
        pushed: String,
    },
    /// The service has exactly these messages in the end.
    Stored {
        /// Their texts.
        stored: Vec<String>,
    },
}

/// What a device does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Which.
    pub on: String,
    /// The driver's words, but for the device.
    pub r#do: Vec<String>,
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    serde_json::from_str(include_str!("../scenarios.json")).expect("scenarios")
}
