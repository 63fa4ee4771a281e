//! One request to a receiver, and the status of its response.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::target::Target;

/// The maximum length of a status line.
const LINE: usize = 256;

/// The parts of a delivery that was sent, so that it can be replayed byte for byte.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Sends a delivery, and returns the status of the response.
pub(crate) async fn post(target: &Target, sent: &Sent) -> io::Result<u16> {
    let mut stream = TcpStream::connect(target.address).await?;
    let (mut reader, mut writer) = stream.split();
    let request = [head(target, sent).as_bytes(), &sent.body].concat();
    let mut line = Vec::new();
    let write = async {
        // A receiver may respond and hang up before it has read everything. Only its response counts.
        let _ = writer.write_all(&request).await;
        std::future::pending::<()>().await;
    };
    let read = async {
        let mut piece = [0; LINE];
        while !line.contains(&b'\n') && line.len() < LINE {
            match reader.read(&mut piece).await? {
                0 => break,
                count => line.extend(piece.iter().take(count)),
            }
        }
        io::Result::Ok(())
    };
    tokio::select! {
        result = read => result?,
        () = write => {}
    }
    status(&line).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the receiver's response is not HTTP"))
}

fn head(target: &Target, sent: &Sent) -> String {
    let mut head = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\nuser-agent: hb-portal-sandbox\r\ncontent-length: {}\r\nconnection: close\r\n",
        target.path,
        target.authority,
        sent.body.len()
    );
    for (name, value) in &sent.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

/// Returns the status in a line such as `HTTP/1.1 204 No Content`.
fn status(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line.split(|byte| *byte == b'\n').next()?).ok()?;
    let mut words = line.split_ascii_whitespace();
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    words.next()?.parse().ok().filter(|status| (100..600).contains(status))
}
