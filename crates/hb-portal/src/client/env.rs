//! Reads a client's settings from environment variables.

use std::{env, ffi::OsString};

use super::{ClientBuilder, error::BuildError};
use crate::credentials::ClientCredentials;

impl ClientBuilder {
    /// Creates a builder from the environment variables that [`Client::from_env`](crate::Client::from_env) reads, so that you can
    /// set more.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the variable that is missing or cannot be read. It never contains a value.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use hb_portal::ClientBuilder;
    ///
    /// let client = ClientBuilder::from_env()?.timeout(Duration::from_secs(10)).build()?;
    /// # Ok::<(), hb_portal::BuildError>(())
    /// ```
    pub fn from_env() -> Result<Self, BuildError> {
        Self::from_variables(|name| env::var_os(name))
    }

    /// Creates a builder from the variables of [`from_env`](Self::from_env), whose values `lookup` returns: for programs that
    /// take some values from elsewhere, such as an option or a file.
    ///
    /// # Errors
    ///
    /// The same as those of [`from_env`](Self::from_env).
    ///
    /// ```
    /// use hb_portal::ClientBuilder;
    ///
    /// let client = ClientBuilder::from_variables(|name| match name {
    ///     "HB_PORTAL_BASE_URL" => Some("https://portal.example/api".into()),
    ///     "HB_PORTAL_ACCESS_TOKEN" => Some("1|token".into()),
    ///     _ => None,
    /// })?
    /// .build()?;
    /// # Ok::<(), hb_portal::BuildError>(())
    /// ```
    pub fn from_variables(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, BuildError> {
        let variable = |name| variable(&lookup, name);
        let base_url = variable("HB_PORTAL_BASE_URL")?.ok_or(BuildError::Environment {
            variable: "HB_PORTAL_BASE_URL",
            why: "is not set; it is the base URL of your account",
        })?;
        let builder = Self::new().base_url(&base_url);
        if let Some(token) = variable("HB_PORTAL_ACCESS_TOKEN")? {
            return Ok(builder.access_token(token));
        }
        let Some(client_id) = variable("HB_PORTAL_CLIENT_ID")? else {
            return Err(BuildError::Environment {
                variable: "HB_PORTAL_ACCESS_TOKEN",
                why: "is not set, and neither are HB_PORTAL_CLIENT_ID and HB_PORTAL_API_KEY, which can replace it",
            });
        };
        let client_id = client_id
            .trim()
            .parse()
            .map_err(|_| BuildError::Environment { variable: "HB_PORTAL_CLIENT_ID", why: "is not a whole number" })?;
        let api_key = variable("HB_PORTAL_API_KEY")?.ok_or(BuildError::Environment {
            variable: "HB_PORTAL_API_KEY",
            why: "is not set, and HB_PORTAL_CLIENT_ID is useless without it",
        })?;
        Ok(builder.credentials(ClientCredentials::new(client_id, api_key)))
    }
}

/// Returns the variable's value, if it is set and not empty.
fn variable(lookup: impl Fn(&str) -> Option<OsString>, name: &'static str) -> Result<Option<String>, BuildError> {
    let value = lookup(name).map(OsString::into_string).transpose();
    let value = value.map_err(|_| BuildError::Environment { variable: name, why: "is not UTF-8" })?;
    Ok(value.filter(|value| !value.trim().is_empty()))
}
