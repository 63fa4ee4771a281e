//! The folder where this program keeps secrets and journals that must not be lost.

use std::{
    collections::BTreeSet,
    env, fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use hb_portal::chrono::{DateTime, Utc};

const PREFIX: &str = "webhook-secret-";

/// The state folder: `$XDG_STATE_HOME/hb-portal` or `~/.local/state/hb-portal`; on macOS `~/Library/Application
/// Support/hb-portal`, on Windows `%LOCALAPPDATA%\hb-portal`.
pub(crate) fn folder() -> io::Result<PathBuf> {
    // The specification of the variable says to ignore a relative path.
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else {
        let default = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/state" };
        let home = || env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(default));
        variable("XDG_STATE_HOME").or_else(home)
    };
    let fix = if cfg!(windows) { "set LOCALAPPDATA" } else { "set XDG_STATE_HOME to a folder" };
    let missing =
        || io::Error::new(io::ErrorKind::NotFound, format!("there is no home folder to keep state in: {fix}"));
    base.map(|base| base.join("hb-portal")).ok_or_else(missing)
}

/// A path in the state folder that no other attempt uses.
pub(crate) fn new_secret() -> io::Result<PathBuf> {
    let now = DateTime::<Utc>::from(SystemTime::now()).format("%Y%m%dT%H%M%S%3fZ");
    Ok(folder()?.join(format!("{PREFIX}{now}-{}", std::process::id())))
}

/// The paths in the state folder at which attempts stored, or were to store, a secret.
pub(crate) fn secrets() -> io::Result<BTreeSet<PathBuf>> {
    let folder = folder()?;
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(BTreeSet::new());
        }
        Err(error) => {
            return Err(io::Error::new(
                error.kind(),
                format!("could not read the state folder {}: {error}", folder.display()),
            ));
        }
    };
    let mut paths = BTreeSet::new();
    for entry in entries {
        let name = entry?.file_name();
        // A secret, and the files that `SecretFile` documents next to it: `.NAME.journal`, `.NAME.record`.
        let Some(name) = name.to_str().map(|name| name.trim_start_matches('.')) else { continue };
        let name = name.split_once('.').map_or(name, |(name, _)| name);
        if name.starts_with(PREFIX) {
            paths.insert(folder.join(name));
        }
    }
    Ok(paths)
}

/// Creates the folder of `path`, for this user alone.
pub(crate) fn create_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        let fix = if cfg!(windows) { "check LOCALAPPDATA" } else { "set XDG_STATE_HOME to a writable folder" };
        let why = format!(
            "could not create the state folder {}, which keeps a secret that is stored nowhere else: {error}: {fix}",
            folder.display()
        );
        io::Error::new(error.kind(), why)
    })
}
