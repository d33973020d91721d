//! What the service says over the WebSocket.

use super::{
    Core,
    state::{catch_up::Source, job::Job, timer::Timer},
};
use crate::wire::{Frame, Role};

impl Core {
    pub(super) fn frame(&mut self, text: &str) {
        // What cannot be read is of tomorrow, or not for us.
        let frame = serde_json::from_str(text).unwrap_or(Frame::Unknown);
        if !matches!(frame, Frame::Pong { .. }) {
            self.end_timer(Timer::Listen);
        }
        match frame {
            Frame::Message { message } => self.absorb_message(&message),
            Frame::Read { session_id, reader, up_to_seq, unread_count } => {
                self.messages_read(session_id, reader, up_to_seq, unread_count);
            }
            Frame::Session { session } => self.absorb_session(&session, Source::Frame),
            Frame::Typing { session_id, sender_type, typing } => {
                if Some(sender_type) != self.account.role {
                    self.other_typing(session_id, typing);
                }
            }
            Frame::Pong { connection_id } => self.link.has_id(connection_id),
            Frame::Unknown => {}
        }
    }

    pub(super) fn messages_read(
        &mut self,
        session: i64,
        reader: Role,
        up_to_seq: i64,
        unread_count: Option<i64>,
    ) {
        let Some(held) = self.sessions.get_mut(&session) else {
            self.catch_up.want();
            return self.want(Job::CatchUp);
        };
        let is_mine = Some(reader) == self.account.role;
        let is_news = is_mine && up_to_seq > held.state.mark(reader);
        if let Some(count) = unread_count.filter(|_| is_news) {
            // As near as can be told, until the next catching up tells.
            held.state.unread_told = count;
            held.state.unread_told_at = held.state.heard_seq;
        }
        self.absorb_mark(session, reader, up_to_seq);
    }
}
