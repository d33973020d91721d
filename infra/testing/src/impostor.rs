//! A listener that says it is a database or a web server, and keeps everything that it is told.

use std::{
    io,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What it says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL.
    MySql,
    /// A web server, over TLS from the first byte on.
    Http,
}

/// The listener; gone when dropped.
pub struct Impostor {
    dialect: Dialect,
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Impostor {
    /// The password in its URL: nobody else's, so that it is known wherever it turns up.
    pub const PASSWORD: &str = "canary-of-a-password";
    /// The user in its URL, which is the first that a driver says of itself.
    pub const USER: &str = "canary-of-a-user";

    /// Starts it on a free port, offering TLS with this configuration, or none.
    pub async fn start(dialect: Dialect, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let ears = Ears(Arc::clone(&heard));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (ears, tls) = (ears.clone(), tls.clone());
                // Whoever hangs up is no news: what was said until then is kept.
                tokio::spawn(async move { ears.serve(dialect, stream, tls).await.ok() });
            }
        });
        Self { dialect, port, heard, task }
    }

    /// Where it is, with a password.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = match self.dialect {
            Dialect::Postgres => "postgres",
            Dialect::MySql => "mysql",
            Dialect::Http => "https",
        };
        format!("{scheme}://{}:{}@127.0.0.1:{}/chat", Self::USER, Self::PASSWORD, self.port)
    }

    /// Whether it was told this, in the clear or over TLS.
    #[must_use]
    pub fn heard(&self, what: &str) -> bool {
        let heard = self.heard.lock().expect("no panics");
        heard.windows(what.len()).any(|window| window == what.as_bytes())
    }

    /// Whether anyone came.
    #[must_use]
    pub fn was_called(&self) -> bool {
        !self.heard.lock().expect("no panics").is_empty()
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Ears(Arc<Mutex<Vec<u8>>>);

impl Ears {
    async fn serve(
        &self,
        dialect: Dialect,
        mut stream: TcpStream,
        tls: Option<Arc<ServerConfig>>,
    ) -> io::Result<()> {
        match dialect {
            Dialect::Postgres => {
                self.listen(&mut stream).await?;
                stream.write_all(if tls.is_some() { b"S" } else { b"N" }).await?;
            }
            Dialect::MySql => {
                stream.write_all(&greeting(tls.is_some())).await?;
                // SSLRequest, and not the handshake of TLS that comes along with it.
                let mut request = [0; 36];
                stream.read_exact(&mut request).await?;
                self.keep(&request);
            }
            Dialect::Http => {}
        }
        match tls {
            None => self.ask(dialect, &mut stream).await,
            Some(tls) => {
                let mut stream = TlsAcceptor::from(tls).accept(stream).await?;
                self.ask(dialect, &mut stream).await
            }
        }
    }

    /// Asks for the password as it is, and listens to whatever comes.
    async fn ask(
        &self,
        dialect: Dialect,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ) -> io::Result<()> {
        self.listen(stream).await?;
        match dialect {
            // AuthenticationCleartextPassword.
            Dialect::Postgres => stream.write_all(b"R\0\0\0\x08\0\0\0\x03").await?,
            // AuthSwitchRequest.
            Dialect::MySql => stream.write_all(b"\x16\0\0\x03\xfemysql_clear_password\0").await?,
            Dialect::Http => stream.write_all(b"HTTP/1.1 401 Unauthorized\r\n\r\n").await?,
        }
        stream.flush().await?;
        while self.listen(stream).await? > 0 {}
        Ok(())
    }

    async fn listen(&self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        let mut said = [0; 4096];
        let length = stream.read(&mut said).await?;
        self.keep(&said[..length]);
        Ok(length)
    }

    fn keep(&self, said: &[u8]) {
        self.0.lock().expect("no panics").extend_from_slice(said);
    }
}

/// The first packet of a MySQL server (protocol version 10).
fn greeting(offers_tls: bool) -> Vec<u8> {
    // LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH; SSL.
    let capabilities: u32 = 0x0008_A209 | if offers_tls { 0x0800 } else { 0 };
    let [a, b, c, d] = capabilities.to_le_bytes();
    let mut payload = b"\x0a8.0.36\0\x01\0\0\0abcdefgh\0".to_vec();
    payload.extend_from_slice(&[a, b, 45, 2, 0, c, d, 21]);
    payload.extend_from_slice(&[0; 10]);
    payload.extend_from_slice(b"ijklmnopqrst\0mysql_native_password\0");
    let length = u8::try_from(payload.len()).expect("a short packet");
    [&[length, 0, 0, 0], payload.as_slice()].concat()
}
