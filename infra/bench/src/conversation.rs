//! Messages with everything that belongs to them, as scripts for pgbench.

use crate::pgbench::{APPEND, APPEND_PARAMETERS, NOBODY, Script, bind};
use chat_e2e::Database;

const SETTLE: &str = include_str!("../../../shared/src/store/outbox/settle.sql");
const PAGE: &str = include_str!("../../../shared/src/store/messages/page.sql");
const MARK_READ: &str = include_str!("../../../shared/src/store/messages/mark_read.sql");
const HEAR: &str = include_str!("../../../shared/src/store/connections/hear.sql");

const SEED: &str = include_str!("../sql/conversations.sql");
/// Tables that the scripts fill.
pub const TABLES: &str =
    "chat_sessions, chat_messages, outbox, read_marks, sender_acts, websocket_connections";
/// The first of the sessions.
const FIRST: i64 = 3_000_000;
/// How many there are.
const SESSIONS: usize = 2_000;

/// How much of a message is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It is stored; its outbox row stays, due in an hour.
    Send,
    /// It is stored, and its outbox row settled.
    Settled,
    /// It is stored and settled; and a page with another is read, marked as read, and the mark settled.
    Everything,
}

/// Makes the sessions anew, in the place of whatever is there.
pub async fn renew(database: &Database) {
    database.run(&format!("TRUNCATE {TABLES}")).await;
    database.run(SEED).await;
    for table in TABLES.split(", ") {
        database.run(&format!("VACUUM ANALYZE {table}")).await;
    }
}

/// One of the sessions; the customer's id is the same.
pub fn session(number: usize) -> i64 {
    FIRST + i64::try_from(number % SESSIONS).unwrap_or_default()
}

/// The first and the last of them.
pub fn sessions() -> (i64, i64) {
    (session(0), session(SESSIONS - 1))
}

/// A script of so many clients, none of which writes in another's sessions.
///
/// A message is read when half of the client's sessions have had another: its page of the table is full
/// by then, as it is when people take their time.
pub fn script(part: Part, clients: usize) -> Script {
    let each = SESSIONS / clients;
    let parts: &[String] = match part {
        Part::Send => &[send()],
        Part::Settled => &[send(), settle_message()],
        Part::Everything => &[send(), settle_message(), page(), mark_read(), settle_mark()],
    };
    // 7919 is a prime: neighbors in time are none in the table.
    let text = "\\set turn :turn + 1\n\
         \\set session :first + :client_id * :each + (:turn * 7919) % :each\n\
         \\set sender :first + :session % 100\n\
         \\set read :first + :client_id * :each + ((:turn + :each / 2) * 7919) % :each\n\
         \\set id_begins random(1000000000000000, 9999999999999999)\n\
         \\set id_ends random(1000000000000000, 9999999999999999)\n"
        .to_owned()
        + &parts.concat();
    Script::new(text, variables(part, each))
}

fn variables(part: Part, each: usize) -> Vec<(&'static str, String)> {
    let lease = if part == Part::Send { "3600" } else { "2" };
    let variables = [
        ("turn", "0"),
        ("first", &FIRST.to_string()),
        ("each", &each.to_string()),
        ("role", "dentist"),
        ("reader", "customer"),
        ("content", crate::event::CONTENT),
        ("images", "{}"),
        // The pace is looked at, and in so short a window never exceeded.
        ("burst", "30"),
        ("window", "1"),
        ("lease", lease),
        ("read_within", "60"),
        ("elapsed", "0.002"),
        ("nobody", "nobody"),
        ("newest", "newest"),
        ("limit", "50"),
        ("unsaid", "0"),
        ("at_once", "1000"),
    ];
    variables.map(|(name, value)| (name, value.to_owned())).into()
}

/// A script that has any of the customers say something over their connection.
pub fn hear() -> Script {
    let (first, last) = sessions();
    let text = format!("\\set customer random({first}, {last})\n")
        + &bind(HEAR, &["('customer-' || :customer::text)", ":most::bigint"])
        + ";\n";
    Script::new(text, vec![("most", "60".to_owned())])
}

fn send() -> String {
    bind(APPEND, &APPEND_PARAMETERS) + "\n\\gset sent_\n"
}

fn settle_message() -> String {
    let parameters = [
        ":session::bigint",
        "'message'",
        ":sent_seq::bigint",
        "'frames'",
        ":sent_version::bigint",
        "(:sent_customer_connections::text[] || :sent_dentist_connections::text[])",
        ":elapsed::float8",
    ];
    bind(SETTLE, &parameters) + ";\n"
}

fn page() -> String {
    let parameters = [
        ":read::bigint",
        ":reader::text",
        ":read::bigint",
        ":newest::text",
        "0::bigint",
        ":limit::bigint",
    ];
    // The marks are in each of its rows.
    bind(PAGE, &parameters) + "\n\\aset page_\n"
}

fn mark_read() -> String {
    let parameters = [
        ":read::bigint",
        ":reader::text",
        ":read::bigint",
        ":page_last_seq::bigint",
        ":lease::float8",
        ":at_once::bigint",
        NOBODY,
    ];
    bind(MARK_READ, &parameters) + "\n\\gset mark_\n"
}

fn settle_mark() -> String {
    let parameters = [
        ":read::bigint",
        "'customer_read'",
        "0::bigint",
        "'frames'",
        // Empty where nothing was unread.
        "nullif(:mark_version::text, '')::bigint",
        "(:mark_customer_connections::text[] || :mark_dentist_connections::text[])",
        ":elapsed::float8",
    ];
    bind(SETTLE, &parameters) + ";\n"
}
