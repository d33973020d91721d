//! A network that can be away, or lose answers.

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What a network is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkState {
    /// As it should be.
    Fine,
    /// Connections are cut and refused.
    Away,
    /// What is asked gets through; the connection is cut when it is answered.
    Forgetful,
    /// Connections stay, and nothing passes.
    Silent,
}

/// The way to one of the service's addresses.
#[derive(Debug)]
pub struct Network {
    url: String,
    state: watch::Sender<NetworkState>,
}

impl Network {
    /// A way to a URL, on a port of its own.
    pub async fn to(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (target, path) = rest.split_once('/').unwrap_or((rest, ""));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (state, seen) = watch::channel(NetworkState::Fine);
        let target = target.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target.clone(), seen.clone()));
            }
        });
        let url = format!("{scheme}://{address}/{path}");
        Self { url: url.trim_end_matches('/').to_owned(), state }
    }

    /// The URL to use instead.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Is like this from now on.
    pub fn set(&self, state: NetworkState) {
        self.state.send_replace(state);
    }

    /// Cuts connections, and refuses new ones.
    pub fn goes_away(&self) {
        self.set(NetworkState::Away);
    }

    /// Cuts connections, and from now on each where it would be answered.
    pub fn forgets_answers(&self) {
        self.set(NetworkState::Forgetful);
    }

    /// Keeps connections, and lets nothing pass.
    pub fn falls_silent(&self) {
        self.set(NetworkState::Silent);
    }

    /// Is a network again.
    pub fn comes_back(&self) {
        self.set(NetworkState::Fine);
    }
}

/// Carries one connection, until its network is another one than when it began.
async fn carry(mut client: TcpStream, target: String, seen: watch::Receiver<NetworkState>) {
    let began = *seen.borrow();
    let carried = async {
        let mut server = TcpStream::connect(target).await.ok()?;
        match began {
            NetworkState::Fine => {
                copy_bidirectional(&mut client, &mut server).await.ok().map(|_| ())
            }
            NetworkState::Forgetful => forget(&mut client, &mut server).await,
            NetworkState::Away => None,
            NetworkState::Silent => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = carried => {}
        // What is said from now on stays here.
        () = becomes(seen.clone(), |now| now == NetworkState::Silent) => {
            becomes(seen.clone(), |now| now != NetworkState::Silent).await;
        }
        () = becomes(seen.clone(), |now| now != began && now != NetworkState::Silent) => {}
    }
}

async fn becomes(mut seen: watch::Receiver<NetworkState>, is_it: impl Fn(NetworkState) -> bool) {
    // Without the other end, there is no network any more.
    let _ = seen.wait_for(|now| is_it(*now)).await;
}

/// Passes on what the client says until the server answers.
async fn forget(client: &mut TcpStream, server: &mut TcpStream) -> Option<()> {
    let (mut said, mut answered) = (vec![0; 64 * 1024], [0; 1]);
    loop {
        tokio::select! {
            read = client.read(&mut said) => match read.ok()? {
                0 => return None,
                length => server.write_all(&said[..length]).await.ok()?,
            },
            _ = server.read(&mut answered) => return None,
        }
    }
}
