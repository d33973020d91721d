//! What is shown, as lines; each is printed once, and again when it has become another one.

use chat_client::{ConversationView, EntryView, MessageView, SessionView};
use std::collections::HashSet;

/// What was printed already.
#[derive(Debug, Default)]
pub struct Screen(HashSet<String>);

impl Screen {
    /// Lines that are new.
    pub fn news(&mut self, lines: Vec<String>) -> Vec<String> {
        lines.into_iter().filter(|line| self.0.insert(line.clone())).collect()
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// A session's lines.
pub fn conversation(view: &ConversationView) -> Vec<String> {
    let other = name(&view.session);
    let mut lines = vec![];
    if view.has_older {
        let first = view.messages.first().map_or(0, |message| message.seq);
        lines.push(format!("  … /older shows what was said before {first}"));
    }
    for message in &view.messages {
        lines.extend(message_lines(message, &other));
    }
    if let Some(read) =
        view.messages.iter().rev().find(|message| message.is_mine && message.is_read)
    {
        lines.push(format!("  ✓ {other} has read up to {}", read.seq));
    }
    lines.extend(view.queue.iter().map(entry));
    lines
}

fn message_lines(message: &MessageView, other: &str) -> Vec<String> {
    let mut lines = vec![];
    if message.has_gap_before {
        lines.push(format!("  … before {}, something is still to come", message.seq));
    }
    let who = if message.is_mine { "you" } else { other };
    let changed = match (&message.retracted_at, &message.corrected_at) {
        (Some(_), _) => " (taken back)",
        (None, Some(_)) => " (corrected)",
        (None, None) => "",
    };
    let images = match message.images.len() {
        0 => String::new(),
        count => format!(" [images: {count}]"),
    };
    lines.push(format!("  {:>3} {who}: {}{images}{changed}", message.seq, message.content));
    lines
}

fn entry(entry: &EntryView) -> String {
    match &entry.refusal {
        Some(refusal) => {
            format!("    ✗ not sent ({}): {}   /retry or /discard", refusal.code, entry.content)
        }
        None => format!("    … on its way: {}", entry.content),
    }
}

/// The list's lines.
pub fn sessions(sessions: &[SessionView]) -> Vec<String> {
    if sessions.is_empty() {
        return vec!["  there is no session yet; /new 1 begins one".to_owned()];
    }
    sessions.iter().map(session).collect()
}

fn session(session: &SessionView) -> String {
    let unread = if session.unread_count > 0 {
        format!(" ({} unread)", session.unread_count)
    } else {
        String::new()
    };
    let last = session.last_message.as_ref().map_or("", |message| message.content.as_str());
    let status = session.status.name();
    format!("  /open {} {}, {status}{unread}: {last}", session.id, name(session))
}

fn name(session: &SessionView) -> String {
    session.other_name.clone().unwrap_or_else(|| format!("number {}", session.other_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_printed_once_until_it_is_another_one() {
        let mut screen = Screen::default();
        let lines = |text: &str| vec![format!("1 {text}"), "2 zwei".to_owned()];
        assert_eq!(screen.news(lines("eins")), lines("eins"));
        assert_eq!(screen.news(lines("eins")), [] as [&str; 0]);
        assert_eq!(screen.news(lines("eins (corrected)")), ["1 eins (corrected)"]);
        screen.clear();
        assert_eq!(screen.news(lines("eins")).len(), 2);
    }
}
