//! What a device shows.

use crate::device::Device;
use chat_client::{ConversationView, MessageView};
use serde_json::{Value, json};
use std::{error::Error, sync::atomic::Ordering};

pub fn view(device: &Device, session: i64) -> Result<Value, Box<dyn Error>> {
    let mut shown = match device.client.conversation(session, 100)? {
        Some(view) => conversation(&view),
        None => json!({}),
    };
    shown["online"] = device.heard.is_online.load(Ordering::Relaxed).into();
    shown["typing"] = device.heard.is_typing.load(Ordering::Relaxed).into();
    Ok(shown)
}

fn conversation(view: &ConversationView) -> Value {
    let refusal = view.queue.iter().find_map(|entry| entry.refusal.as_ref());
    json!({
        "texts": each(view, |message| message.content.clone().into()),
        "mine": each(view, |message| message.is_mine.into()),
        "read": each(view, |message| message.is_read.into()),
        "corrected": each(view, |message| message.corrected_at.is_some().into()),
        "retracted": each(view, |message| message.retracted_at.is_some().into()),
        "images": each(view, |message| message.images.len().into()),
        "gaps": each(view, |message| message.has_gap_before.into()),
        "queue": view.queue.iter().map(|entry| entry.content.clone()).collect::<Vec<_>>(),
        "refusal": refusal.map(|refusal| refusal.code.clone()),
        "has_older": view.has_older,
        "unread": view.session.unread_count,
        "draft": view.session.draft,
        "status": view.session.status.name(),
        "other": view.session.other_id,
    })
}

fn each(view: &ConversationView, tell: impl Fn(&MessageView) -> Value) -> Vec<Value> {
    view.messages.iter().map(tell).collect()
}
