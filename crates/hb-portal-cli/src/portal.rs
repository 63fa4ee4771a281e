//! Builds the client from the environment and the options.

use std::{env, ffi::OsString, time::Duration};

use clap::{Args, value_parser};
use hb_portal::{BuildError, Client, ClientBuilder};

use crate::shown;

/// The options for the portal and for the time limits of calls.
#[derive(Debug, Args)]
#[command(next_help_heading = "Portal")]
pub(crate) struct Portal {
    /// The base URL of your account [default: $HB_PORTAL_BASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
    /// The id of an API client, whose key is in HB_PORTAL_API_KEY [default: $HB_PORTAL_CLIENT_ID]
    ///
    /// Without this option, a token in HB_PORTAL_ACCESS_TOKEN is used if there is one.
    #[arg(long, global = true, value_name = "NUMBER")]
    client_id: Option<String>,
    /// Trust plain http to one host other than this machine, such as a mock in a container network
    #[arg(long, global = true, value_name = "HOST")]
    allow_plain_http_to: Option<String>,
    /// How long one attempt may take [default: 30]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// How long all attempts together may take [default: 300]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..))]
    deadline: Option<u64>,
}

impl Portal {
    pub(crate) fn builder(&self) -> Result<ClientBuilder, BuildError> {
        let mut builder = ClientBuilder::from_variables(|name| self.variable(name))?;
        if let Some(host) = &self.allow_plain_http_to {
            builder = builder.allow_plain_http_to(host);
        }
        if let Some(seconds) = self.timeout {
            builder = builder.timeout(Duration::from_secs(seconds));
        }
        if let Some(seconds) = self.deadline {
            builder = builder.deadline(Duration::from_secs(seconds));
        }
        Ok(builder)
    }

    pub(crate) fn client(&self) -> Result<Client, BuildError> {
        self.builder()?.build()
    }

    /// Whether the portal has this base URL.
    pub(crate) fn is_at(&self, base_url: &str) -> bool {
        let own = self.variable("HB_PORTAL_BASE_URL").unwrap_or_default();
        let without_slash = |url: &str| url.trim().trim_end_matches('/').to_owned();
        shown::is_same(&without_slash(&own.to_string_lossy()), &without_slash(base_url))
    }

    /// The value of a variable, or of the option that overrides it. `--client-id` also overrides an access token.
    fn variable(&self, name: &str) -> Option<OsString> {
        match (name, &self.base_url, &self.client_id) {
            ("HB_PORTAL_BASE_URL", Some(base_url), _) => Some(base_url.into()),
            ("HB_PORTAL_CLIENT_ID", _, Some(client_id)) => Some(client_id.into()),
            ("HB_PORTAL_ACCESS_TOKEN", _, Some(_)) => None,
            _ => env::var_os(name),
        }
    }
}
