//! A way to a database that counts round trips, and that can be cut, frozen or forget its connections.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::ReadHalf},
    sync::watch,
    task::JoinHandle,
};
use url::Url;

/// A TCP proxy; gone when dropped, with its connections.
pub struct Proxy {
    address: SocketAddr,
    target: Url,
    state: Arc<watch::Sender<State>>,
    flights: Arc<AtomicUsize>,
    forgotten: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Frozen,
    Cut,
    /// Open until the server answers; the answer is lost, and what follows is said here.
    LosesAnswer {
        then_cut: bool,
    },
}

impl Proxy {
    /// A proxy to the server of this URL.
    pub async fn to(target: &Url) -> Self {
        let host = target.host_str().expect("a host");
        let server = format!("{host}:{}", target.port().expect("a port"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let state = Arc::new(watch::Sender::new(State::Open));
        let flights = Arc::<AtomicUsize>::default();
        let forgotten = Arc::<AtomicUsize>::default();
        let way = Way {
            server,
            state: Arc::clone(&state),
            flights: Arc::clone(&flights),
            forgotten: Arc::clone(&forgotten),
        };
        let task = tokio::spawn(accept(listener, way));
        Self { address, target: target.clone(), state, flights, forgotten, task }
    }

    /// The target's URL by way of the proxy.
    #[must_use]
    pub fn url(&self) -> String {
        let mut url = self.target.clone();
        url.set_ip_host(self.address.ip()).expect("the URL has a host");
        url.set_port(Some(self.address.port())).expect("the URL has a port");
        url.to_string()
    }

    /// Closes all connections and those to come.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Keeps connections open, takes new ones, and lets nothing through.
    pub fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    /// Forgets the connections there are, as a network does: what they say is taken and never answered,
    /// and nobody closes them. New ones are carried.
    pub fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::Relaxed);
        self.state.send_modify(|_| {});
    }

    /// Lets one more request reach the server, loses its answer, and closes the connection: the
    /// client cannot know whether it was done. After that everything is open again, or cut.
    pub fn lose_next_answer(&self, then_cut: bool) {
        self.state.send_replace(State::LosesAnswer { then_cut });
    }

    /// Lets everything through again.
    pub fn restore(&self) {
        self.state.send_replace(State::Open);
    }

    /// How often a client has spoken and then waited: its round trips.
    #[must_use]
    pub fn round_trips(&self) -> usize {
        self.flights.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

/// What a connection is carried by.
#[derive(Clone)]
struct Way {
    server: String,
    state: Arc<watch::Sender<State>>,
    flights: Arc<AtomicUsize>,
    /// How often all connections were forgotten.
    forgotten: Arc<AtomicUsize>,
}

async fn accept(listener: TcpListener, way: Way) {
    while let Ok((client, _)) = listener.accept().await {
        let way = way.clone();
        tokio::spawn(async move { carry(client, &way).await.ok() });
    }
}

/// Carries one connection until one side or the proxy ends it.
async fn carry(mut client: TcpStream, way: &Way) -> std::io::Result<()> {
    let Way { server, state, flights, forgotten } = way;
    let born = forgotten.load(Ordering::Relaxed);
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let (mut said, mut answered) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let mut is_clients_turn = true;
    let mut watched = state.subscribe();
    loop {
        let now = *watched.borrow_and_update();
        if forgotten.load(Ordering::Relaxed) != born {
            return swallow(from_client, said).await;
        }
        match now {
            State::Open | State::LosesAnswer { .. } => {}
            State::Cut => return Ok(()),
            State::Frozen => {
                if watched.changed().await.is_err() {
                    return Ok(());
                }
                continue;
            }
        }
        tokio::select! {
            changed = watched.changed() => if changed.is_err() { return Ok(()) },
            read = from_client.read(&mut said) => match read? {
                0 => return Ok(()),
                length => {
                    if is_clients_turn {
                        flights.fetch_add(1, Ordering::Relaxed);
                        is_clients_turn = false;
                    }
                    to_server.write_all(&said[..length]).await?;
                }
            },
            read = from_server.read(&mut answered) => match read? {
                0 => return Ok(()),
                length => {
                    if let State::LosesAnswer { then_cut } = now {
                        state.send_replace(if then_cut { State::Cut } else { State::Open });
                        return Ok(());
                    }
                    is_clients_turn = true;
                    to_client.write_all(&answered[..length]).await?;
                }
            },
        }
    }
}

/// Takes what a client says, until it has nothing more to say.
async fn swallow(mut client: ReadHalf<'_>, mut said: Vec<u8>) -> std::io::Result<()> {
    while client.read(&mut said).await? > 0 {}
    Ok(())
}
