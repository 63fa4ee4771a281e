//! The folder of saved deliveries: numbered files, whose names contain nothing from a delivery.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use hb_portal::http::HeaderMap;

use crate::exit::{Exit, Failure};

pub(super) struct Folder {
    path: PathBuf,
    next: AtomicU64,
}

impl Folder {
    /// Creates the folder unless it exists. Numbering continues after the existing files.
    pub(super) fn create(path: PathBuf) -> Result<Self, Failure> {
        let refuse = |error: io::Error| {
            Failure::new(Exit::Usage, format!("could not use {}, the folder of --save: {error}", path.display()))
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(refuse)?;
        let mut last = 0;
        for entry in fs::read_dir(&path).map_err(refuse)? {
            let name = entry.map_err(refuse)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".http")?.parse().ok());
            last = last.max(number.unwrap_or(0));
        }
        Ok(Self { path, next: AtomicU64::new(last + 1) })
    }

    /// Writes a delivery to a new file that only its owner can read.
    pub(super) fn save(&self, headers: &HeaderMap, body: &[u8]) -> io::Result<PathBuf> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = self.path.join(format!("{number:06}.http"));
            let mut file = match options.open(&path) {
                Ok(file) => file,
                // Another process has taken this number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            for (name, value) in headers {
                file.write_all(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat())?;
            }
            file.write_all(b"\r\n")?;
            file.write_all(body)?;
            return Ok(path);
        }
    }
}
