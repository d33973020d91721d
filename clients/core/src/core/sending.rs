//! Sending the first of a queue: its images one after the other, then the message.

use super::{
    Core,
    effect::Method,
    input::Outcome,
    state::{
        job::{Job, Plan, Purpose},
        lane,
        queue::{Line, Target},
    },
    verdict::{AFTERWARDS, Unreadable},
};
use crate::{
    error::{Advice, ChatError},
    moment::{MINUTE, Millis},
    planted::{self, Bug},
    store::{Entry, EntryImage, Write},
    wire::{Message, Upload},
};
use serde_json::{Value, json};

/// An upload's URL is good for 5 minutes from when the service made it.
const TARGET_LIFE: Millis = 4 * MINUTE;
/// How many uploads of an entry the object store may refuse before the entry is refused.
const STRIKES: u32 = 8;
/// How often what was uploaded may not be found before the entry is refused.
const MISSES: u32 = 3;

impl Core {
    pub(super) fn plan_send(&self, session: i64) -> Option<Plan> {
        let (line, mut entry) = self.queue.head(session)?;
        let failures = self.lanes.get(&Job::Send(session)).map_or(0, |lane| lane.failures);
        if planted::has(Bug::OvertakenInQueue) && failures % 2 == 1 {
            entry = line.entries.get(1).unwrap_or(entry);
        }
        let missing = entry.images.iter().position(|image| image.key.is_none());
        let Some(position) = missing else { return Some(self.plan_message(line, entry)) };
        let target = line.target.as_ref().filter(|target| {
            target.position == position && self.at < target.since.saturating_add(TARGET_LIFE)
        });
        let entry_id = entry.id;
        Some(match target {
            Some(target) => Plan::Put {
                purpose: Purpose::Put { session, entry: entry_id, position },
                url: target.upload.url.clone(),
                headers: target.upload.headers.clone(),
            },
            None => plan_upload(session, entry_id, position, &entry.images[position]),
        })
    }

    fn plan_message(&self, line: &Line, entry: &Entry) -> Plan {
        let session = entry.session_id;
        // What a retry carries moves nothing.
        let is_carried = !line.without_mark && !entry.is_tried;
        let mark = self.mark_to_tell(session).filter(|_| is_carried);
        let keys: Vec<&str> =
            entry.images.iter().filter_map(|image| image.key.as_deref()).collect();
        let mut body = json!({
            "client_message_id": entry.client_message_id,
            "content": entry.content,
            "image_urls": keys,
        });
        if let Some(mark) = mark {
            body["read_up_to_seq"] = mark.into();
        }
        if planted::has(Bug::IdOfAttempt) {
            let id = format!("{}{:012x}", &entry.client_message_id[..24], self.next_request);
            body["client_message_id"] = Value::String(id);
        }
        let purpose = Purpose::Send { session, entry: entry.id, mark };
        let path = format!("/sessions/{session}/messages");
        Plan::Ask { purpose, method: Method::Post, path, body: Some(body) }
    }

    /// The message is about to be sent: from here on, it cannot be taken back.
    pub(super) fn send_begun(&mut self, session: i64, entry: i64, mark: Option<i64>) {
        self.queue.line(session).carried = mark;
        self.something_sent();
        let Some(known) = self.queue.entry(entry) else { return };
        if !known.is_tried {
            known.is_tried = true;
            self.write(Write::EntryTried(entry));
        }
        if planted::has(Bug::RemovedBeforeStored) {
            self.write(Write::EntryDone(entry));
        }
    }

    /// An attempt has ended, and nobody knows how.
    pub(super) fn unsettled(&mut self, session: i64) {
        self.queue.line(session).unsettled_until = self.at.saturating_add(AFTERWARDS);
    }

    pub(super) fn was_stored(
        &mut self,
        session: i64,
        entry: i64,
        mark: Option<i64>,
        status: u16,
        message: &Message,
    ) -> Result<(), Unreadable> {
        if message.session_id != session {
            return Err(Unreadable);
        }
        self.absorb_message(message);
        if self.queue.remove(session, |known| known.id == entry).is_some() {
            self.write(Write::EntryDone(entry));
            self.show_session(session);
        }
        let (has_moved, mark) = if planted::has(Bug::RetryMovesMark) {
            (true, self.mark_to_tell(session))
        } else {
            (status == 201, mark)
        };
        if let (true, Some(mark), Some(role)) = (has_moved, mark, self.account.role) {
            self.messages_read(session, role, mark, None);
        }
        Ok(())
    }

