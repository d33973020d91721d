//! Many environments of `send-message` connect at once, as after a failover.

use crate::{
    conversation, event,
    pgbench::APPEND,
    place::Place,
    server::{Server, own_memory},
};
use chat_e2e::{Authority, Database};
use futures_util::future::{join_all, try_join_all};
use std::time::{Duration, Instant};
use tokio_postgres::{
    Client, Config, Statement,
    types::{ToSql, Type},
};
use uuid::Uuid;

/// How many connect.
pub const CONNECTIONS: usize = 60;
/// What they say that they are.
const NAME: &str = "storm";
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

const MAY_APPEND: &str = include_str!("../../../shared/src/store/messages/may_append.sql");
const SETTLE: &str = include_str!("../../../shared/src/store/outbox/settle.sql");
const RING: &str = include_str!("../../../shared/src/store/outbox/ring.sql");

/// What `send-message` prepares.
const STATEMENTS: [(&str, &[Type]); 4] = [
    (
        APPEND,
        &[
            Type::INT8,
            Type::TEXT,
            Type::INT8,
            Type::UUID,
            Type::TEXT,
            Type::TEXT_ARRAY,
            Type::INT8,
            Type::FLOAT8,
            Type::FLOAT8,
            Type::FLOAT8,
            Type::TEXT,
            Type::INT8,
            Type::INT8,
        ],
    ),
    (
        MAY_APPEND,
        &[Type::INT8, Type::TEXT, Type::INT8, Type::UUID, Type::TEXT, Type::TEXT_ARRAY, Type::INT8],
    ),
    (
        SETTLE,
        &[
            Type::INT8,
            Type::TEXT,
            Type::INT8,
            Type::TEXT,
            Type::INT8,
            Type::TEXT_ARRAY,
            Type::FLOAT8,
        ],
    ),
    (RING, &[Type::INT8, Type::INT8, Type::FLOAT8]),
];

/// What a connection has cost the server up to here.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Processor time, in milliseconds.
    pub processor: f64,
    /// Memory of its own, in MB.
    pub memory: f64,
}

/// One storm.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// Up to when each connection was open, when everything was prepared on each, and when each had sent
    /// a message, for which its statements were planned.
    pub stages: [Cost; 3],
    /// From the first to when the last was prepared, in milliseconds.
    pub took: f64,
}

/// Connects, prepares and sends, everybody at once, and closes all of it.
pub async fn rage(place: &Place, database: &Database, server: Server) -> Storm {
    let config: Config = place.stack.endpoints().database_url.parse().expect("a valid URL");
    let (before, began) = (server.processor(), Instant::now());
    let authority = place.stack.authority();
    let clients = join_all((0..CONNECTIONS).map(|_| open(authority, &config))).await;
    let backends = backends(database).await;
    let cost = || {
        let memory: f64 = backends.iter().map(|backend| own_memory(*backend)).sum();
        Cost { processor: each(server.processor() - before), memory: each(memory) }
    };
    let opened = cost();
    let prepared = join_all(clients.iter().map(prepare)).await;
    let took = began.elapsed().as_secs_f64() * 1_000.0;
    let all_prepared = cost();
    let sends = clients.iter().zip(&prepared).enumerate();
    join_all(sends.map(|(number, (client, append))| send(client, append, number))).await;
    let stages = [opened, all_prepared, cost()];
    drop(clients);
    while !self::backends(database).await.is_empty() {
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Storm { stages, took }
}

#[allow(clippy::cast_precision_loss, reason = "there are few connections")]
fn each(sum: f64) -> f64 {
    sum / CONNECTIONS as f64
}

async fn open(authority: &Authority, config: &Config) -> Client {
    let config = config.clone().application_name(NAME).to_owned();
    authority.postgres_as(&config).await.expect("there is room for it")
}

/// The processes that serve the storm.
async fn backends(database: &Database) -> Vec<i32> {
    let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = $1";
    let rows = database.query(sql, &[&NAME]).await.expect("the owner may look");
    rows.iter().map(|row| row.get(0)).collect()
}

/// Prepares all statements in one go; the first is the message's.
async fn prepare(client: &Client) -> Statement {
    let prepared = STATEMENTS.iter().map(|(sql, types)| client.prepare_typed(sql, types));
    let mut prepared = try_join_all(prepared).await.expect("the statements are valid");
    prepared.swap_remove(0)
}

async fn send(client: &Client, append: &Statement, number: usize) {
    let session = conversation::session(number);
    let (role, id, images, nobody) = ("customer", Uuid::new_v4(), [""; 0], None::<&str>);
    let (burst, window, lease, read_within) = (30_i64, 1.0, 3_600.0, 60.0);
    let (unsaid, at_once) = (None::<i64>, 1_000_i64);
    let parameters: [&(dyn ToSql + Sync); 13] = [
        &session,
        &role,
        &session,
        &id,
        &event::CONTENT,
        &images.as_slice(),
        &burst,
        &window,
        &lease,
        &read_within,
        &nobody,
        &unsaid,
        &at_once,
    ];
    let rows = client.query(append, &parameters).await.expect("a message can be stored");
    assert_eq!(rows[0].get::<_, &str>("verdict"), "stored");
}
