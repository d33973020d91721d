//! `POST /sessions/{session_id}/uploads`: a participant is about to send an image.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    error::Error,
    fields::{Bounded, Fields, Id},
    id::SessionId,
    identity::Role,
    image::{ImageType, MAX_IMAGE_BYTES},
    message::Pace,
    store::{Statement, sessions},
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&sessions::MAY_UPLOAD];

/// What the client is going to upload.
#[derive(Debug)]
pub struct CreateUpload {
    session_id: SessionId,
    content_type: ImageType,
    content_length: i64,
}

impl Request for CreateUpload {
    const HAS_BODY: bool = true;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let session_id = fields.path("session_id").map(|Id(id)| id.into());
        let content_type = fields.body("content_type");
        let content_length = fields.body("content_length");
        let content_length = content_length.map(|Bounded::<1, MAX_IMAGE_BYTES>(length)| length);
        Some(Self {
            session_id: session_id?,
            content_type: content_type?,
            content_length: content_length?,
        })
    }
}

/// Answers with a request to S3 that works once, for five minutes. An upload that no message takes
/// is deleted by the bucket. It counts as a send, so that nobody uploads without end.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::SessionArchived`];
/// [`Error::RateLimited`].
pub async fn handle(app: &App, call: Call<CreateUpload>) -> Result<Answer, Error> {
    let Call { caller, request, .. } = call;
    let CreateUpload { session_id, content_type, content_length } = request;
    let pace = Pace { burst: app.config.send_burst, window: app.config.send_window };
    sessions::may_upload(&app.db, caller, session_id, pace).await?;
    let upload = app.bucket.sign_upload(caller, session_id, content_type, content_length).await?;
    Ok(Answer::created(&upload)?.about(session_id))
}
