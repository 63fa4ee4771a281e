//! A receiver of deliveries whose responses the test chooses.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

/// Responds to the first request of the next connection. Returns the request and the connection.
pub(crate) fn respond(listener: &TcpListener, status: &str) -> (String, TcpStream) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(&stream);
    let (mut request, mut length) = (String::new(), 0);
    while !request.ends_with("\r\n\r\n") {
        let at = request.len();
        assert!(reader.read_line(&mut request).unwrap() > 0, "the request ends early: {request}");
        if let Some(value) = request[at..].to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    // The whole body, because a connection that is closed before it was read is reset, and may lose the response.
    reader.take(length).read_to_string(&mut request).unwrap();
    stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).unwrap();
    (request, stream)
}
