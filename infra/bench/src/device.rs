//! A device as the JavaScript client is one: what it asks, and when.

use chat_e2e::{Person, Socket, new_id};
use serde_json::{Value, json};

/// Someone's device, online.
pub struct Device {
    person: Person,
    /// Its connection.
    pub socket: Socket,
    id: String,
}

impl Device {
    /// Connects, and asks for the connection's id, by which requests can say whose echo they are.
    pub async fn online(person: &Person) -> Self {
        let mut socket = person.connect().await;
        let id = ping(&mut socket).await;
        Self { person: person.clone(), socket, id }
    }

    /// Closes the connection.
    pub async fn leave(self) {
        self.socket.close().await;
    }

    /// Sends a message, which says what was read with it, if anything; gives the status and the `seq`.
    pub async fn send(&self, session: i64, has_echo: bool, read: Option<i64>) -> (u16, i64) {
        let content = "Good morning! Is a little bleeding normal on the first day?";
        let mut body = json!({"client_message_id": new_id(), "content": content});
        if let Some(seq) = read {
            body["read_up_to_seq"] = seq.into();
        }
        let (status, answer) =
            self.post(&format!("/sessions/{session}/messages"), &body, has_echo).await;
        (status, answer["seq"].as_i64().unwrap_or_default())
    }

    /// Says what was read, by a call of its own.
    pub async fn mark_read(&self, session: i64, seq: i64, has_echo: bool) {
        let body = json!({"up_to_seq": seq});
        let (status, answer) =
            self.post(&format!("/sessions/{session}/read"), &body, has_echo).await;
        assert_eq!(status, 200, "{answer}");
    }

    async fn post(&self, path: &str, body: &Value, has_echo: bool) -> (u16, Value) {
        let stack = &self.person.stack;
        let request = stack.http().post(format!("{}{path}", stack.endpoints().http_api));
        let mut request = request.bearer_auth(&self.person.token).json(body);
        if !has_echo {
            request = request.header("chat-connection", &self.id);
        }
        let answer = request.send().await.expect("the gateway answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }
}

/// Asks whether a connection is alive; gives its id.
pub async fn ping(socket: &mut Socket) -> String {
    socket.say(json!({"action": "ping"})).await;
    let pong = socket.expect("pong").await;
    pong["connection_id"].as_str().expect("a pong has the id").to_owned()
}
