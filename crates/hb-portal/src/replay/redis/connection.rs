//! A connection to a Redis server that is replaced when it breaks, or when its server can no longer write.

use std::{sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ServerErrorKind,
    aio::MultiplexedConnection,
};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

/// The time limit for a command, reconnecting and repeating included. A delivery waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The time limit for connecting, and for a response. After it, the connection is replaced, with time left to repeat the command.
const PATIENCE: Duration = Duration::from_secs(2);

/// The delay before a command is repeated.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub(super) struct Connection {
    client: Client,
    current: Arc<Mutex<Current>>,
}

#[derive(Default)]
struct Current {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that a failed connection is replaced only once, however many commands failed on it.
    number: u64,
}

impl Connection {
    /// Prepares a connection to the server at `url`, which is opened when it is first needed.
    pub(super) fn new(url: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(url)?, current: Arc::default() })
    }

    /// Runs `command`, which must be safe to repeat, and returns the response.
    ///
    /// The library's own connection manager would keep a connection whose server responds `READONLY` after a failover. So this
    /// opens a new one, and repeats the command until the time is up.
    pub(super) async fn run<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let mut last = None;
        let attempts = async {
            loop {
                match self.attempt(command).await {
                    Err(error) if may_pass(&error) => last = Some(error),
                    other => return other,
                }
                sleep(PAUSE).await;
            }
        };
        let result = timeout(TIMEOUT, attempts).await;
        result.unwrap_or_else(|_| {
            Err(last.unwrap_or_else(|| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))))
        })
    }

    async fn attempt<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let (mut connection, number) = self.current().await?;
        let result = command.query_async(&mut connection).await;
        if result.as_ref().is_err_and(may_pass) {
            let mut current = self.current.lock().await;
            if current.number == number {
                current.connection = None;
            }
        }
        result
    }

    /// Returns the connection, which is opened if there is none, and its number. Commands use it without waiting for each other.
    async fn current(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut current = self.current.lock().await;
        if let Some(connection) = &current.connection {
            return Ok((connection.clone(), current.number));
        }
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        current.number += 1;
        current.connection = Some(connection.clone());
        Ok((connection, current.number))
    }
}

/// Whether a new connection may reach a server that can run the command: another one after a failover, or the same one later.
fn may_pass(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Io
            | ErrorKind::Server(
                ServerErrorKind::ReadOnly
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::BusyLoading
                    | ServerErrorKind::TryAgain
            )
    )
}
