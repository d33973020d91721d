//! A gate on the way to one of the stack's parts: closed, it holds what is asked until it is opened,
//! and forgets what was asked by someone who has died meanwhile.

use crate::eventually::{SOON, eventually};
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::watch,
};

/// A TCP proxy on a thread of its own, open at first.
pub struct Gate {
    address: SocketAddr,
    is_open: watch::Sender<bool>,
    target: watch::Sender<Option<String>>,
    held: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Way {
    is_open: watch::Receiver<bool>,
    target: watch::Receiver<Option<String>>,
    held: Arc<AtomicUsize>,
}

impl Gate {
    /// A gate that leads nowhere yet.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn new() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (is_open, open) = watch::channel(true);
        let (target, to) = watch::channel(None);
        let held = Arc::<AtomicUsize>::default();
        let way = Way { is_open: open, target: to, held: Arc::clone(&held) };
        let threads = Builder::new_current_thread().enable_all().build()?;
        thread::spawn(move || threads.block_on(serve(listener, way)));
        Ok(Self { address, is_open, target, held })
    }

    /// Where the gate is, as `host:port`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Connections lead to this `host:port` from now on.
    pub fn lead_to(&self, target: &str) {
        self.target.send_replace(Some(target.to_owned()));
    }

    /// Holds what is asked from now on.
    pub fn close(&self) {
        self.is_open.send_replace(false);
    }

    /// Lets through what was held, and everything after it.
    pub fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// Waits until something is held.
    pub async fn holds(&self) {
        let held = async || (self.held.load(Ordering::SeqCst) > 0).then_some(());
        eventually("something asked at the gate", SOON, held).await;
    }

    /// Waits until nothing is held: whoever asked has died, or the gate is open.
    pub async fn holds_nothing(&self) {
        let held = async || (self.held.load(Ordering::SeqCst) == 0).then_some(());
        eventually("nothing left at the gate", SOON, held).await;
    }
}

async fn serve(listener: std::net::TcpListener, way: Way) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((client, _)) = listener.accept().await {
        let way = way.clone();
        tokio::spawn(async move { carry(client, way).await.ok() });
    }
}

/// Carries one connection until one side ends it.
async fn carry(mut client: TcpStream, mut way: Way) -> io::Result<()> {
    let Some(target) = way.target.borrow().clone() else { return Ok(()) };
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut said, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut said) => match read? {
                0 => return Ok(()),
                length => {
                    if !pass(&mut client, &mut way).await? {
                        return Ok(());
                    }
                    server.write_all(&said[..length]).await?;
                }
            },
            read = server.read(&mut answered) => match read? {
                0 => return Ok(()),
                length => client.write_all(&answered[..length]).await?,
            },
        }
    }
}

/// Waits until the gate is open; false when the client goes away first.
async fn pass(client: &mut TcpStream, way: &mut Way) -> io::Result<bool> {
    if *way.is_open.borrow_and_update() {
        return Ok(true);
    }
    way.held.fetch_add(1, Ordering::SeqCst);
    let mut more = [0; 1];
    let result = tokio::select! {
        opened = way.is_open.wait_for(|open| *open) => Ok(opened.is_ok()),
        // Someone who waits for an answer says nothing more; an end of the stream is their end.
        gone = client.peek(&mut more) => gone.map(|_| false),
    };
    way.held.fetch_sub(1, Ordering::SeqCst);
    result
}
