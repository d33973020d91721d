//! A network with a switch: a way to one of the service's addresses that can be cut.

use std::io;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// The switch; all ways hang on it.
pub struct Switch(watch::Sender<bool>);

impl Switch {
    /// On.
    pub fn new() -> Self {
        Self(watch::Sender::new(true))
    }

    /// Turns it on or off. Off: connections are cut, and new ones end at once.
    pub fn turn(&self, is_on: bool) {
        self.0.send_replace(is_on);
    }

    /// A way to a URL `scheme://host:port/path`, as another URL.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn way_to(&self, url: &str) -> io::Result<String> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let (target, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (target, is_on) = (target.to_owned(), self.0.subscribe());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target.clone(), is_on.clone()));
            }
        });
        Ok(format!("{scheme}://{address}{path}"))
    }
}

async fn carry(mut client: TcpStream, target: String, mut is_on: watch::Receiver<bool>) {
    let carried = async {
        let mut server = TcpStream::connect(target).await?;
        copy_bidirectional(&mut client, &mut server).await
    };
    tokio::select! {
        biased;
        // An error says that the switch is gone, and with it everything else.
        _ = is_on.wait_for(|is_on| !is_on) => {}
        _ = carried => {}
    }
}
