//! Reads a captured delivery from standard input.

use std::io::{self, IsTerminal as _, Read as _};

use clap::Args;
use hb_portal::http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    exit::{Exit, Failure},
    output::Output,
};

/// Longer input cannot be a delivery.
const LIMIT: u64 = 64 * 1024 * 1024;
const MOST_HEADERS: usize = 256;

/// Where to find the headers of the delivery.
#[derive(Debug, Args)]
pub(crate) struct Capture {
    /// A header of the delivery, as 'Name: value'; repeat the option for more. Standard input is then only the body
    ///
    /// Without this option, standard input is the whole request: headers, an empty line, and the body, byte for byte. A
    /// request line before the headers is skipped. `hb-portal listen --save` writes such files.
    #[arg(long = "header", value_name = "HEADER")]
    headers: Vec<String>,
}

impl Capture {
    /// The headers and the body.
    pub(crate) fn read(&self, output: Output) -> Result<(HeaderMap, Vec<u8>), Failure> {
        let mut input = stdin(output)?;
        if self.headers.is_empty() {
            let (headers, body_at) = parse(&input).map_err(|why| {
                Failure::usage(format!(
                    "standard input is not a captured delivery: {why}; pass headers, an empty line and the body, or pass the \
                     headers with --header and only the body on standard input"
                ))
            })?;
            return Ok((headers, input.split_off(body_at)));
        }
        let text: String = self.headers.iter().map(|header| format!("{header}\r\n")).collect();
        let (headers, _) = parse(format!("{text}\r\n").as_bytes())
            .map_err(|why| Failure::usage(format!("--header needs 'Name: value', and one is not: {why}")))?;
        Ok((headers, input))
    }
}

/// All of standard input.
pub(crate) fn stdin(output: Output) -> Result<Vec<u8>, Failure> {
    if io::stdin().is_terminal() {
        output.step("reading standard input; Ctrl-D after a line ends it");
    }
    let mut input = Vec::new();
    let read = io::stdin().lock().take(LIMIT + 1).read_to_end(&mut input);
    read.map_err(|error| Failure::new(Exit::No, format!("could not read standard input: {error}")))?;
    if u64::try_from(input.len()).is_ok_and(|length| length > LIMIT) {
        return Err(Failure::usage(
            "standard input is longer than 64 MiB, so it cannot be a delivery: pass one captured delivery",
        ));
    }
    Ok(input)
}

/// The headers, and where the body begins, or what is wrong with the headers.
fn parse(input: &[u8]) -> Result<(HeaderMap, usize), String> {
    let first = input.iter().position(|byte| *byte == b'\n').map_or(input, |end| input.split_at(end + 1).0);
    let is_request_line =
        first.trim_ascii_end().rsplit(|byte| *byte == b' ').next().is_some_and(|word| word.starts_with(b"HTTP/"));
    let start = if is_request_line { first.len() } else { 0 };
    let mut parsed = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let (length, parsed) = match httparse::parse_headers(input.get(start..).unwrap_or_default(), &mut parsed) {
        Ok(httparse::Status::Complete(complete)) => complete,
        Ok(httparse::Status::Partial) => return Err("there is no empty line after the headers".to_owned()),
        Err(error) => return Err(error.to_string()),
    };
    let mut headers = HeaderMap::new();
    for header in parsed {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|error| error.to_string())?;
        let value = HeaderValue::from_bytes(header.value).map_err(|error| error.to_string())?;
        headers.append(name, value);
    }
    Ok((headers, start + length))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_request_is_read_with_and_without_its_first_line() {
        for head in ["POST /a HTTP/1.1\r\nA: 1\r\nb:  2\r\n\r\n", "A: 1\nb: 2\n\n", "POST / HTTP/1.1\nA: 1\nb: 2\n\n"] {
            let input = [head.as_bytes(), b"\r\n{}\xff"].concat();
            let (headers, at) = parse(&input).unwrap();
            assert_eq!((&headers["a"], &headers["B"], at), (&"1".parse().unwrap(), &"2".parse().unwrap(), head.len()));
        }
        for input in ["", "{}", "A: 1\r\n", "a b: 1\r\n\r\n"] {
            assert!(parse(input.as_bytes()).is_err(), "{input:?}");
        }
    }
}
