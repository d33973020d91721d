//! The queue: what the user puts into it, and does with what is in it.

use super::{Core, content, effect::Reply, input::WishId, state::job::Job};
use crate::{
    error::{Advice, ChatError},
    store::{Entry, EntryImage, Refusal, Write},
};
use std::sync::Arc;

impl Core {
    pub(super) fn send(
        &mut self,
        wish: WishId,
        session: i64,
        content: String,
        images: &[Arc<[u8]>],
    ) {
        let images = match content::check(&content, images.is_empty())
            .and_then(|()| content::cleaned(images))
        {
            Ok(images) => images,
            Err(error) => return self.settle(wish, Err(error)),
        };
        let id = self.queue.next_entry;
        self.queue.next_entry += 1;
        let client_message_id = self.chance.uuid().to_string();
        let entry_images = images.iter().map(|(content_type, bytes)| EntryImage {
            content_type: (*content_type).to_owned(),
            length: bytes.len(),
            key: None,
        });
        self.queue.line(session).entries.push_back(Entry {
            id,
            session_id: session,
            client_message_id: client_message_id.clone(),
            content: content.clone(),
            is_tried: false,
            refusal: None,
            images: entry_images.collect(),
        });
        self.write(Write::Entry { id, session, client_message_id, content, images });
        self.write(Write::Draft { session, content: String::new() });
        self.typing(session, false);
        self.want(Job::Send(session));
        self.show_session(session);
        self.settle(wish, Ok(Reply::Entry(id)));
    }

    pub(super) fn retry(&mut self, wish: WishId, entry: i64) {
        let Some(known) = self.queue.entry(entry) else { return self.unknown_entry(wish) };
        let session = known.session_id;
        if known.refusal.take().is_some() {
            self.write(Write::EntryRefused(entry, None));
        }
        if let Some(lane) = self.lanes.get_mut(&Job::Send(session)) {
            lane.end_wait(true);
        }
        self.tokens.lane.end_wait(true);
        self.want(Job::Send(session));
        self.show_session(session);
        self.settle(wish, Ok(Reply::Done));
    }

    pub(super) fn edit(&mut self, wish: WishId, entry: i64, content: String) {
        let Some(known) = self.queue.entry(entry) else { return self.unknown_entry(wish) };
        if known.is_tried && known.refusal.is_none() {
            return self.on_its_way(wish);
        }
        if let Err(error) = content::check(&content, known.images.is_empty()) {
            return self.settle(wish, Err(error));
        }
        known.content.clone_from(&content);
        self.write(Write::EntryContent(entry, content));
        self.retry(wish, entry);
    }

    pub(super) fn discard(&mut self, wish: WishId, entry: i64) {
        let Some(known) = self.queue.entry(entry) else { return self.unknown_entry(wish) };
        if known.is_tried && known.refusal.is_none() {
            return self.on_its_way(wish);
        }
        let session = known.session_id;
        self.queue.remove(session, |known| known.id == entry);
        self.write(Write::EntryDone(entry));
        self.want(Job::Send(session));
        self.show_session(session);
        self.settle(wish, Ok(Reply::Done));
    }

    fn unknown_entry(&mut self, wish: WishId) {
        let detail = "there is no such entry (any more)";
        self.settle(wish, Err(ChatError::new("unknown_entry", detail, Advice::Change)));
    }

    /// The service may have it: whether it does must be known before it becomes something else.
    fn on_its_way(&mut self, wish: WishId) {
        let detail = "the service may have it already";
        self.settle(wish, Err(ChatError::new("entry_on_its_way", detail, Advice::TryLater)));
    }

    /// A message of the user's is at the service: if it was queued, it is not any more.
    pub(super) fn entry_is_stored(&mut self, session: i64, client_message_id: &str) {
        let is_it = |entry: &Entry| entry.client_message_id.eq_ignore_ascii_case(client_message_id);
        if let Some(entry) = self.queue.remove(session, is_it) {
            self.write(Write::EntryDone(entry.id));
            self.want(Job::Send(session));
            self.show_session(session);
        }
    }

    pub(super) fn entry_refused(&mut self, session: i64, entry: i64, error: ChatError) {
        let Some(known) = self.queue.entry(entry) else { return };
        let refusal = Refusal { code: error.code, detail: error.detail };
        known.refusal = Some(refusal.clone());
        known.is_tried = false;
        self.write(Write::EntryRefused(entry, Some(refusal)));
        self.show_session(session);
    }
}
