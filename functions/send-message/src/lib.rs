//! `POST /sessions/{session_id}/messages`: a participant says something.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    delivery::Delivery,
    error::Error,
    fail_point,
    fields::{Bounded, Fields, Id},
    id::SessionId,
    identity::Role,
    image::ImageKeys,
    message::{Content, Draft, Message, Pace},
    store::{
        Statement, connections,
        messages::{self, Append, MayAppend, Stored},
        outbox,
    },
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[
    &messages::MAY_APPEND,
    &messages::APPEND,
    &outbox::SETTLE,
    &outbox::RING,
    &connections::FORGET_GONE,
];

/// A message for a session.
#[derive(Debug)]
pub struct SendMessage {
    session_id: SessionId,
    draft: Draft,
}

impl Request for SendMessage {
    const HAS_BODY: bool = true;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let session_id = fields.path("session_id").map(|Id(id)| id.into());
        let client_message_id = fields.body("client_message_id");
        let content: Option<Content> = fields.body_or("content", Content::default());
        let images: Option<ImageKeys> = fields.body_or("image_urls", ImageKeys::default());
        let read: Option<Option<Bounded<0, { i64::MAX }>>> = fields.body_or("read_up_to_seq", None);
        let (content, images) = (content?, images?);
        if content.is_blank() && images.is_empty() {
            fields.refuse("content", "must not be blank without an image");
        }
        let (client_message_id, read_up_to_seq) =
            (client_message_id?, read?.map(|Bounded(seq)| seq));
        let draft = Draft { client_message_id, content, images, read_up_to_seq };
        Some(Self { session_id: session_id?, draft })
    }
}

/// Stores one message and answers with it: 201, or 200 when it was stored by an earlier try. What the
/// sender has read with it is marked first. The frames follow after the answer.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::SessionArchived`];
/// [`Error::ClientMessageIdReused`] when the id was used for another message;
/// [`Error::RateLimited`]; [`Error::ImageNotFound`], [`Error::ImageInvalid`];
/// [`Error::InvalidRequest`] for a mark beyond the last message before this one.
pub async fn handle(app: &App, call: Call<SendMessage>) -> Result<Answer<Option<Delivery>>, Error> {
    let Call { caller, request: SendMessage { session_id, draft }, connection } = call;
    let pace = Pace { burst: app.config.send_burst, window: app.config.send_window };

    if !draft.images.is_empty() {
        // A stranger's 404 and a retry's answer come before anything is said about images.
        match messages::may_append(&app.db, caller, session_id, &draft).await? {
            MayAppend::Yes if !draft.images.belong_to(caller.role(), caller.id(), session_id) => {
                return Err(Error::ImageNotFound);
            }
            MayAppend::Yes => app.bucket.verify(&draft.images).await?,
            MayAppend::Repeated(message) => return repeated(app, message).await,
        }
    }
    let connection = connection.as_deref();
    match messages::append(&app.db, caller, session_id, &draft, pace, connection).await? {
        Append::Stored(stored) => {
            fail_point::reach("send-message/committed");
            let Stored { message, owed } = *stored;
            let shown = app.bucket.show(message).await?.written()?;
            let answer = Answer::created(&shown)?.about_message(&shown);
            Ok(answer.then(Some(Delivery::of_message(owed, &shown)?)))
        }
        Append::Repeated(message) => repeated(app, message).await,
    }
}

async fn repeated(app: &App, message: Message) -> Result<Answer<Option<Delivery>>, Error> {
    let shown = app.bucket.show(message).await?.written()?;
    Ok(Answer::ok(&shown)?.about_message(&shown).then(None))
}
