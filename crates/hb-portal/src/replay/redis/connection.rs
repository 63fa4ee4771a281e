//! One connection to a Redis server, replaced when it breaks or the server it leads to can no longer write.

use std::{sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ServerErrorKind,
    aio::MultiplexedConnection,
};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

/// How long a command may take, connections and repetitions included. A delivery waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection, or a response over it, may take. After that it is replaced, with time left to repeat the command.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long to wait before a repetition.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub(super) struct Connection {
    client: Client,
    current: Arc<Mutex<Current>>,
}

#[derive(Default)]
struct Current {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that one that failed is replaced only once, however many commands failed on it.
    number: u64,
}

impl Connection {
    /// To the server at `url`; it is made when it is needed.
    pub(super) fn new(url: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(url)?, current: Arc::default() })
    }

    /// The response to `command`, which has to be safe to repeat.
    ///
    /// The library's own connection manager would keep a connection whose server says `READONLY` after a failover. So this
    /// takes a new one, and repeats the command until time is up.
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

    /// The connection, a new one if there is none, and its number. Commands use it without waiting for each other.
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

/// Whether a new connection may reach a server that can: another one after a failover, or the same one later.
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
