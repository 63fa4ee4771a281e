//! A portal in blocking code with full control of its packets: each response is sent in the given segments.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufRead as _, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tokio::sync::oneshot;

use super::{
    responses::{Response, Then},
    watch,
};

/// A server that sends the given responses in order. It ends once it has sent them and the client has closed its
/// connection.
pub struct Server {
    pub address: SocketAddr,
    /// Sent when the client has read a response after which nothing is sent.
    pub read: oneshot::Receiver<()>,
    pub thread: JoinHandle<()>,
}

impl Server {
    /// Starts a server, with TLS if there is a configuration for it. It makes its responses itself, because data that
    /// this leaves on a stack can get into a future, and so onto the heap.
    pub fn start(
        responses: impl FnOnce() -> VecDeque<Response> + Send + 'static,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (all_read, read) = oneshot::channel();
        let thread = thread::spawn(move || {
            watch::leave_out_this_thread();
            let (mut responses, mut all_read) = (responses(), Some(all_read));
            while !responses.is_empty() {
                let (stream, _) = listener.accept().unwrap();
                stream.set_nodelay(true).unwrap();
                match &tls {
                    None => serve(stream, &mut responses, &mut all_read),
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                        serve(StreamOwned::new(connection, stream), &mut responses, &mut all_read);
                    }
                }
            }
        });
        Self { address, read, thread }
    }
}

trait Wire: Read + Write {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for StreamOwned<ServerConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

/// Serves one connection.
fn serve(mut wire: impl Wire, responses: &mut VecDeque<Response>, all_read: &mut Option<oneshot::Sender<()>>) {
    while take_request(&mut wire) {
        let Some(response) = responses.pop_front() else { return };
        for (index, segment) in response.segments.iter().enumerate() {
            if index > 0 {
                wait_until_read(wire.socket());
            }
            // A client that has read enough closes its end.
            if wire.write_all(segment).and_then(|()| wire.flush()).is_err() {
                return;
            }
        }
        match response.then {
            Then::Next => {}
            Then::Close => return,
            Then::Stay => {
                wait_until_read(wire.socket());
                all_read.take().unwrap().send(()).unwrap();
            }
        }
    }
}

/// Reads one complete request; `false` if there is no other request.
fn take_request(wire: &mut impl Read) -> bool {
    let mut request = [0; 16 * 1024];
    let mut length = 0;
    loop {
        match wire.read(&mut request[length..]) {
            Ok(0) | Err(_) => return false,
            Ok(read) => length += read,
        }
        if is_whole(&request[..length]) {
            return true;
        }
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = std::str::from_utf8(request).unwrap();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    body.len() == length.unwrap()
}

/// Returns once the client has taken everything that was written out of its socket, so that it reads the next segment
/// separately. On other systems than Linux this cannot be observed, and the client may read both at once.
fn wait_until_read(socket: &TcpStream) {
    // The client may reset the connection, and then the socket has no peer.
    while let (Ok(here), Ok(there)) = (socket.local_addr(), socket.peer_addr()) {
        let Ok(written) = queues(&here, &there) else { return };
        // Looked at later, so that everything has arrived there.
        let Ok(received) = queues(&there, &here) else { return };
        // An end can be missing, because the table changes while it is read.
        if matches!((written, received), (Some((0, _)), Some((_, 0)))) {
            return;
        }
        thread::yield_now();
    }
}

/// Returns how many bytes the kernel holds for one end of a connection: bytes written but not acknowledged, and bytes
/// received but not read.
fn queues(local: &SocketAddr, remote: &SocketAddr) -> io::Result<Option<(u64, u64)>> {
    let table = BufReader::new(File::open("/proc/net/tcp")?);
    let (local, remote) = (hexadecimal(local), hexadecimal(remote));
    Ok(table.lines().find_map(|line| {
        let line = line.ok()?;
        let mut fields = line.split_whitespace().skip(1);
        if fields.next()? != local || fields.next()? != remote {
            return None;
        }
        let (written, unread) = fields.nth(1)?.split_once(':')?;
        Some((u64::from_str_radix(written, 16).ok()?, u64::from_str_radix(unread, 16).ok()?))
    }))
}

/// Formats an address as in the kernel's table.
fn hexadecimal(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => {
            format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
        }
        SocketAddr::V6(_) => unreachable!("the server listens on 127.0.0.1"),
    }
}
