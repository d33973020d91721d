//! What a push does not carry: fetched and stored by a notification extension, beside the app.

use super::{Config, TokenSource, http};
use crate::{
    core::{Method, Outcome, Request, token_subject},
    error::{Advice, ChatError},
    moment::{Millis, SECOND},
    records::MessageView,
    store::{Store, Told},
    wire::{Page, Role},
};

/// An extension has about 30 seconds.
const PATIENCE: Millis = 15 * SECOND;

/// The message of a push, from the store or else from the service, which is then stored. Runs in a
/// process of its own, or in the app's; never touches the queue. Needs a tokio runtime.
///
/// # Errors
/// `signed_out` when nobody is signed in (any more), `no_answer` when the service cannot be asked,
/// `message_not_found`; and as opening a store. Show the push as it came, then.
pub async fn notification_for(
    config: &Config,
    tokens: &dyn TokenSource,
    session_id: i64,
    seq: i64,
) -> Result<Told, ChatError> {
    let mut store = Store::open_beside(&config.store, &config.key)?;
    if let Some(told) = store.told(session_id, seq)? {
        return Ok(told);
    }
    let account = store.account()?;
    let (Some(role), Some(subject)) = (account.role, account.subject) else {
        return Err(ChatError::signed_out());
    };
    // No lock is held while the network is waited for.
    let token = tokens.token(false).await.ok_or_else(ChatError::no_answer)?;
    if token_subject(&token).is_some_and(|other| other != subject) {
        let detail = "the token is someone else's";
        return Err(ChatError::new("other_account", detail, Advice::Report));
    }
    let message = fetch(config, token, session_id, seq).await?;
    if !store.add_told(&subject, &message)? {
        return Err(ChatError::signed_out());
    }
    if let Some(told) = store.told(session_id, seq)? {
        return Ok(told);
    }
    Ok(Told { sender_name: None, message: view(role, message) })
}

async fn fetch(
    config: &Config,
    token: String,
    session_id: i64,
    seq: i64,
) -> Result<crate::wire::Message, ChatError> {
    let client = http::client(&*http::tls()?)?;
    let request = Request {
        id: 0,
        method: Method::Get,
        path: format!("/sessions/{session_id}/messages?around={seq}&limit=1"),
        body: None,
        token,
        connection: None,
        within: PATIENCE,
    };
    let Outcome::Answer { status: 200, body, .. } =
        http::ask(&client, &config.http_url, request).await
    else {
        return Err(ChatError::no_answer());
    };
    let page: Page = serde_json::from_slice(&body).map_err(|_| ChatError::no_answer())?;
    let message = page.messages.into_iter().find(|message| message.seq == seq);
    message.ok_or_else(|| {
        ChatError::new("message_not_found", "there is no such message", Advice::Change)
    })
}

/// Of a session that the store does not know yet.
fn view(role: Role, message: crate::wire::Message) -> MessageView {
    MessageView {
        session_id: message.session_id,
        seq: message.seq,
        sender: message.sender_type,
        is_mine: message.sender_type == role,
        content: message.content,
        images: message.images,
        client_message_id: message.client_message_id,
        created_at: message.created_at,
        corrected_at: message.corrected_at,
        retracted_at: message.retracted_at,
        is_read: false,
        has_gap_before: false,
    }
}
