//! Whose phone rings and when, by the clock on the wall and the template's schedule.

use chat_e2e::{Attempt, Person, Socket, Stack, new_id};
use serde::Serialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What no push may say.
const SECRET: &str = "pericoronitis";
/// When a message that nobody read rings at the earliest and, with a run every minute, at the latest.
const UNREAD_RINGS: std::ops::Range<f64> = 60.0..125.0;
/// Between two looks at the provider.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// When everything has rung that will.
const ALL_OVER: Duration = Duration::from_secs(190);

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Ringing {
    /// Seconds after the send at which the phone of someone offline rang.
    pub offline: Vec<f64>,
    /// The same for someone who was online and read.
    pub reading: Vec<f64>,
    /// The same for someone who was online and did not read.
    pub unread: Vec<f64>,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

/// A customer, a dentist, and the customer's phone.
struct Listener {
    customer: Person,
    dentist: Person,
    session: i64,
    player: String,
    socket: Option<Socket>,
}

/// A dentist writes to someone offline, someone who reads, and someone who does not.
pub async fn ring(stack: &Stack) -> Ringing {
    let offline = Listener::new(stack, false).await;
    let mut reading = Listener::new(stack, true).await;
    let unread = Listener::new(stack, true).await;
    let began = Instant::now();
    for listener in [&offline, &reading, &unread] {
        listener.dentist.say(listener.session, SECRET).await.is(201);
    }
    let socket = reading.socket.as_mut().expect("someone who is online");
    socket.message(reading.session, 1).await;
    reading.customer.mark_read(reading.session, 1).await.is(200);
    let [offline, reading, unread] = tokio::join!(
        rings(stack, &offline.player, began),
        rings(stack, &reading.player, began),
        rings(stack, &unread.player, began),
    )
    .into();
    judge(offline, reading, unread, &stack.pushes().await)
}

/// When a phone rang, in seconds since the beginning.
async fn rings(stack: &Stack, player: &str, began: Instant) -> Vec<f64> {
    let mut rings = Vec::new();
    while began.elapsed() < ALL_OVER {
        let pushes = stack.pushes_to(player).await.len();
        rings.resize_with(pushes, || began.elapsed().as_secs_f64());
        sleep(BETWEEN_LOOKS).await;
    }
    rings
}

fn judge(offline: Vec<f64>, reading: Vec<f64>, unread: Vec<f64>, pushes: &[Attempt]) -> Ringing {
    let is_silent = |push: &Attempt| {
        let data = push.body["data"].as_object();
        let keys = data.map(|data| data.keys().map(String::as_str).collect::<Vec<_>>());
        !push.body.to_string().contains(SECRET) && keys == Some(vec!["seq", "session_id"])
    };
    let words = |push: &Attempt| json!([push.body["headings"], push.body["contents"]]);
    let promises = [
        ("someone offline is rung at once, and once", offline.len() == 1 && offline[0] < 5.0),
        ("someone who reads is not rung", reading.is_empty()),
        (
            "someone who does not read is rung once, after a minute and before two are over",
            unread.len() == 1 && UNREAD_RINGS.contains(&unread[0]),
        ),
        ("pushes say nothing of the message", pushes.iter().all(is_silent)),
        ("all pushes say the same", pushes.iter().all(|push| words(push) == words(&pushes[0]))),
    ];
    let broken = promises.iter().filter(|(_, holds)| !holds);
    let broken = broken.map(|(promise, _)| (*promise).to_owned()).collect();
    Ringing { offline, reading, unread, broken }
}

impl Listener {
    async fn new(stack: &Stack, is_online: bool) -> Self {
        let (customer, dentist, session) = stack.conversation().await;
        let player = new_id();
        customer.register_player(&player).await.is(200);
        let socket = if is_online { Some(customer.connect().await) } else { None };
        Self { customer, dentist, session, player, socket }
    }
}
