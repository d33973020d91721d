//! `index.html`: the records for a person, on paper, on a phone, without a network. No script, nothing from
//! outside.

use crate::day;
use chat::{
    error::{Cause, Error},
    id::{CustomerId, SessionId},
};
use serde::Deserialize;
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");
/// The end of a session.
pub(crate) const SESSION_END: &str = "</section>\n";
/// The end of the page.
pub(crate) const END: &str = "<footer>End of the record.</footer>\n</main>\n</body>\n</html>\n";

/// A message of `records.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    seq: i64,
    sender_type: String,
    sender_id: i64,
    content: String,
    image_urls: Vec<String>,
    created_at: String,
    corrected_at: Option<String>,
    retracted_at: Option<String>,
    revisions: Vec<Revision>,
    pub(crate) images: Vec<Image>,
}

#[derive(Debug, Deserialize)]
struct Revision {
    act: String,
    replaced_at: String,
    content: String,
}

/// An image of a message.
#[derive(Debug, Deserialize)]
pub(crate) struct Image {
    pub(crate) key: String,
    pub(crate) file: String,
}

#[derive(Deserialize)]
struct Session {
    id: i64,
    status: String,
    dentist_id: i64,
    created_at: String,
    first_seq: i64,
    last_seq: i64,
    customer_read_seq: i64,
    dentist_read_seq: i64,
}

/// The beginning of the page.
pub(crate) fn begin(
    customer: CustomerId,
    session: Option<SessionId>,
    name: Option<&str>,
) -> String {
    let who = name.map_or_else(|| format!("Customer {customer}"), escaped);
    let what = match session {
        Some(session) => format!("Session {session} of customer {customer}"),
        None => format!("Everything that is kept of customer {customer}"),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Record of {who}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<p class=\"kind\">Chat record</p>\n<h1>{who}</h1>\n<p>{what}, in the order in which it was \
         said. Times are UTC. The same in full, for programs: <a href=\"records.json\">records.json</a>.</p>\n\
         </header>\n"
    )
}

/// The beginning of a session.
///
/// # Errors
/// [`Error::Internal`] when it is not as the statement has it.
pub(crate) fn session(json: &str, dentist: Option<&str>) -> Result<String, Error> {
    let malformed = |_| Error::Internal(Cause::new("a session is not as the statement has it"));
    let session: Session = serde_json::from_str(json).map_err(malformed)?;
    let dentist_id = session.dentist_id;
    let with = dentist.map_or_else(|| format!("Dentist {dentist_id}"), escaped);
    let id = session.id;
    let mut text =
        format!("<section id=\"session-{id}\">\n<h2>With {with}</h2>\n<dl class=\"facts\">");
    let kept = session.last_seq - session.first_seq + 1;
    let facts = [
        ("Session", format!("{id}, {}", escaped(&session.status))),
        ("Dentist", dentist_id.to_string()),
        ("Begun", day::whole(&session.created_at)),
        ("Messages", kept.to_string()),
        ("Read by the customer", mark(session.customer_read_seq)),
        ("Read by the dentist", mark(session.dentist_read_seq)),
    ];
    for (term, fact) in facts {
        let _ = write!(text, "<div><dt>{term}</dt><dd>{fact}</dd></div>");
    }
    text.push_str("</dl>\n");
    if session.first_seq > 1 {
        let last = session.first_seq - 1;
        let _ = writeln!(text, "<p class=\"note\">Messages 1 to {last} are no longer kept.</p>");
    }
    if kept == 0 {
        text.push_str("<p class=\"note\">There are no messages.</p>\n");
    }
    Ok(text)
}

fn mark(seq: i64) -> String {
    if seq == 0 { "nothing yet".to_owned() } else { format!("up to no. {seq}") }
}

/// A message; `day` is that of the one before it.
pub(crate) fn message(
    text: &mut String,
    session: i64,
    message: &Message,
    read_at: Option<&str>,
    day: &mut String,
) {
    let (date, clock) = day::split(&message.created_at);
    if date != *day {
        let _ = writeln!(text, "<h3>{}</h3>", escaped(&date));
        *day = date;
    }
    let (side, seq) = (escaped(&message.sender_type), message.seq);
    let who = if side == "customer" { "Customer" } else { "Dentist" };
    let _ = writeln!(
        text,
        "<article class=\"{side}\" id=\"m{session}-{seq}\">\n<p class=\"by\"><b>{who}</b> <span>{clock}</span> \
         <span class=\"seq\" title=\"{who} {}\">no. {seq}</span></p>",
        message.sender_id
    );
    if let Some(at) = &message.retracted_at {
        let _ = writeln!(text, "<p class=\"mark\">Retracted {}</p>", day::whole(at));
    } else if !message.content.is_empty() {
        let _ = writeln!(text, "<p class=\"said\" dir=\"auto\">{}</p>", escaped(&message.content));
    }
    if let Some(at) = &message.corrected_at {
        let _ = writeln!(text, "<p class=\"mark\">Corrected {}</p>", day::whole(at));
    }
    revisions(text, &message.revisions);
    images(text, message);
    let read =
        read_at.map_or_else(|| "Not read yet".to_owned(), |at| format!("Read {}", day::whole(at)));
    let _ = writeln!(text, "<p class=\"read\">{read}</p>\n</article>");
}

fn revisions(text: &mut String, revisions: &[Revision]) {
    for revision in revisions {
        let until = day::whole(&revision.replaced_at);
        let act = if revision.act == "retraction" { "retracted" } else { "corrected" };
        let content = if revision.content.is_empty() {
            "<i>no text</i>".to_owned()
        } else {
            escaped(&revision.content)
        };
        let _ = writeln!(
            text,
            "<blockquote><p class=\"mark\">Until it was {act}, {until}</p><p class=\"said\" dir=\"auto\">{content}</p></blockquote>"
        );
    }
}

fn images(text: &mut String, message: &Message) {
    for image in &message.images {
        let (file, name) =
            (escaped(&image.file), image.file.rsplit('/').next().unwrap_or_default());
        let shown = if message.image_urls.contains(&image.key) { "" } else { ", retracted" };
        let _ = writeln!(
            text,
            "<figure><img src=\"{file}\" alt=\"Image of message {}\" loading=\"lazy\">\
             <figcaption><a href=\"{file}\">{}</a>{shown}</figcaption></figure>",
            message.seq,
            escaped(name)
        );
    }
}

/// Text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_said_is_markup() {
        assert_eq!(
            escaped("<img src=x onerror='a()'> & \"b\""),
            "&lt;img src=x onerror=&#39;a()&#39;&gt; &amp; &quot;b&quot;"
        );
    }
}
