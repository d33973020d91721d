//! What both sides were not told of a session: the function that changed it has died, or is slow.

use crate::deliver::{Outcome, PARKED_AFTER, isolated};
use chat::{
    app::App,
    delivery::news::{IfDropped, News},
    directory::Names,
    error::Error,
    store::news::{self, Kind, Record, Untold},
};
use futures_util::future::join_all;
use std::time::Duration;

/// How long a frame is sent again that the gateway gives up.
const TRIED_FOR: Duration = Duration::from_mins(2);

/// Tells of taken changes, all at once. Whatever goes wrong with one stays with it.
pub(crate) async fn tell_all(
    app: &App,
    batch: Vec<Result<Untold, (Record, Error)>>,
) -> Vec<Outcome> {
    let shows_names = |untold: &&Untold| !matches!(untold.change.record.kind, Kind::Read(_));
    let sessions = batch.iter().flatten().filter(shows_names).map(|untold| &untold.session);
    let people: Vec<_> =
        sessions.map(|session| (session.customer_id, session.dentist_id)).collect();
    let names = app.directory.names(&people).await;
    join_all(batch.into_iter().map(|taken| tell(app, taken, &names))).await
}

async fn tell(app: &App, taken: Result<Untold, (Record, Error)>, names: &Names) -> Outcome {
    let mut untold = match taken {
        Ok(untold) => untold,
        Err((record, error)) => return give_up(app, record, &error).await,
    };
    let (record, age) = (untold.change.record, untold.age);
    let if_dropped = if age > TRIED_FOR { IfDropped::Settle } else { IfDropped::Leave };
    let told = isolated(async {
        if let Some(message) = &mut untold.session.last_message {
            app.images.sign(message).await?;
        }
        News::again(untold, names).tell(app, if_dropped).await
    });
    match Box::pin(told).await {
        Ok(true) => Outcome::Settled,
        Ok(false) => Outcome::Left,
        Err(error) if age > PARKED_AFTER => give_up(app, record, &error).await,
        Err(error) => {
            let (session, kind) = (record.session.get(), record.kind.as_str());
            tracing::warn!(target: "chat", session, kind, code = error.code(),
                "a session's news is left for later");
            Outcome::Left
        }
    }
}

/// Parks a record for a person to look at.
async fn give_up(app: &App, record: Record, error: &Error) -> Outcome {
    let cause = error.cause().map(ToString::to_string);
    let (session, kind) = (record.session.get(), record.kind.as_str());
    tracing::error!(target: "chat", session, kind, code = error.code(), cause,
        "a session's news is parked");
    match news::park(&app.db, record).await {
        Ok(()) => Outcome::Parked,
        Err(_) => Outcome::Left,
    }
}
