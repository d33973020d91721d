//! A large database.

use crate::place::Place;
use mysql_async::prelude::Queryable as _;

const HISTORY: &str = include_str!("../sql/history.sql");
const PEOPLE: &str = include_str!("../sql/people.sql");

/// Fills the database with five million messages, once.
pub async fn fill(place: &Place) {
    place
        .large
        .get_or_init(async || {
            eprintln!("filling the database with five million messages …");
            let database = place.stack.database().await;
            database.run(HISTORY).await;
            for table in ["chat_sessions", "chat_messages"] {
                database.run(&format!("VACUUM ANALYZE {table}")).await;
            }
            let mut jarvis = place.stack.jarvis().await;
            jarvis.query_drop(PEOPLE).await.expect("an administrator may add people");
            jarvis.disconnect().await.expect("a connection can be closed");
        })
        .await;
}
