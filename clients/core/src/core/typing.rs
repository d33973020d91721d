//! Who is writing: said now and then, shown for a while, stored nowhere.

use super::{Core, effect::Change, state::timer::Timer};
use crate::moment::{Millis, SECOND};
use serde_json::json;

/// How long the other side is shown to be writing without being heard of again.
const SHOWN: Millis = 6 * SECOND;
/// How often the user is said to be writing.
const SAID: Millis = 4 * SECOND;

impl Core {
    pub(super) fn other_typing(&mut self, session: i64, typing: bool) {
        if typing {
            self.set_timer(Timer::Typing(session), SHOWN);
        } else {
            self.end_timer(Timer::Typing(session));
        }
        self.show(Change::Typing(session, typing));
    }

    pub(super) fn typing(&mut self, session: i64, typing: bool) {
        let said = self.typing_said.get(&session);
        let is_news =
            if typing { said.is_none_or(|at| self.at >= at + SAID) } else { said.is_some() };
        if !is_news {
            return;
        }
        if typing {
            self.typing_said.insert(session, self.at);
        } else {
            self.typing_said.remove(&session);
        }
        let say = json!({ "action": "typing", "session_id": session, "typing": typing });
        self.say(say.to_string());
    }
}
