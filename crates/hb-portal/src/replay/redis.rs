//! A replay guard for receivers on several machines that share one Redis server.

use std::{fmt, time::Duration};

use ::redis::{Cmd, ErrorKind, FromRedisValue, ServerErrorKind, cmd};

use self::connection::Connection;
use super::{
    guard::{Claim, KEEP, LEASE, LeaseLost, ReplayGuard, Ticket},
    key::DeliveryKey,
};
use crate::boxed::{BoxError, BoxFuture};

mod connection;

/// The prefix of the value of a key once a delivery is handled; the ticket follows.
const HANDLED: &str = "handled:";

// Redis runs each script atomically. A response may be lost, so each script is safe to repeat with the same ticket.
const CLAIM: &str = "local held = redis.call('GET', KEYS[1]) \
    if held and held ~= ARGV[1] then return held end \
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) \
    return false";
const CONFIRM: &str = "local held = redis.call('GET', KEYS[1]) \
    if held and held ~= ARGV[1] and held ~= ARGV[3] then return 0 end \
    redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2]) \
    return 1";
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end \
    return 1";

/// Remembers deliveries in Redis (5 or later), where every receiver that uses the same server and namespace sees them.
///
/// Each delivery is one key, which Redis expires. The guard is cheap to clone. After a failover, it opens a new connection and
/// repeats the step. A server that evicts keys, or loses them in a failover, forgets that a delivery was handled.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use std::time::Duration;
///
/// use hb_portal::replay::RedisReplayGuard;
///
/// let guard = RedisReplayGuard::connect("redis://127.0.0.1:6379", "references").await?.lease(Duration::from_secs(20));
/// # let _ = guard;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisReplayGuard {
    connection: Connection,
    namespace: String,
    keep: Duration,
    lease: Duration,
}

impl RedisReplayGuard {
    /// Connects to the server at `url`, `redis://[user:password@]host[:port][/database]`. A handled delivery is remembered for
    /// a day; a claim lasts a minute.
    ///
    /// `namespace` identifies the endpoint: all its receivers use the same one, and the receivers of another endpoint use another
    /// one. A sender's ids are unique within one endpoint at most, so in a shared namespace the second endpoint's delivery would
    /// count as handled.
    ///
    /// `rediss://…` connects over TLS, if your own crate enables that in the crate `redis`: with its feature `tokio-rustls-comp`
    /// (and one provider in `rustls`, `ring` or `aws_lc_rs`) or `tokio-native-tls-comp`.
    ///
    /// # Errors
    ///
    /// The URL is invalid; the server is a node of a cluster, which is not supported; or no server responds within five seconds,
    /// which is the limit for this call and for each step of the guard.
    pub async fn connect(url: &str, namespace: impl Into<String>) -> Result<Self, BoxError> {
        let connection = Connection::new(url)?;
        match connection.run::<String>(cmd("INFO").arg("cluster")).await {
            Ok(info) if info.contains("cluster_enabled:1") => {
                return Err(
                    "the Redis server is a node of a cluster, which this guard does not support: give it a server \
                            without cluster mode"
                        .into(),
                );
            }
            // A user without permission to run `INFO` still gets a guard.
            Err(error) if error.kind() != ErrorKind::Server(ServerErrorKind::NoPerm) => return Err(error.into()),
            _ => {}
        }
        Ok(Self { connection, namespace: namespace.into(), keep: KEEP, lease: LEASE })
    }

    /// Sets how long the guard remembers that a delivery was handled, in whole milliseconds.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// Sets how long a claim lasts if it is neither confirmed nor released, in whole milliseconds. Choose a lease that is longer
    /// than the handler ever takes.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    fn script(&self, script: &str, key: &DeliveryKey) -> Cmd {
        let mut command = cmd("EVAL");
        command.arg(script).arg(1).arg(format!("hb-portal:delivery:{}:{key}", self.namespace));
        command
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, BoxError> {
        Ok(self.connection.run(command).await?)
    }
}

/// Redis refuses an expiry of zero.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, i64::MAX as u64 / 4)
}

impl ReplayGuard for RedisReplayGuard {
    fn claim<'a>(&'a self, key: &'a DeliveryKey) -> BoxFuture<'a, Result<Claim, BoxError>> {
        Box::pin(async move {
            let ticket = Ticket::unique();
            let mut command = self.script(CLAIM, key);
            command.arg(ticket.to_string()).arg(milliseconds(self.lease));
            Ok(match self.run::<Option<String>>(&command).await? {
                None => Claim::Yours(ticket),
                Some(held) if held.starts_with(HANDLED) => Claim::Handled,
                Some(_) => Claim::InProgress,
            })
        })
    }

    fn confirm<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let mut command = self.script(CONFIRM, key);
            command.arg(ticket.to_string()).arg(milliseconds(self.keep)).arg(format!("{HANDLED}{ticket}"));
            match self.run::<u8>(&command).await? {
                0 => Err(LeaseLost.into()),
                _ => Ok(()),
            }
        })
    }

    fn release<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let mut command = self.script(RELEASE, key);
            command.arg(ticket.to_string());
            self.run::<u8>(&command).await.map(drop)
        })
    }
}

/// Omits the server's URL, which may contain a password.
impl fmt::Debug for RedisReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisReplayGuard")
            .field("namespace", &self.namespace)
            .field("keep", &self.keep)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
