//! A guard for receivers on several machines, over one Redis server.

use std::{fmt, time::Duration};

use ::redis::{
    Client, Cmd, FromRedisValue,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd,
};

use super::{Claim, KEEP, LEASE, LeaseLost, ReplayError, ReplayGuard, Ticket};
use crate::{BoxFuture, verify::DeliveryKey};

/// What stands in the place of a ticket once a delivery is handled.
const HANDLED: &str = "handled";

/// How long the server may take. It is a claim's fate that hangs on it: one that was made and not heard of lasts a lease.
const TIMEOUT: Duration = Duration::from_secs(5);

// Scripts, because Redis runs each as a single step.
const CLAIM: &str = "local held = redis.call('GET', KEYS[1]) \
    if held then return held end \
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) \
    return false";
const CONFIRM: &str = "local held = redis.call('GET', KEYS[1]) \
    if held and held ~= ARGV[1] then return 0 end \
    redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2]) \
    return 1";
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end \
    return 1";

/// Remembers deliveries in Redis (5 or later), where every receiver that uses the same server and prefix sees them.
///
/// Each delivery is one key, which expires by itself. A server that evicts keys, or loses them in a failover, forgets that a
/// delivery was handled. It is cheap to clone, and finds its connection again after it broke.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use std::time::Duration;
///
/// use hb_portal::replay::RedisReplayGuard;
///
/// let guard = RedisReplayGuard::connect("redis://127.0.0.1:6379").await?.lease(Duration::from_secs(20));
/// # let _ = guard;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisReplayGuard {
    connection: ConnectionManager,
    prefix: String,
    keep: Duration,
    lease: Duration,
}

impl RedisReplayGuard {
    /// Connects to the server at `url`, `redis://[user:password@]host[:port][/database]`. A handled delivery is remembered for
    /// a day; a claim lasts a minute.
    ///
    /// `rediss://…` connects over TLS, once your own crate turns that on in the crate `redis`: with its feature
    /// `tokio-rustls-comp` (and one provider in `rustls`, `ring` or `aws_lc_rs`) or `tokio-native-tls-comp`.
    ///
    /// # Errors
    ///
    /// The URL is not one, or the server is out of reach for five seconds, which is how long each step may take.
    pub async fn connect(url: &str) -> Result<Self, ReplayError> {
        let config =
            ConnectionManagerConfig::new().set_connection_timeout(Some(TIMEOUT)).set_response_timeout(Some(TIMEOUT));
        let connection = ConnectionManager::new_with_config(Client::open(url)?, config).await?;
        Ok(Self { connection, prefix: "hb-portal:delivery:".to_owned(), keep: KEEP, lease: LEASE })
    }

    /// What each key begins with; `hb-portal:delivery:` unless set. Receivers of one endpoint share it; receivers of
    /// another have one of their own, because a sender's ids are unique within an endpoint at most.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long it is remembered that a delivery was handled, in whole milliseconds.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// How long a claim lasts that is neither confirmed nor released, in whole milliseconds: longer than the handler ever
    /// takes.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    fn script(&self, script: &str, key: &DeliveryKey) -> Cmd {
        let mut command = cmd("EVAL");
        command.arg(script).arg(1).arg(format!("{}{key}", self.prefix));
        command
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, ReplayError> {
        // A clone is a handle on the one connection, over which commands go without waiting for each other.
        Ok(command.query_async(&mut self.connection.clone()).await?)
    }
}

/// Redis takes no expiry of nothing.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, i64::MAX as u64 / 4)
}

impl ReplayGuard for RedisReplayGuard {
    fn claim<'a>(&'a self, key: &'a DeliveryKey) -> BoxFuture<'a, Result<Claim, ReplayError>> {
        Box::pin(async move {
            let ticket = Ticket::unique();
            let mut command = self.script(CLAIM, key);
            command.arg(ticket.to_string()).arg(milliseconds(self.lease));
            Ok(match self.run::<Option<String>>(&command).await?.as_deref() {
                None => Claim::Yours(ticket),
                Some(HANDLED) => Claim::Handled,
                Some(_) => Claim::InProgress,
            })
        })
    }

    fn confirm<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), ReplayError>> {
        Box::pin(async move {
            let mut command = self.script(CONFIRM, key);
            command.arg(ticket.to_string()).arg(milliseconds(self.keep)).arg(HANDLED);
            match self.run::<u8>(&command).await? {
                0 => Err(LeaseLost.into()),
                _ => Ok(()),
            }
        })
    }

    fn release<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), ReplayError>> {
        Box::pin(async move {
            let mut command = self.script(RELEASE, key);
            command.arg(ticket.to_string());
            self.run::<u8>(&command).await.map(|_| ())
        })
    }
}

/// Without the server's URL, which may have a password in it.
impl fmt::Debug for RedisReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisReplayGuard")
            .field("prefix", &self.prefix)
            .field("keep", &self.keep)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
