//! `POST /sessions`: a customer turns to a dentist, or a dentist to a customer they know.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    caller::Caller,
    delivery::{Delivery, Frames},
    error::Error,
    fields::{Fields, Id},
    id::{CustomerId, DentistId},
    identity::Role,
    session::Session,
    store::{
        Statement, connections,
        outbox::{self, FrameRow},
        sessions,
    },
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[
    &sessions::FIND_PAIR,
    &sessions::CREATE,
    &sessions::GET,
    &outbox::SETTLE,
    &connections::FORGET_GONE,
];

/// The other side of the new session.
#[derive(Debug)]
pub struct CreateSession {
    other: i64,
}

impl Request for CreateSession {
    const HAS_BODY: bool = true;

    fn read(fields: &mut Fields, role: Role) -> Option<Self> {
        let other = match role {
            Role::Customer => fields.body("dentist_id"),
            Role::Dentist => fields.body("customer_id"),
        };
        other.map(|Id(other)| Self { other })
    }
}

/// Answers with the pair's active session: 201 when it is new, 200 when it existed. Both sides'
/// frames follow after the answer.
///
/// # Errors
/// [`Error::UnknownDentist`]; [`Error::UnknownCustomer`], also for a customer with whom the dentist
/// never had a session; [`Error::DirectoryUnavailable`] when the other side cannot be looked up.
pub async fn handle(
    app: &App,
    call: Call<CreateSession>,
) -> Result<Answer<Option<Delivery>>, Error> {
    let Call { caller, request: CreateSession { other }, connection } = call;
    let (customer, dentist): (CustomerId, DentistId) = match caller.role() {
        Role::Customer => (caller.id().into(), other.into()),
        Role::Dentist => (other.into(), caller.id().into()),
    };

    let pair = sessions::find_pair(&app.db, caller, customer, dentist).await?;
    if let Some(session) = pair.active {
        return present(app, caller, session, None).await;
    }
    match caller.role() {
        Role::Customer if !app.directory.dentist_exists(dentist).await? => {
            return Err(Error::UnknownDentist);
        }
        Role::Dentist if !pair.acquainted || !app.directory.customer_exists(customer).await? => {
            return Err(Error::UnknownCustomer);
        }
        Role::Customer | Role::Dentist => {}
    }
    let connection = connection.as_deref();
    let created = sessions::create(&app.db, caller, customer, dentist, connection).await?;
    let (session, Some(row)) = created else {
        // Someone else was quicker, and may have written in it since.
        let session = sessions::get_one(&app.db, caller, created.0.id).await?;
        return present(app, caller, session, None).await;
    };
    present(app, caller, session, Some(row)).await
}

/// The session in the caller's view, and in each side's own when it is new.
async fn present(
    app: &App,
    caller: Caller,
    session: Session,
    row: Option<FrameRow>,
) -> Result<Answer<Option<Delivery>>, Error> {
    let names = app.directory.names(&[(session.customer_id, session.dentist_id)]).await;
    let session = app.bucket.show_session(session).await?;
    let view = session.view(caller.role(), &names);
    let Some(row) = row else { return Ok(Answer::ok(&view)?.about(session.id).then(None)) };
    let frames = Frames::of_session(row, &session, &names)?;
    Ok(Answer::created(&view)?.about(session.id).then(Some(frames.into())))
}
