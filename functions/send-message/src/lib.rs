//! `POST /sessions/{session_id}/messages`: a participant says something.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    caller::Role,
    delivery::Delivery,
    error::Error,
    fields::{Fields, Id},
    id::SessionId,
    message::{Content, Draft, ImageKeys},
    store::messages::{self, Append, Pace},
};

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
        let (content, images) = (content?, images?);
        if content.is_blank() && images.is_empty() {
            fields.refuse("content", "must not be blank without an image");
        }
        let draft = Draft { client_message_id: client_message_id?, content, images };
        Some(Self { session_id: session_id?, draft })
    }
}

/// Stores one message and answers with it: 201, or 200 when it was stored by an earlier try. The
/// frames follow after the answer.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::SessionArchived`];
/// [`Error::ClientMessageIdReused`] when the id was used for another message;
/// [`Error::RateLimited`]; [`Error::ImageNotFound`], [`Error::ImageInvalid`].
pub async fn handle(app: &App, call: Call<SendMessage>) -> Result<Answer, Error> {
    let Call { caller, request: SendMessage { session_id, draft } } = call;
    let pace = Pace { burst: app.config.send_burst, window: app.config.send_window };

    match messages::append(&app.db, caller, session_id, &draft, pace).await? {
        Append::Stored(mut message, audience) => {
            app.images.sign(&mut message).await?;
            Ok(Answer::created(&message)
                .about(session_id)
                .seqs(message.seq, message.seq)
                .then(Delivery::message(&message, audience)))
        }
        Append::Repeated(mut message) => {
            app.images.sign(&mut message).await?;
            Ok(Answer::ok(&message).about(session_id).seqs(message.seq, message.seq))
        }
    }
}
