//! A verb for each HTTP operation.

use crate::{Person, Reply, Role, new_id};
use reqwest::Method;
use serde_json::{Value, json};

impl Person {
    /// `POST /sessions`, with someone of the other side.
    pub async fn create_session(&self, other: &Person) -> Reply {
        let field = match self.role {
            Role::Customer => "dentist_id",
            Role::Dentist => "customer_id",
        };
        self.call(Method::POST, "/sessions", Some(&json!({field: other.id}))).await
    }

    /// `GET /sessions`, with a query like `status=all&limit=5`.
    pub async fn list_sessions(&self, query: &str) -> Reply {
        self.call(Method::GET, &format!("/sessions?{query}"), None).await
    }

    /// `GET /sync`, with a query like `limit=5`.
    pub async fn sync(&self, query: &str) -> Reply {
        self.call(Method::GET, &format!("/sync?{query}"), None).await
    }

    /// `GET /sessions/{session_id}`.
    pub async fn get_session(&self, session: i64) -> Reply {
        self.call(Method::GET, &format!("/sessions/{session}"), None).await
    }

    /// `PATCH /sessions/{session_id}`.
    pub async fn update_session(&self, session: i64, status: &str) -> Reply {
        let body = json!({"status": status});
        self.call(Method::PATCH, &format!("/sessions/{session}"), Some(&body)).await
    }

    /// `POST /sessions/{session_id}/messages`, with any body.
    pub async fn send(&self, session: i64, body: &Value) -> Reply {
        self.call(Method::POST, &format!("/sessions/{session}/messages"), Some(body)).await
    }

    /// Sends a text under an id of its own.
    pub async fn say(&self, session: i64, text: &str) -> Reply {
        self.send(session, &json!({"client_message_id": new_id(), "content": text})).await
    }

    /// `GET /sessions/{session_id}/messages`, with a query like `after=3&limit=10`.
    pub async fn list_messages(&self, session: i64, query: &str) -> Reply {
        self.call(Method::GET, &format!("/sessions/{session}/messages?{query}"), None).await
    }

    /// All messages of a session, page by page from its beginning.
    pub async fn all_messages(&self, session: i64) -> Vec<Value> {
        let mut messages: Vec<Value> = Vec::new();
        loop {
            let after = messages.last().map_or(0, |last| last["seq"].as_i64().unwrap_or(0));
            let page = self.list_messages(session, &format!("after={after}&limit=100")).await;
            let page = page.expect(200);
            messages.extend(page["messages"].as_array().into_iter().flatten().cloned());
            if page["has_more_after"] != true {
                return messages;
            }
        }
    }

    /// `PUT /sessions/{session_id}/messages/{seq}`.
    pub async fn correct(&self, session: i64, seq: i64, content: &str) -> Reply {
        let path = format!("/sessions/{session}/messages/{seq}");
        self.call(Method::PUT, &path, Some(&json!({"content": content}))).await
    }

    /// `POST /sessions/{session_id}/messages/{seq}/retraction`.
    pub async fn retract(&self, session: i64, seq: i64) -> Reply {
        let path = format!("/sessions/{session}/messages/{seq}/retraction");
        self.call(Method::POST, &path, None).await
    }

    /// `POST /sessions/{session_id}/read`.
    pub async fn mark_read(&self, session: i64, up_to_seq: i64) -> Reply {
        let body = json!({"up_to_seq": up_to_seq});
        self.call(Method::POST, &format!("/sessions/{session}/read"), Some(&body)).await
    }

    /// `POST /sessions/{session_id}/uploads`.
    pub async fn create_upload(&self, session: i64, content_type: &str, length: usize) -> Reply {
        let body = json!({"content_type": content_type, "content_length": length});
        self.call(Method::POST, &format!("/sessions/{session}/uploads"), Some(&body)).await
    }

    /// `PUT /players`.
    pub async fn register_player(&self, player: &str) -> Reply {
        let body = json!({"onesignal_player_id": player});
        self.call(Method::PUT, "/players", Some(&body)).await
    }

    /// `DELETE /players`.
    pub async fn unregister_player(&self) -> Reply {
        self.call(Method::DELETE, "/players", None).await
    }
}
