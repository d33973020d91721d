//! What a line means.

/// What commands there are.
pub const HELP: &str = "\
Write, and it is sent.  /new 2  begins with dentist (or customer) 2   /list  /open 5
/image photo.jpg words   /correct 3 words   /retract 3   /retry   /discard   /older   /search words
/offline and /online: the network's switch   /out: signs out and forgets everything   /quit";

/// What the user wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// To say something.
    Say(&'a str),
    /// To say something with an image from a file.
    Image(&'a str, &'a str),
    /// To see the sessions.
    List,
    /// To see a session.
    Open(i64),
    /// To talk to someone of the other side.
    New(i64),
    /// To replace a message's text.
    Correct(i64, &'a str),
    /// To take a message back.
    Retract(i64),
    /// To have what was refused tried again.
    Retry,
    /// Not to send what was refused, or waits.
    Discard,
    /// To see what was said before.
    Older,
    /// To find words.
    Search(&'a str),
    /// To have a network, or none.
    Network(bool),
    /// To leave nothing behind.
    SignOut,
    /// To end.
    Quit,
    /// To know what can be said.
    Help,
}

/// What a line means; none for an empty one.
pub fn parse(line: &str) -> Option<Command<'_>> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    if !line.starts_with('/') {
        return Some(Command::Say(line));
    }
    let (word, rest) = split(line);
    Some(match word {
        "/list" => Command::List,
        "/open" => number(rest).map_or(Command::Help, Command::Open),
        "/new" => number(rest).map_or(Command::Help, Command::New),
        "/image" if !rest.is_empty() => {
            let (file, words) = split(rest);
            Command::Image(file, words)
        }
        "/correct" => {
            let (seq, words) = split(rest);
            number(seq).map_or(Command::Help, |seq| Command::Correct(seq, words))
        }
        "/retract" => number(rest).map_or(Command::Help, Command::Retract),
        "/retry" => Command::Retry,
        "/discard" => Command::Discard,
        "/older" => Command::Older,
        "/search" => Command::Search(rest),
        "/offline" => Command::Network(false),
        "/online" => Command::Network(true),
        "/out" => Command::SignOut,
        "/quit" => Command::Quit,
        _ => Command::Help,
    })
}

fn split(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_begin_with_a_slash_is_said() {
        assert_eq!(parse("  Guten Tag "), Some(Command::Say("Guten Tag")));
        assert_eq!(parse("3/4 voll"), Some(Command::Say("3/4 voll")));
        assert_eq!(parse("   "), None);
    }

    #[test]
    fn commands_take_what_they_need_or_show_what_there_is() {
        assert_eq!(parse("/correct 3  drei mal"), Some(Command::Correct(3, "drei mal")));
        assert_eq!(
            parse("/image a.jpg hier tut es weh"),
            Some(Command::Image("a.jpg", "hier tut es weh"))
        );
        assert_eq!(parse("/open 5"), Some(Command::Open(5)));
        for line in ["/open", "/open x", "/correct", "/image", "/dance"] {
            assert_eq!(parse(line), Some(Command::Help), "{line}");
        }
    }
}
