//! What time is waited for.

use crate::core::WishId;

/// What time is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::core) enum Timer {
    /// The WebSocket is to be opened.
    Dial,
    /// It should have been open by now.
    Handshake,
    /// Something should have been heard by now, or it is dead.
    Suspect,
    /// Something was sent, and nothing heard since.
    Listen,
    /// Nothing was said or heard for so long that the gateway would close it.
    Keep,
    /// The service will say nothing more over it.
    Renew,
    /// The user will not be back at once.
    Behind,
    /// The other side has stopped writing in this session.
    Typing(i64),
    /// A call has taken too long.
    Call(WishId),
    /// What was asked without an answer, and without an echo, has been done by now or never will be.
    Afterwards,
    /// The phone's registration outlives the account.
    Farewell,
}
