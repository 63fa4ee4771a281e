//! A server that records the raw bytes of each request and always sends the same response.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A server on loopback, stopped when dropped.
#[derive(Debug)]
pub struct Capture {
    origin: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Capture {
    /// Starts a server that sends the same response to every request: a status line with its reason, headers, and a
    /// body.
    ///
    /// # Errors
    ///
    /// Fails if no port is available.
    pub async fn start(status: &str, headers: &str, body: impl Into<Vec<u8>>) -> io::Result<Self> {
        let body = body.into();
        let mut response =
            format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len())
                .into_bytes();
        response.extend(body);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = serve(stream, &response, &log).await;
            }
        });
        Ok(Self { origin, requests, task })
    }

    /// Returns the scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the requests as they arrived, with heads and bodies.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no holder panics").clone()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, response: &[u8], log: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut request = Vec::new();
    while !is_complete(&request) {
        if stream.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    log.lock().expect("no holder panics").push(String::from_utf8_lossy(&request).into_owned());
    stream.write_all(response).await?;
    stream.shutdown().await
}

/// Returns whether the head and the announced number of body bytes have arrived.
fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}
