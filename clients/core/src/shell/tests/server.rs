//! The simulation's service on a socket: HTTP and WebSocket on one port.

use crate::{
    core::{Method, Request},
    simulation::service::{Answer, Caller, ConnectionId, Service},
    wire::Role,
};
use futures_util::{SinkExt as _, StreamExt as _};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task::JoinHandle,
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// `{"sub": "mara"}`
pub const TOKEN: &str = "e30.eyJzdWIiOiJtYXJhIn0.c2ln";
const MARA: Caller = Caller { role: Role::Customer, id: 1 };
const DENTIST: Caller = Caller { role: Role::Dentist, id: 7 };

struct State {
    service: Service,
    says: BTreeMap<ConnectionId, UnboundedSender<String>>,
    uploaded: Vec<Vec<u8>>,
    unregistered: usize,
    /// Grows with everything.
    at: u64,
    address: SocketAddr,
}

impl State {
    fn send_frames(&mut self) {
        for told in std::mem::take(&mut self.service.frames) {
            if let Some(say) = self.says.get(&told.connection) {
                let _ = say.send(told.text);
            }
        }
    }
}

pub struct Server {
    state: Arc<Mutex<State>>,
    task: Option<JoinHandle<()>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

impl Server {
    pub async fn start() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let state = State {
            service: Service::new(),
            says: BTreeMap::new(),
            uploaded: vec![],
            unregistered: 0,
            at: 0,
            address,
        };
        let mut server = Self { state: Arc::new(Mutex::new(state)), task: None };
        server.resume().await;
        server
    }

    /// Listens (again), on the same port.
    pub async fn resume(&mut self) {
        let listener = TcpListener::bind(self.address()).await.unwrap();
        lock(&self.state).address = listener.local_addr().unwrap();
        let state = Arc::clone(&self.state);
        self.task = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&state)));
            }
        }));
    }

    pub async fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    pub fn address(&self) -> SocketAddr {
        lock(&self.state).address
    }

    pub fn uploaded(&self) -> Vec<Vec<u8>> {
        lock(&self.state).uploaded.clone()
    }

    pub fn unregistered(&self) -> usize {
        lock(&self.state).unregistered
    }

    /// The dentist says something.
    pub fn say(&self, content: &str) {
        let mut state = lock(&self.state);
        state.at += 1;
        let at = state.at;
        let body = serde_json::json!({ "client_message_id": at.to_string(), "content": content });
        state.service.send(at, DENTIST, 1, &body, None);
        state.send_frames();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut peeked = [0; 4_096];
    loop {
        let Ok(length) = stream.peek(&mut peeked).await else { return };
        let head = String::from_utf8_lossy(&peeked[..length]).to_ascii_lowercase();
        if length == 0 {
            return;
        }
        if head.contains("\r\n\r\n") {
            if head.contains("upgrade: websocket") {
                return live(stream, state).await;
            }
            break;
        }
    }
    answer(&mut stream, &state).await;
}

async fn live(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (mut sink, mut frames) = accept_async(stream).await.unwrap().split();
    let (say, mut says) = unbounded_channel();
    let id = {
        let mut state = lock(&state);
        state.at += 1;
        let id = state.at;
        state.service.connections.insert(id, MARA);
        state.says.insert(id, say);
        id
    };
    loop {
        tokio::select! {
            text = says.recv() => {
                if sink.send(Message::text(text.unwrap())).await.is_err() {
                    break;
                }
            }
            frame = frames.next() => {
                let Some(Ok(_)) = frame else { break };
                let pong = format!(r#"{{"type":"pong","connection_id":"{id}"}}"#);
                let _ = sink.send(Message::text(pong)).await;
            }
        }
    }
    lock(&state).service.connections.remove(&id);
}

async fn answer(stream: &mut TcpStream, state: &Mutex<State>) {
    let mut bytes = vec![];
    let (head, body) = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some(end) = text.find("\r\n\r\n") else { continue };
        let head = text[..end].to_owned();
        let length = header(&head, "content-length").map_or(0, |value| value.parse().unwrap());
        let start = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        if bytes.len() >= start + length {
            break (head, bytes[start..start + length].to_vec());
        }
    };
    let Answer { status, body, .. } = respond(&head, body, state);
    let head = format!(
        "HTTP/1.1 {status} .\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
}

fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .next()
}

fn respond(head: &str, body: Vec<u8>, state: &Mutex<State>) -> Answer {
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap().to_owned());
    let mut state = lock(state);
    state.at += 1;
    let at = state.at;
    if let Some(key) = path.strip_prefix("/objects/") {
        state.uploaded.push(body);
        return state.service.put(&format!("https://objects/{key}"));
    }
    assert_eq!(header(head, "authorization").unwrap(), format!("Bearer {TOKEN}"));
    let method = match method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        _ => Method::Delete,
    };
    if path == "/players" {
        state.unregistered += usize::from(method == Method::Delete);
        return Answer::json(200, &());
    }
    let body = (!body.is_empty()).then(|| String::from_utf8(body).unwrap());
    let connection = header(head, "chat-connection");
    let token = TOKEN.to_owned();
    let request = Request { id: at, method, path, body, token, connection, within: 0 };
    let mut answer = state.service.answer(at, MARA, &request);
    state.send_frames();
    // The object store is here, too.
    let objects = format!("http://{}/objects/", state.address);
    if let Ok(text) = String::from_utf8(answer.body.clone()) {
        answer.body = text.replace("https://objects/", &objects).into_bytes();
    }
    answer
}
