//! From which pages a browser may open a WebSocket (RFC 6455, section 10.2).

use chat::socket::SocketEvent;

/// Whether a handshake without an `Origin`, or with this one, is let in; without a list, any is.
///
/// Only browsers tell the truth in this header, and only they hold a token that a page could misuse: apps
/// that send none are let in, and so is React Native, which sends the address that it connects to. No
/// page has that origin, since nothing there serves pages (over TLS: `http` is anybody's on the way).
pub fn is_allowed(event: &SocketEvent, allowed: Option<&[String]>) -> bool {
    let (Some(origin), Some(allowed)) = (event.header("origin"), allowed) else { return true };
    let is_own = |host: String| match origin.split_once("://") {
        Some(("https" | "wss", own)) => own.eq_ignore_ascii_case(&host),
        _ => false,
    };
    allowed.contains(&origin) || event.header("host").is_some_and(is_own)
}
