//! A server that responds to each create with the bytes it is given, and a client for it.

use std::sync::{Arc, Mutex};

use super::body::URL;
use hb_portal::{Client, CreateError, CreatedWebhook, RetryPolicy};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};

/// A response, of which only a part may arrive. The announced length is that of the whole body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Header lines besides the length, each with its line ending.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) reaches: usize,
}

impl Reply {
    pub(crate) fn whole(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let head = "content-type: application/json\r\n".to_owned();
        Self { status, head, reaches: body.len(), body }
    }
}

/// The server, its client, and the runtime of both. Connections are kept alive, so that thousands of responses take
/// only seconds.
pub(crate) struct Server {
    runtime: Runtime,
    client: Client,
    reply: Arc<Mutex<Reply>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let base_url = format!("http://{}/api/v2", listener.local_addr().unwrap());
        let reply = Arc::new(Mutex::new(Reply::default()));
        let replies = Arc::clone(&reply);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&replies)));
            }
        });
        let client =
            Client::builder().base_url(&base_url).access_token("token").retry(RetryPolicy::none()).build().unwrap();
        Self { runtime, client, reply }
    }

    /// Returns the outcome of a create whose response is `reply`.
    pub(crate) fn create(&self, reply: Reply) -> Result<CreatedWebhook, CreateError> {
        *self.reply.lock().unwrap() = reply;
        let call = self.client.webhooks().create(URL, ["reference.submitted"]);
        self.runtime.block_on(call.send())
    }
}

/// Responds to one request after the other, until a response is cut off.
async fn serve(mut stream: TcpStream, replies: Arc<Mutex<Reply>>) {
    let mut request = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = end_of_request(&request) {
                break end;
            }
            if !matches!(stream.read_buf(&mut request).await, Ok(1..)) {
                return;
            }
        };
        request.drain(..end);
        let Reply { status, head, body, reaches } = replies.lock().unwrap().clone();
        let head = format!("HTTP/1.1 {status} OK\r\n{head}content-length: {}\r\n\r\n", body.len());
        let response = [head.as_bytes(), &body[..reaches]].concat();
        if stream.write_all(&response).await.is_err() || reaches < body.len() {
            return;
        }
    }
}

fn end_of_request(request: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(request).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())?;
    (body.len() >= length).then_some(head.len() + 4 + length)
}
