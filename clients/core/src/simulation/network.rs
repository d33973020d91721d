//! What goes between phones and the service, and what becomes of it on the way.

use super::{
    mood::Mood,
    phone::{Phone, Socket},
    service::{Answer, ConnectionId, Told},
    world::{Happening, World},
};
use crate::{
    core::{Event, Outcome, Put, Request, RequestId, SocketEvent},
    moment::{Millis, SECOND},
};

impl World {
    fn latency(&mut self) -> Millis {
        match self.roll(100) {
            0..4 if !self.is_calm => 10 * SECOND + self.roll(20 * SECOND),
            4..8 if !self.is_calm => self.roll(3 * SECOND),
            _ => 5 + self.roll(200),
        }
    }

    /// Whether something is lost on its way from or to a phone.
    fn is_lost(&mut self, phone: usize) -> bool {
        !self.phones[phone].has_network || (!self.is_calm && self.roll(40) == 0)
    }

    pub(super) fn ask(&mut self, phone: usize, request: Request) {
        self.phones[phone].open.insert(request.id);
        self.inform(phone, request.within, Event::Ended(request.id, Outcome::NoAnswer));
        if !self.is_lost(phone) {
            let (latency, life) = (self.latency(), self.phones[phone].life);
            self.later(latency, Happening::Serve { phone, life, request });
        }
    }

    pub(super) fn put(&mut self, phone: usize, put: Put) {
        self.phones[phone].open.insert(put.id);
        self.inform(phone, put.within, Event::Ended(put.id, Outcome::NoAnswer));
        if !self.is_lost(phone) {
            let (latency, life) = (self.latency(), self.phones[phone].life);
            self.later(latency, Happening::PutImage { phone, life, put });
        }
    }

    pub(super) fn serve(&mut self, phone: usize, life: u64, request: &Request) {
        let is_silent = self.roll(2) == 0;
        let answer = match self.mood {
            Mood::Away if is_silent => return,
            Mood::Away => Answer {
                retry_after: Some(self.roll(5).to_string()),
                ..Answer::problem(503, "unavailable")
            },
            Mood::Portal => Answer { body: b"<html>".to_vec(), ..Answer::empty(200) },
            Mood::Fine | Mood::Forgetful => self.serve_well(phone, request),
        };
        self.send_frames();
        let is_forgotten = self.mood == Mood::Forgetful || (!self.is_calm && self.roll(12) == 0);
        if !is_forgotten {
            self.travel_back(phone, life, request.id, answer);
        }
    }

    fn serve_well(&mut self, phone: usize, request: &Request) -> Answer {
        let Some(caller) = self.bearer(&request.token) else {
            self.token_is_refused(phone, &request.token);
            return Answer::problem(401, "unauthenticated");
        };
        assert_eq!(caller, self.phones[phone].caller, "a request in another one's name");
        if !self.is_calm && self.roll(50) == 0 {
            let seconds = if self.roll(3) == 0 { "31536000" } else { "2" };
            return Answer {
                retry_after: Some(seconds.to_owned()),
                ..Answer::problem(429, "rate_limited")
            };
        }
        self.service.answer(self.at, caller, request)
    }

    pub(super) fn put_image(&mut self, phone: usize, life: u64, put: &Put) {
        // Signed URLs end.
        let is_over = !self.is_calm && self.roll(20) == 0;
        let answer = match self.mood {
            Mood::Away => Answer::empty(503),
            Mood::Portal => Answer::empty(403),
            _ if is_over => Answer::empty(403),
            _ => self.service.put(&put.url),
        };
        if self.is_calm || self.roll(15) > 0 {
            self.travel_back(phone, life, put.id, answer);
        }
    }

    fn travel_back(&mut self, phone: usize, life: u64, id: RequestId, answer: Answer) {
        if self.phones[phone].life != life || self.is_lost(phone) {
            return;
        }
        let Answer { status, retry_after, body } = answer;
        let latency = self.latency();
        let event = Event::Ended(id, Outcome::Answer { status, retry_after, body });
        self.inform(phone, latency, event);
    }

    /// Frames are on their way: late, twice, out of order.
    pub(super) fn send_frames(&mut self) {
        for Told { connection, text, tells_of_new } in std::mem::take(&mut self.service.frames) {
            if tells_of_new && !self.is_calm && self.roll(6) == 0 {
                // A connection that cannot keep up.
                continue;
            }
            let delay = if self.roll(10) == 0 { self.roll(40 * SECOND) } else { self.roll(800) };
            if self.roll(10) == 0 {
                let again = self.roll(100 * SECOND);
                self.later(again, Happening::Hear { connection, text: text.clone() });
            }
            self.later(delay, Happening::Hear { connection, text });
        }
    }

    pub(super) fn hear(&mut self, connection: ConnectionId, text: String) {
        let is_its = |phone: &Phone| {
            phone.socket.is_some_and(|socket| socket.connection == connection && !socket.is_dead)
        };
        if let Some(phone) = self.phones.iter().position(is_its)
            && let Some(socket) = self.phones[phone].socket
        {
            self.phones[phone].heard_at = self.at;
            self.inform(phone, 0, Event::Socket(socket.dial, SocketEvent::Heard(text)));
        }
    }

    /// A handshake arrives.
    pub(super) fn accept(&mut self, phone: usize, life: u64, dial: u64, token: &str) {
        if self.phones[phone].life != life || self.phones[phone].dial != Some(dial) {
            return;
        }
        let refuse = |world: &mut Self, status| {
            let event = Event::Socket(dial, SocketEvent::Refused(status));
            world.inform(phone, 20, event);
        };
        if self.is_lost(phone) || self.mood == Mood::Portal {
            // Some networks say so, others nothing.
            if self.roll(2) == 0 {
                refuse(self, None);
            }
            return;
        }
        if self.mood == Mood::Away || self.are_sockets_away {
            return refuse(self, Some(500));
        }
        let Some(caller) = self.bearer(token) else {
            self.token_is_refused(phone, token);
            return refuse(self, Some(401));
        };
        self.next_connection += 1;
        let connection = self.next_connection;
        self.service.connections.insert(connection, caller);
        self.phones[phone].socket = Some(Socket { connection, dial, is_dead: false });
        let latency = 5 + self.roll(100);
        self.inform(phone, latency, Event::Socket(dial, SocketEvent::Opened));
    }

    pub(super) fn say(&mut self, phone: usize, dial: u64, text: &str) {
        self.phones[phone].said += 1;
        let Some(socket) = self.phones[phone].socket else { return };
        let is_asked = text.contains("ping") && !text.contains(r#""pong":false"#);
        if socket.dial == dial && !socket.is_dead && is_asked {
            let pong = format!(r#"{{"type":"pong","connection_id":"{}"}}"#, socket.connection);
            let latency = 10 + self.roll(300);
            self.later(latency, Happening::Hear { connection: socket.connection, text: pong });
        }
    }

    pub(super) fn hang_up(&mut self, phone: usize, dial: u64) {
        if let Some(socket) = self.phones[phone].socket
            && socket.dial == dial
        {
            self.phones[phone].socket = None;
            // The service may not hear of it.
            if self.roll(2) == 0 {
                self.service.connections.remove(&socket.connection);
            }
        }
    }
}
