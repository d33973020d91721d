//! Someone with a WebSocket: connects, catches up, notes frames, fetches what is missing between
//! them, and connects again when the connection is gone.

use super::{
    cast::{Stage, lock},
    pager::{catch_up, read_on},
};
use crate::history::{Heard, Message};
use chat_e2e::Person;
use futures_util::StreamExt as _;
use rand::random_range;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message as Frame, client::IntoClientRequest as _},
};

/// How long connecting may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(15);
/// Frames of neighboring messages may come in any order: only a gap that stays is fetched.
const GAP_PATIENCE: Duration = Duration::from_millis(300);

type Connection = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Notes = HashMap<i64, Arc<Mutex<Heard>>>;

/// Listens until nobody is to listen any more. The restless connect anew every few seconds.
pub(super) async fn listen(stage: Arc<Stage>, person: Person, device: &str, is_restless: bool) {
    let who = format!("{} {}, {device}", person.role.as_str(), person.id);
    let sessions = stage.sessions_of(&person);
    let notes: Notes =
        sessions.iter().map(|session| (*session, stage.notes(&who, *session))).collect();
    while *stage.listening.borrow() {
        let Some(connection) = connect(&person).await else {
            sleep(Duration::from_millis(random_range(50..500))).await;
            continue;
        };
        for heard in notes.values() {
            let end = read_on(&stage, &person, heard, 0).await;
            let mut heard = lock(heard);
            heard.frames.clear();
            heard.frames_after = end;
        }
        let stay = if is_restless && *stage.sending.borrow() {
            Duration::from_millis(random_range(2_000..8_000))
        } else {
            Duration::from_hours(1)
        };
        note_frames(&stage, &person, &notes, connection, stay).await;
        // Whatever comes before the next connection is nobody's to send.
        if *stage.listening.borrow() {
            for heard in notes.values() {
                lock(heard).frames_after = None;
            }
        }
    }
}

async fn connect(person: &Person) -> Option<Connection> {
    let url = person.stack.endpoints().ws_api.as_str();
    let mut request = url.into_client_request().expect("a WebSocket URL");
    let token = format!("Bearer {}", person.token).parse().expect("a header");
    request.headers_mut().insert("authorization", token);
    let connected = timeout(HANDSHAKE_LIMIT, connect_async(request)).await;
    connected.ok()?.ok().map(|(connection, _)| connection)
}

/// Notes what comes until the connection ends, `stay` is over, or nobody listens any more.
async fn note_frames(
    stage: &Stage,
    person: &Person,
    notes: &Notes,
    mut connection: Connection,
    stay: Duration,
) {
    let mut listening = stage.listening.subscribe();
    let nobody_listens = async move {
        // An end of the watch is an end of listening too.
        let _ = listening.wait_for(|listening| !listening).await;
    };
    let leave = sleep(stay);
    tokio::pin!(leave, nobody_listens);
    // Sessions with a gap, and when to fetch what is missing.
    let mut gaps: HashMap<i64, Instant> = HashMap::new();
    loop {
        let fetch_at = gaps.values().min().copied();
        let fetch_at = fetch_at.unwrap_or_else(|| Instant::now() + Duration::from_secs(1));
        tokio::select! {
            frame = connection.next() => match frame {
                Some(Ok(Frame::Text(text))) => note(&text, notes, &mut gaps),
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            () = tokio::time::sleep_until(fetch_at) => fill(stage, person, notes, &mut gaps).await,
            () = &mut leave => return,
            () = &mut nobody_listens => return,
        }
    }
}

fn note(text: &str, notes: &Notes, gaps: &mut HashMap<i64, Instant>) {
    let frame: Value = serde_json::from_str(text).expect("frames are JSON");
    let is_update = frame["type"] == "message.updated";
    if !is_update && frame["type"] != "message.created" {
        return;
    }
    let session = frame["session_id"].as_i64().unwrap_or_default();
    let heard = notes.get(&session).expect("frames of one's own sessions only");
    let mut heard = lock(heard);
    let message = Message::of(&frame["message"]);
    if is_update {
        heard.note(message);
    } else {
        heard.frame(message);
    }
    let has_gap = heard.messages.last_key_value().map(|(seq, _)| *seq) != Some(heard.complete_to());
    if has_gap {
        gaps.entry(session).or_insert_with(|| Instant::now() + GAP_PATIENCE);
    } else {
        gaps.remove(&session);
    }
}

async fn fill(stage: &Stage, person: &Person, notes: &Notes, gaps: &mut HashMap<i64, Instant>) {
    let is_due = |(session, at): (&i64, &Instant)| (*at <= Instant::now()).then_some(*session);
    let due: Vec<i64> = gaps.iter().filter_map(is_due).collect();
    for session in due {
        if let Some(heard) = notes.get(&session) {
            catch_up(stage, person, heard).await;
        }
        gaps.remove(&session);
    }
}
