//! What the user wants.

use super::{
    Core,
    effect::Reply,
    input::{Wish, WishId},
    state::job::Job,
};
use crate::{error::ChatError, store::Write};

impl Core {
    pub(super) fn wish(&mut self, id: WishId, wish: Wish) {
        match wish {
            Wish::SignIn(role) => self.sign_in(id, role),
            _ if self.account.role.is_none() => self.settle(id, Err(ChatError::signed_out())),
            Wish::SignOut => self.sign_out(id),
            Wish::Send { session, content, images } => self.send(id, session, content, &images),
            Wish::Retry { entry } => self.retry(id, entry),
            Wish::Edit { entry, content } => self.edit(id, entry, content),
            Wish::Discard { entry } => self.discard(id, entry),
            Wish::ReadUpTo { session, seq } => self.read_up_to(id, session, seq),
            Wish::RegisterPhone { subscription } => self.register_phone(id, subscription),
            Wish::Typing { session, typing } => {
                self.typing(session, typing);
                self.settle(id, Ok(Reply::Done));
            }
            Wish::Draft { session, content } => {
                self.write(Write::Draft { session, content });
                self.show_session(session);
                self.settle(id, Ok(Reply::Done));
            }
            Wish::CatchUp => {
                self.end_waits(true);
                self.suspect_link();
                self.catch_up.want();
                self.want(Job::CatchUp);
                self.settle(id, Ok(Reply::Done));
            }
            _ => self.call(id, wish),
        }
    }
}
