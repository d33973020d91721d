//! Tokens, as an app and the service know them.

use super::{phone::Given, service::Caller, world::World};
use crate::{
    core::{AskId, Event},
    moment::{MINUTE, SECOND},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

impl World {
    /// The app is asked for a token.
    pub(super) fn ask_token(&mut self, phone: usize, ask: AskId, is_refused: bool) {
        self.look_at_token(phone, is_refused);
        if !self.is_calm && self.roll(8) == 0 {
            self.phones[phone].given = None;
            let wait = self.roll(5 * SECOND);
            return self.inform(phone, wait, Event::Token(ask, None));
        }
        let caller = self.phones[phone].caller;
        let life = [2, 5, 60][self.pick(3)] * MINUTE;
        self.texts += 1;
        let claims = format!(
            r#"{{"sub":"{}-{}","iat":5,"exp":{},"jti":{}}}"#,
            caller.role.name(),
            caller.id,
            5 + life / SECOND,
            self.texts,
        );
        let text = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        // Some are not fresh when they come.
        let rest = if self.roll(4) == 0 { self.roll(life) } else { life };
        self.tokens.insert(text.clone(), (caller, self.at + rest));
        let wait = 10 + self.roll(500);
        let ends_at = self.at + wait + life;
        self.phones[phone].given = Some(Given { text: text.clone(), ends_at, is_refused: false });
        self.inform(phone, wait, Event::Token(ask, Some(text)));
    }

    pub(super) fn bearer(&self, token: &str) -> Option<Caller> {
        self.tokens.get(token).filter(|(_, until)| self.at < *until).map(|(caller, _)| *caller)
    }
}
