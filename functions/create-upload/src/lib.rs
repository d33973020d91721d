//! `POST /sessions/{session_id}/uploads`: a participant is about to send an image.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    caller::Role,
    error::Error,
    fields::{Bounded, Fields, Id},
    id::SessionId,
    session::Status,
    store::sessions,
    upload::{ImageType, MAX_IMAGE_BYTES},
};

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
/// is deleted by the bucket.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::SessionArchived`].
pub async fn handle(app: &App, call: Call<CreateUpload>) -> Result<Answer, Error> {
    let Call { caller, request: CreateUpload { session_id, content_type, content_length } } = call;
    match sessions::status(&app.db, caller, session_id).await? {
        Status::Archived => Err(Error::SessionArchived),
        Status::Active => {
            let upload = app.images.sign_upload(caller, session_id, content_type, content_length);
            Ok(Answer::created(&upload.await?).about(session_id))
        }
    }
}
