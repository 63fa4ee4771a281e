//! Crates that tests generate. They are compiled next to the workspace's other output, so that later runs reuse it, and
//! with the same dependencies, so that each dependency is compiled only once.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::root;

/// A folder for crates.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    target: PathBuf,
}

/// The end of each workspace's manifest. Compiling is faster without debug information.
pub const PROFILE: &str = "
[profile.dev]
debug = false
";

impl Scratch {
    /// Creates the folder called `name` in `temporary`, cargo's folder for temporary files of tests.
    ///
    /// # Panics
    ///
    /// Panics if the folder cannot be created.
    #[must_use]
    pub fn new(temporary: &str, name: &str) -> Self {
        let folder = Path::new(temporary).join(name);
        fs::create_dir_all(&folder).expect("the folder can be created");
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file can be copied");
        Self { folder, target: Path::new(temporary).join("generated-target") }
    }

    /// Writes a file unless it already has this content, so that cargo does not rebuild it.
    ///
    /// # Panics
    ///
    /// Panics if the file cannot be written.
    pub fn write(&self, path: &str, content: &str) {
        let path = self.folder.join(path);
        if fs::read_to_string(&path).ok().as_deref() != Some(content) {
            fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be created");
            fs::write(path, content).expect("the file can be written");
        }
    }

    /// Returns the text of a file of the workspace.
    ///
    /// # Panics
    ///
    /// Panics if there is no such file.
    #[must_use]
    pub fn text(path: &str) -> String {
        fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Runs cargo on the crates, without the network.
    ///
    /// # Panics
    ///
    /// Panics with cargo's output if the command fails.
    pub fn cargo(&self, args: &[&str]) {
        let output = self.output(args);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    }

    /// Runs cargo on the crates, without the network, and returns its output.
    ///
    /// # Panics
    ///
    /// Panics if cargo cannot be run.
    #[must_use]
    pub fn output(&self, args: &[&str]) -> Output {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Command::new(cargo)
            .current_dir(&self.folder)
            .args(args)
            .args(["--offline", "--quiet", "--target-dir"])
            .arg(&self.target)
            // The clients' tests use loopback, for which reqwest would otherwise use a proxy from the environment.
            .env("NO_PROXY", "127.0.0.1")
            .output()
            .expect("cargo can be run")
    }
}
