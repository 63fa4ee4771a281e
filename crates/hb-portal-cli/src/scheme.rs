//! The options for the signature scheme of deliveries and for the secret.

use std::path::{Path, PathBuf};

use clap::Args;
use hb_portal::{
    SecretFile, SigningSecret,
    verify::{SetupError, SignatureScheme, Verifier},
};

use crate::exit::{Exit, Failure};

/// The scheme, which has no default because the portal documents none.
#[derive(Debug, Args)]
pub(crate) struct Scheme {
    /// How deliveries are signed: github, standard-webhooks, hex:HEADER, base64:HEADER, stripe:HEADER, or a custom scheme
    ///
    /// There is no default, because the portal's documentation names no scheme. `hb-portal detect` finds the scheme of a
    /// delivery that you captured. A custom scheme looks like 'hex:X-Sig signed={timestamp}.{body}
    /// timestamp=header:X-Time'. The sandbox signs with hex:Signature by default.
    #[arg(long, value_parser = parsed)]
    pub(crate) scheme: SignatureScheme,
}

fn parsed(text: &str) -> Result<SignatureScheme, String> {
    text.parse().map_err(|error| match error {
        SetupError::SchemeText(part) => format!("{part:?} is not part of a signature scheme; `--help` describes them"),
        error => error.to_string(),
    })
}

/// One or more secrets, any of which may have signed a delivery.
#[derive(Debug, Args)]
pub(crate) struct Accepted {
    #[command(flatten)]
    scheme: Scheme,
    /// A file with the signing secret; repeat the option to also accept the old secret during a rotation
    #[arg(long, required = true, value_name = "PATH")]
    secret_file: Vec<PathBuf>,
}

impl Accepted {
    pub(crate) fn verifier(&self) -> Result<Verifier, Failure> {
        let mut verifier: Option<Verifier> = None;
        for path in &self.secret_file {
            let secret = load(path)?;
            verifier = Some(
                match verifier {
                    None => Verifier::new(self.scheme.scheme.clone(), &secret),
                    Some(verifier) => verifier.also_accept(&secret),
                }
                .map_err(unusable)?,
            );
        }
        verifier.ok_or_else(|| Failure::usage("no signing secret was given: name its file with --secret-file"))
    }
}

/// The secret in a file.
pub(crate) fn load(path: &Path) -> Result<SigningSecret, Failure> {
    let stored = SecretFile::new(path).load().map_err(|error| Failure::of(Exit::Usage, &error))?;
    let missing = || Failure::usage(format!("there is no file {}: check --secret-file", path.display()));
    Ok(stored.ok_or_else(missing)?.secret)
}

pub(crate) fn unusable(error: SetupError) -> Failure {
    Failure::of(Exit::Usage, &error)
}
