//! What follows a commit: frames to whoever is online, and perhaps a push. Done after the answer, in
//! the same invocation; what is owed stands in an outbox, written with the change, until it is done.

pub mod frames;
pub mod news;

use crate::{
    app::App,
    error::Error,
    event::Event,
    fail_point,
    message::Message,
    store::{connections, outbox},
};
use frames::Fate;
use futures_util::future::join_all;
use news::{IfDropped, News};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long a fresh outbox row is left to the invocation that wrote it.
pub const OUTBOX_GRACE: Duration = Duration::from_secs(2);
/// How long a message that reached the customer's app may stay unread before a push is due.
pub const READ_WITHIN: Duration = Duration::from_mins(1);

/// A connection that was noted less than this ago may be still opening.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(5);
/// One that the gateway calls gone twice, and that was noted longer ago than this, is gone.
const USUAL_HANDSHAKE: Duration = Duration::from_secs(1);
/// How often an audience that came late is looked for.
const LATE_AUDIENCES: usize = 3;
/// How long to wait before such a connection is tried again.
const HANDSHAKE_PAUSE: Duration = Duration::from_millis(750);

/// The open connections of both participants.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    /// The customer's.
    pub customer: Vec<String>,
    /// The dentist's.
    pub dentist: Vec<String>,
}

impl Audience {
    /// Whether nobody is online.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.customer.is_empty() && self.dentist.is_empty()
    }
}

/// What is owed for a committed message.
#[derive(Debug)]
pub struct Owed {
    /// The message, with its images signed.
    pub message: Message,
    /// Who is online.
    pub audience: Audience,
    /// Whether a push may be due: a dentist wrote to a customer who has a phone.
    pub push: bool,
    /// Whether the frames went out before.
    pub frames_sent: bool,
    /// How often it was taken from the outbox.
    pub attempts: i32,
    /// How long ago the message was committed.
    pub age: Duration,
    /// When we knew of its commit, or took it.
    pub known_at: Instant,
}

/// Work for after the answer.
#[derive(Debug)]
pub enum Delivery {
    /// A message's frames; its outbox row is settled or handed on.
    Message(Box<Owed>),
    /// What both sides hear of a session; its record is settled.
    News(Box<News>),
}

impl From<News> for Delivery {
    fn from(news: News) -> Self {
        Self::News(Box::new(news))
    }
}

impl Delivery {
    /// Does it, each part as well as it can: what fails here is redelivery's.
    pub async fn carry_out(self, app: &App) {
        match self {
            Self::News(news) => {
                fail_point::reach("news/answered");
                if let Err(error) = news.tell(app, IfDropped::Leave).await {
                    tracing::warn!(code = error.code(), "a session's news is left to redelivery");
                }
            }
            Self::Message(owed) => {
                fail_point::reach("send-message/answered");
                let reached = send_message(app, &owed.message, &owed.audience).await;
                fail_point::reach("send-message/frames-sent");
                if let Err(error) = hand_on(app, owed, reached).await {
                    tracing::warn!(code = error.code(), "an outbox row is left to redelivery");
                }
                fail_point::reach("send-message/done");
            }
        }
    }
}

/// Keeps the message's images, then settles its outbox row or leaves it for what is still owed: the
/// push, or the images if S3 is away. Whoever connected while the message was being committed gets
/// the frame first.
async fn hand_on(app: &App, owed: Box<Owed>, mut reached: Reached) -> Result<(), Error> {
    let Owed { message, audience, push, known_at, .. } = *owed;
    let is_kept = app.images.keep(&message.image_urls).await.is_ok();
    let mut served = [audience.customer, audience.dentist].concat();
    for _ in 0..LATE_AUDIENCES {
        let rest_after = if push && !reached.customer { Duration::ZERO } else { READ_WITHIN };
        let rest_after = (push || !is_kept).then_some(rest_after);
        let late = outbox::hand_on(&app.db, message.id, &served, rest_after, known_at).await?;
        if late.is_empty() {
            fail_point::reach("send-message/handed-on");
            if push && !reached.customer {
                app.redeliver.wake((app.now)()).await;
            }
            return Ok(());
        }
        reached.customer |= send_message(app, &message, &late).await.customer;
        served.extend([late.customer, late.dentist].concat());
    }
    // People connect faster than we send: the row is redelivery's.
    Ok(())
}

/// Which sides took a frame.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    /// Whether one of the customer's connections did.
    pub customer: bool,
}

/// Sends a message's frame to both sides.
pub async fn send_message(app: &App, message: &Message, audience: &Audience) -> Reached {
    let event = Event::MessageCreated { session_id: message.session_id, seq: message.seq, message };
    let text = event.to_json();
    let (customer, _) =
        tokio::join!(send(app, &text, &audience.customer), send(app, &text, &audience.dentist));
    Reached { customer: customer.taken }
}

/// What became of a text for many connections.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Whether any took it.
    pub taken: bool,
    /// Whether it was given up for any that may still be there.
    pub dropped: bool,
}

/// Sends one text to many connections at once, and forgets those that are gone.
pub async fn send(app: &App, text: &str, connections: &[String]) -> Sent {
    let posts = connections.iter().map(|connection| app.frames.post(connection, text));
    let fates = join_all(posts).await;
    let count = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count();
    app.metrics.count("FramesSent", count(Fate::Taken));
    app.metrics.count("FramesGone", count(Fate::Gone));
    app.metrics.count("FramesDropped", count(Fate::Dropped));
    let gone: Vec<String> = connections
        .iter()
        .zip(&fates)
        .filter(|(_, fate)| **fate == Fate::Gone)
        .map(|(connection, _)| connection.clone())
        .collect();
    let taken_late = !gone.is_empty() && send_again(app, text, &gone).await;
    Sent {
        taken: taken_late || fates.contains(&Fate::Taken),
        dropped: fates.contains(&Fate::Dropped),
    }
}

/// Forgets the connections that are gone for good; those that may be just opening get the text a
/// moment later. Tells whether any took it.
async fn send_again(app: &App, text: &str, gone: &[String]) -> bool {
    let opening = match connections::forget_gone(&app.db, gone, LONGEST_HANDSHAKE).await {
        Ok(opening) => opening,
        Err(error) => {
            tracing::warn!(code = error.code(), "gone connections are not forgotten yet");
            return false;
        }
    };
    if opening.is_empty() {
        return false;
    }
    sleep(HANDSHAKE_PAUSE).await;
    let fates = join_all(opening.iter().map(|connection| app.frames.post(connection, text))).await;
    let still_gone = opening.into_iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Gone);
    let still_gone: Vec<String> = still_gone.map(|(connection, _)| connection).collect();
    if !still_gone.is_empty() {
        // If this fails, the next frame finds them.
        connections::forget_gone(&app.db, &still_gone, USUAL_HANDSHAKE).await.ok();
    }
    fates.contains(&Fate::Taken)
}
