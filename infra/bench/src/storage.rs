//! What messages leave behind: WAL, storage, and how many updates were HOT, with pages as full as the
//! schema has them and quite full.

use crate::{
    conversation::{self, Part},
    counters::Counters,
    pgbench::{self, Amount},
    place::Place,
    report::Report,
    senders,
};
use chat_e2e::Database;

const CLIENTS: usize = 16;
/// Of each client: more than 50,000 in all.
const MESSAGES: usize = 3_200;
/// So many of each client, and the first of them find that what they read was written.
const BEFORE: usize = 70;
/// Things said over connections, of each client.
const HEARD: usize = 600;

/// Tables whose pages the schema leaves room on.
const TABLES: [&str; 4] = ["chat_sessions", "chat_messages", "outbox", "websocket_connections"];

/// As `sql/counters.sql` calls the statements of a message.
const PARTS: [&str; 4] = ["append", "settle", "page", "mark"];

/// Of one message, in KB.
pub struct Kept {
    /// WAL.
    pub wal: f64,
    /// Rows and indexes of `chat_messages`.
    pub storage: f64,
}

/// With the schema's fillfactors, then with 100.
pub async fn run(place: &Place, database: &Database, report: &mut Report) -> Kept {
    let own = fillfactors(database).await;
    let schemas = leave(place, database).await;
    fill(database, &TABLES.map(|table| (table, 100))).await;
    let full = leave(place, database).await;
    fill(database, &own).await;

    for part in PARTS {
        let calls = schemas.a_message(&format!("calls of {part}"));
        report.row(format!("round trips of {part}"), "a message", vec![calls]);
    }
    for part in PARTS {
        let wal = schemas.a_message(&format!("WAL of {part}"));
        report.row(format!("WAL of {part}"), "KB a message", vec![wal]);
    }
    let wal = report.row("WAL in all", "KB a message", vec![schemas.a_message("WAL")]);
    let rows = schemas.a_message("rows of chat_messages");
    let indexes = schemas.a_message("indexes of chat_messages");
    report.row("storage, rows", "KB a message", vec![rows]);
    report.row("storage, indexes", "KB a message", vec![indexes]);
    say(report, &schemas, "fillfactor of the schema");
    say(report, &full, "fillfactor 100");
    Kept { wal, storage: rows + indexes }
}

/// What the fillfactors make a difference to.
fn say(report: &mut Report, counters: &Counters, filled: &str) {
    for table in TABLES {
        let updates = counters.of(&format!("updates of {table}"));
        let hot = counters.of(&format!("HOT updates of {table}")) / updates * 100.0;
        // Where everything goes well, no row of the outbox is updated.
        if updates > 0.0 {
            report.row(format!("HOT updates of {table}, {filled}"), "%", vec![hot]);
        }
    }
    let wal = counters.a_message("WAL");
    report.row(format!("WAL in all, {filled}"), "KB a message", vec![wal]);
    let full_pages = counters.a_message("full pages");
    report.row(format!("full pages in the WAL, {filled}"), "a message", vec![full_pages]);
    for table in ["chat_sessions", "outbox"] {
        let kinds = ["rows of ", "indexes of "];
        let grown: f64 = kinds.iter().map(|kind| counters.of(&format!("{kind}{table}"))).sum();
        report.row(format!("growth of {table}, {filled}"), "MB", vec![grown / 1e3]);
    }
}

/// What the server counted of the messages.
async fn leave(place: &Place, database: &Database) -> Counters {
    conversation::renew(database).await;
    let script = conversation::script(Part::Everything, CLIENTS);
    pgbench::run(place, &script, CLIENTS, Amount::Transactions(BEFORE)).await;
    let before = Counters::now(database).await;
    pgbench::run(place, &script, CLIENTS, Amount::Transactions(MESSAGES)).await;
    pgbench::run(place, &conversation::hear(), CLIENTS, Amount::Transactions(HEARD)).await;
    let left = Counters::now(database).await.since(&before);
    let sent = f64::from(u32::try_from(CLIENTS * MESSAGES).unwrap_or(u32::MAX));
    assert!((left.of("messages") - sent).abs() < 0.5, "a message was not stored");
    senders::assert_no_gaps(place, conversation::sessions()).await;
    left
}

async fn fillfactors(database: &Database) -> [(&'static str, i64); 4] {
    let mut fillfactors = TABLES.map(|table| (table, 100));
    for (table, fillfactor) in &mut fillfactors {
        let sql = format!(
            "SELECT coalesce((SELECT option_value::bigint FROM pg_class, pg_options_to_table(reloptions)
                              WHERE oid = '{table}'::regclass AND option_name = 'fillfactor'), 100)"
        );
        *fillfactor = database.number(&sql).await;
    }
    fillfactors
}

async fn fill(database: &Database, fillfactors: &[(&str, i64)]) {
    for (table, fillfactor) in fillfactors {
        database.run(&format!("ALTER TABLE {table} SET (fillfactor = {fillfactor})")).await;
    }
}
