//! Form bodies: URL-encoded ones, and multipart ones with files.

use std::fmt;

use http::HeaderValue;
use serde::Serialize;
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use crate::request::{Request, Unsendable, append, encode_pair, scalar};

impl Request {
    /// Sets the body to `body` as `application/x-www-form-urlencoded`. A list becomes one pair for each item; a property of a
    /// nested object becomes `object[property]`.
    ///
    /// # Errors
    ///
    /// The value cannot be serialised.
    pub fn form(mut self, body: &(impl Serialize + ?Sized)) -> Result<Self, Unsendable> {
        let value = self.exposed(|| serde_json::to_value(body)).map_err(|_| Unsendable("body"))?;
        let mut form = Zeroizing::new(Vec::with_capacity(256));
        match value {
            Value::Object(members) => {
                members.into_iter().for_each(|(name, member)| write_pairs(&mut form, &name, member))
            }
            Value::Null => {}
            _ => return Err(Unsendable("body")),
        }
        Ok(self.bytes(HeaderValue::from_static("application/x-www-form-urlencoded"), form))
    }

    /// Adds a pair `name[key]=value` to the query for each entry of a map, and none for `None`.
    ///
    /// # Errors
    ///
    /// The value cannot be serialised.
    pub fn deep_query(mut self, name: &'static str, map: &impl Serialize) -> Result<Self, Unsendable> {
        let mut pairs = Zeroizing::new(Vec::new());
        let value = self.exposed(|| serde_json::to_value(map)).map_err(|_| Unsendable(name))?;
        write_pairs(&mut pairs, name, value);
        if !pairs.is_empty() {
            let target = self.target.to_mut();
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str(str::from_utf8(&pairs).map_err(|_| Unsendable(name))?);
        }
        Ok(self)
    }

    /// Sets the body to a multipart form.
    ///
    /// # Errors
    ///
    /// A part has a media type with characters that are not allowed in a header.
    pub fn multipart(self, form: &Multipart) -> Result<Self, Unsendable> {
        let taken = |boundary: &str| form.parts.iter().any(|part| contains(&part.content, boundary.as_bytes()));
        let boundary = (0_u32..).map(|number| format!("form-part-{number:08}")).find(|boundary| !taken(boundary));
        let boundary = boundary.ok_or(Unsendable("body"))?;
        let mut body = Zeroizing::new(Vec::with_capacity(256));
        for part in &form.parts {
            let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name));
            if let Some((file_name, media_type)) = &part.file {
                HeaderValue::try_from(media_type).map_err(|_| Unsendable("body"))?;
                head.push_str(&format!("; filename=\"{}\"\r\nContent-Type: {media_type}", quoted(file_name)));
            }
            append(&mut body, head.as_bytes());
            append(&mut body, b"\r\n\r\n");
            append(&mut body, &part.content);
            append(&mut body, b"\r\n");
        }
        append(&mut body, format!("--{boundary}--\r\n").as_bytes());
        let media_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"));
        Ok(self.bytes(media_type.map_err(|_| Unsendable("body"))?, body))
    }
}

fn write_pairs(form: &mut Zeroizing<Vec<u8>>, name: &str, value: Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => {
            for (index, item) in items.into_iter().enumerate() {
                let nested = matches!(item, Value::Array(_) | Value::Object(_));
                write_pairs(form, &if nested { format!("{name}[{index}]") } else { name.to_owned() }, item);
            }
        }
        Value::Object(members) => {
            members.into_iter().for_each(|(key, member)| write_pairs(form, &format!("{name}[{key}]"), member));
        }
        value => {
            let Some(mut text) = scalar(value) else { return };
            // Large enough never to grow, which would leave a copy behind.
            let mut pair = Zeroizing::new(String::with_capacity(3 * (name.len() + text.len()) + 2));
            if !form.is_empty() {
                pair.push('&');
            }
            encode_pair(&mut pair, name, &text);
            append(form, pair.as_bytes());
            text.zeroize();
        }
    }
}

/// A multipart form. `Debug` does not print its parts, which are wiped when dropped.
#[derive(Clone, Default)]
pub struct Multipart {
    parts: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    name: String,
    /// The file's name and media type.
    file: Option<(String, String)>,
    content: Zeroizing<Vec<u8>>,
}

impl Multipart {
    /// Creates a form without parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text part.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        let content = Zeroizing::new(text.into().into_bytes());
        self.parts.push(Part { name: name.into(), file: None, content });
        self
    }

    /// Adds a file part.
    #[must_use]
    pub fn file(
        mut self,
        name: impl Into<String>,
        file_name: impl Into<String>,
        media_type: impl Into<String>,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        let file = Some((file_name.into(), media_type.into()));
        self.parts.push(Part { name: name.into(), file, content: Zeroizing::new(content.into()) });
        self
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

/// Escapes a name for `Content-Disposition`.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
