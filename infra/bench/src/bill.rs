//! What the cloud would bill: a day in miniature, on the local stack's meter.

use crate::{
    billing::Billed,
    device::{Device, ping},
    place::Place,
    report::Report,
};
use chat_e2e::Person;
use futures_util::future::join_all;

/// Conversations, and messages in each, from both sides in turn: fewer of each sender than `SEND_BURST`.
const PAIRS: u32 = 5;
const MESSAGES: u32 = 40;
/// Fewer over each connection than are heard in a minute.
const PINGERS: u32 = 8;
const PINGS: u32 = 25;
const VISITS: u32 = 20;
/// A connection is renewed with its token, which is good for an hour.
const CONNECTS_AN_HOUR: f64 = 1.0;
/// What a million connection minutes cost, as in the stack's file of prices.
const MINUTES: f64 = 0.25;
/// As clients did it before: every 30 s. And as they do it: after nine minutes of silence.
const PINGS_AN_HOUR: [(&str, f64); 2] = [
    ("before: an hour online, a ping every 30 s", 120.0),
    ("an hour online, a ping every 9 minutes", 60.0 / 9.0),
];

const UNIT: &str = "USD a million";

/// How what was read is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    /// By a call for each message, and every connection of both sides hears of everything.
    Echoed,
    /// By a call for each message; the connection that asked hears nothing of it.
    Called,
    /// With the next message.
    Replied,
}

/// Plays everything and prices it for a million.
pub async fn run(place: &Place) -> Report {
    let work = format!(
        "Both sides online with one device each, that do what the JavaScript client does: {PAIRS} \
         conversations of {MESSAGES} messages, each read at once; {PINGS} pings over each of {PINGERS} connections; {VISITS} connections. \
         Then what phones do that come and go. Priced by the local stack's `GET /bill`."
    );
    let mut report = Report::new("bill", work, 1);
    messages(place, &mut report).await;
    online(place, &mut report).await;
    visits(place, &mut report).await;
    absent(place, &mut report).await;
    report
}

async fn messages(place: &Place, report: &mut Report) {
    let plays = [
        ("before: a message, echoed, and a read mark by its own call, echoed", Marks::Echoed),
        ("a message and a read mark by its own call", Marks::Called),
        ("a message that carries the read mark of the one before", Marks::Replied),
    ];
    for (what, marks) in plays {
        let people = join_all((0..PAIRS).map(|_| place.stack.conversation())).await;
        let devices = join_all(people.iter().map(|(customer, dentist, session)| async {
            (Device::online(customer).await, Device::online(dentist).await, *session)
        }));
        let mut devices = devices.await;
        if marks == Marks::Replied && !carries_marks(&devices[0]).await {
            report.note(
                "The service does not take `read_up_to_seq` yet: no mark travels with a reply.",
            );
            continue;
        }
        let talks = devices
            .iter_mut()
            .map(|(customer, dentist, session)| talk([customer, dentist], *session, marks));
        let (billed, _) = Billed::of(place, join_all(talks)).await;
        let found = rows(report, what, &billed, PAIRS * MESSAGES);
        if marks == Marks::Replied {
            report.at_most("a million messages, gateway and requests, USD", found, 3.2);
        }
        if marks == Marks::Echoed {
            report.note(format!("Prices: {}, {}.", billed.region, billed.prices_of));
        }
    }
}

/// Whether a message may say what was read.
async fn carries_marks((customer, _, session): &(Device, Device, i64)) -> bool {
    customer.send(*session, false, Some(0)).await.0 == 201
}

/// A conversation, message by message, from both sides in turn.
async fn talk(mut devices: [&mut Device; 2], session: i64, marks: Marks) {
    let mut last = None;
    for _ in 0..MESSAGES {
        let [sender, reader] = &mut devices;
        let read = last.filter(|_| marks == Marks::Replied);
        let (status, seq) = sender.send(session, marks == Marks::Echoed, read).await;
        assert_eq!(status, 201);
        reader.socket.message(session, seq).await;
        if marks != Marks::Replied {
            reader.mark_read(session, seq, marks == Marks::Echoed).await;
        }
        last = Some(seq);
        devices.reverse();
    }
}

