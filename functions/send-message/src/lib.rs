//! `POST /sessions/{session_id}/messages`: a participant says something.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    caller::Role,
    delivery::Delivery,
    error::Error,
    fail_point,
    fields::{Fields, Id},
    id::SessionId,
    message::{Content, Draft, ImageKeys, Message},
    store::messages::{self, Append, MayAppend, Pace},
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

    if !draft.images.is_empty() {
        // A stranger's 404 and a retry's answer come before anything is said about images.
        match messages::may_append(&app.db, caller, session_id, &draft).await? {
            MayAppend::Yes if !draft.images.belong_to(caller, session_id) => {
                return Err(Error::ImageNotFound);
            }
            MayAppend::Yes => app.images.verify(&draft.images).await?,
            MayAppend::Repeated(message) => return repeated(app, message).await,
        }
    }
    match messages::append(&app.db, caller, session_id, &draft, pace).await? {
        Append::Stored(mut owed) => {
            fail_point::reach("send-message/committed");
            app.images.sign(&mut owed.message).await?;
            let answer = Answer::created(&owed.message).about(session_id);
            Ok(answer.seqs(owed.message.seq, owed.message.seq).then(Delivery::Message(owed)))
        }
        Append::Repeated(message) => repeated(app, message).await,
    }
}

async fn repeated(app: &App, mut message: Message) -> Result<Answer, Error> {
    app.images.sign(&mut message).await?;
    Ok(Answer::ok(&message).about(message.session_id).seqs(message.seq, message.seq))
}