    pub(super) fn send_refused(
        &mut self,
        session: i64,
        entry: i64,
        mark: Option<i64>,
        error: ChatError,
    ) {
        let line = self.queue.line(session);
        if self.at < line.unsettled_until {
            // An earlier attempt may still come to another end; then this is not refused.
            let until = line.unsettled_until;
            self.lanes.entry(Job::Send(session)).or_default().not_before = until;
            return;
        }
        if error.code == "invalid_request" && mark.is_some() {
            // The mark may be what is wrong; it is told by itself, then.
            line.without_mark = true;
            return self.not_stored(entry);
        }
        if error.code == "image_not_found" && line.misses < MISSES {
            line.misses += 1;
            line.target = None;
            return self.upload_again(entry);
        }
        self.entry_refused(session, entry, error);
    }

    /// The service has said that it does not have it.
    fn not_stored(&mut self, entry: i64) {
        if let Some(known) = self.queue.entry(entry) {
            known.is_tried = false;
            self.write(Write::EntryRefused(entry, None));
        }
    }

    fn upload_again(&mut self, entry: i64) {
        self.not_stored(entry);
        let Some(known) = self.queue.entry(entry) else { return };
        known.images.iter_mut().for_each(|image| image.key = None);
        for position in 0..known.images.len() {
            self.write(Write::EntryImage { entry, position, key: None });
        }
    }

    pub(super) fn upload_granted(
        &mut self,
        session: i64,
        entry: i64,
        position: usize,
        upload: Upload,
    ) {
        if self.queue.entry(entry).is_some() {
            let since = self.at;
            self.queue.line(session).target = Some(Target { position, upload, since, tries: 0 });
        }
    }

    pub(super) fn put_ended(
        &mut self,
        session: i64,
        entry: i64,
        position: usize,
        outcome: &Outcome,
    ) {
        if self.queue.entry(entry).is_none() {
            return;
        }
        let sending = self.queue.line(session);
        let Some(target) = sending.target.as_mut() else { return };
        target.tries += 1;
        let (status, retry_after) = match outcome {
            Outcome::Answer { status, retry_after, .. } => (*status, retry_after.as_deref()),
            Outcome::NoAnswer => (0, None),
        };
        // Nothing is overwritten: 412 says that an earlier try has come through.
        if (200..300).contains(&status) || (status == 412 && target.tries > 1) {
            return self.uploaded(session, entry, position);
        }
        let is_temporary = matches!(status, 0 | 408 | 409 | 429) || status >= 500;
        if !is_temporary {
            sending.target = None;
            sending.strikes += 1;
            if sending.strikes > STRIKES {
                sending.strikes = 0;
                let detail = "the object store does not take the image";
                let error = ChatError::new("upload_refused", detail, Advice::TryLater);
                return self.entry_refused(session, entry, error);
            }
        }
        let lane = self.lanes.entry(Job::Send(session)).or_default();
        lane.fail(self.at, lane::retry_after(retry_after), &mut self.chance);
    }

    fn uploaded(&mut self, session: i64, entry: i64, position: usize) {
        let target = self.queue.line(session).target.take();
        let key = target.map(|target| target.upload.key);
        if let Some(known) = self.queue.entry(entry) {
            known.images[position].key.clone_from(&key);
        }
        if !planted::has(Bug::UploadsForgotten) {
            self.write(Write::EntryImage { entry, position, key });
        }
        self.lanes.entry(Job::Send(session)).or_default().succeed();
        self.show_session(session);
    }
}

fn plan_upload(session: i64, entry: i64, position: usize, image: &EntryImage) -> Plan {
    Plan::Ask {
        purpose: Purpose::Upload { session, entry, position },
        method: Method::Post,
        path: format!("/sessions/{session}/uploads"),
        body: Some(json!({ "content_type": image.content_type, "content_length": image.length })),
    }
}