async fn online(place: &Place, report: &mut Report) {
    let (customer, dentist, _) = place.stack.conversation().await;
    let mut devices = join_all((0..PINGERS).map(|_| Device::online(&customer))).await;
    let pinging = join_all(devices.iter_mut().map(|device| async {
        for _ in 0..PINGS {
            ping(&mut device.socket).await;
        }
    }));
    let (pings, _) = Billed::of(place, pinging).await;
    let connecting = async {
        for _ in 0..VISITS {
            Device::online(&dentist).await.leave().await;
        }
    };
    let (connects, ()) = Billed::of(place, connecting).await;
    let exact = |billed: &Billed, count| billed.gateway_and_requests(count);
    let all = |billed: &Billed, count| billed.million(count);
    for (what, pings_an_hour) in PINGS_AN_HOUR {
        let minutes = 60.0 * MINUTES;
        let of_pings = pings_an_hour * exact(&pings, PINGERS * PINGS);
        let connect = CONNECTS_AN_HOUR * exact(&connects, VISITS);
        let found = minutes + of_pings + connect;
        report.row(format!("{what}: gateway and requests"), UNIT, vec![found]);
        report.row("· connection minutes", UNIT, vec![minutes]);
        report.row("· pings and their answers", UNIT, vec![of_pings]);
        report.row("· one connection an hour, with its first ping", UNIT, vec![connect]);
        let everything = minutes
            + pings_an_hour * all(&pings, PINGERS * PINGS)
            + CONNECTS_AN_HOUR * all(&connects, VISITS);
        report.row("· everything", UNIT, vec![everything]);
        if pings_an_hour < 10.0 {
            report.at_most("a million hours online, gateway and requests, USD", found, 35.0);
        }
    }
}

/// Someone opens the app, looks at the inbox and at a conversation, and goes.
async fn visits(place: &Place, report: &mut Report) {
    let (customer, dentist, session) = place.stack.conversation().await;
    let visiting = async {
        for _ in 0..VISITS {
            dentist.say(session, "Good morning").await.is(201);
            Box::pin(visit(&customer, session)).await;
        }
    };
    let (both, ()) = Billed::of(place, visiting).await;
    rows(report, "a message to nobody, and the visit that reads it", &both, VISITS);
}

async fn visit(person: &Person, session: i64) {
    let device = Device::online(person).await;
    person.list_sessions("limit=20").await.is(200);
    let page = person.list_messages(session, "limit=50").await;
    let page = page.expect(200);
    let last = page["messages"].as_array().and_then(|messages| messages.last());
    let seq = last.and_then(|message| message["seq"].as_i64()).unwrap_or_default();
    device.mark_read(session, seq, false).await;
    device.leave().await;
}

/// Messages to a customer whose phone is away: a push each.
async fn absent(place: &Place, report: &mut Report) {
    let (customer, dentist, session) = place.stack.conversation().await;
    let player = uuid::Uuid::new_v4().to_string();
    customer.register_player(&player).await.is(200);
    let device = Device::online(&dentist).await;
    let sending = async {
        for _ in 0..VISITS {
            assert_eq!(device.send(session, false, None).await.0, 201);
        }
    };
    let (billed, ()) = Billed::of(place, sending).await;
    rows(
        report,
        "a message to a phone that is away, without the push's own function",
        &billed,
        VISITS,
    );
}

/// Adds what was billed, item by item; gives what the gateway and Lambda bill by the request.
fn rows(report: &mut Report, what: &str, billed: &Billed, count: u32) -> f64 {
    let found = billed.gateway_and_requests(count);
    report.row(format!("{what}: gateway and requests"), UNIT, vec![found]);
    for (name, usd) in billed.by_item(count) {
        report.row(format!("· {name}"), UNIT, vec![usd]);
    }
    report.row("· everything", UNIT, vec![billed.million(count)]);
    found
}
