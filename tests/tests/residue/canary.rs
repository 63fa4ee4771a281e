//! The canaries: a secret and credentials that occur nowhere else, in every spelling that JSON allows.

/// The signing secret. Some portals write its slashes as `\/`.
pub const SECRET: &str = "whsec_/kXw3vQ9/tLz7RbN2/yHc5JmD8/fGp4SaV6/eUo1TiK0/xWq9ZnB3/0/jM";
/// The access token.
pub const TOKEN: &str = "17|Qm4tYz8rWk2bVn6xPd3hLs7jGf5cTa9e";
/// The refresh token that is minted together with it.
pub const REFRESH_TOKEN: &str = "rT5gBn1mXq8wKc3yVj6dZp2sLf7hUa4o";
/// The key of the API client.
pub const API_KEY: &str = "uE3kPw7nZr1xGm5tQb9vYc2hJd6sLf8a";

/// Every spelling to search for.
const SPELLINGS: &[(Whose, &[u8])] = &[
    (Whose::Secret, SECRET.as_bytes()),
    (Whose::Secret, &SLASHED),
    (Whose::Secret, &UNITS),
    (Whose::Credential, TOKEN.as_bytes()),
    (Whose::Credential, REFRESH_TOKEN.as_bytes()),
    (Whose::Credential, API_KEY.as_bytes()),
];

/// The number of consecutive bytes of a canary that count as a leak, because part of a secret is a leak as well.
pub const PIECE: usize = 16;

/// The secret with `\/` for each slash.
pub const SLASHED: [u8; SECRET.len() + count(SECRET, b'/')] = {
    let (mut spelling, text) = ([b'\\'; SECRET.len() + count(SECRET, b'/')], SECRET.as_bytes());
    let (mut from, mut to) = (0, 0);
    while from < text.len() {
        to += (text[from] == b'/') as usize;
        spelling[to] = text[from];
        (from, to) = (from + 1, to + 1);
    }
    spelling
};

/// The secret with `\u` and four digits for each character.
pub const UNITS: [u8; 6 * SECRET.len()] = {
    let (mut spelling, text) = ([b'0'; 6 * SECRET.len()], SECRET.as_bytes());
    let mut at = 0;
    while at < text.len() {
        let digits = b"0123456789abcdef";
        spelling[6 * at] = b'\\';
        spelling[6 * at + 1] = b'u';
        spelling[6 * at + 4] = digits[(text[at] >> 4) as usize];
        spelling[6 * at + 5] = digits[(text[at] & 15) as usize];
        at += 1;
    }
    spelling
};

const fn count(text: &str, byte: u8) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < text.len() {
        count += (text.as_bytes()[at] == byte) as usize;
        at += 1;
    }
    count
}

#[derive(Clone, Copy, PartialEq)]
enum Whose {
    Secret,
    Credential,
}

/// The canaries that a block holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// The signing secret, or a part of it.
    pub secret: bool,
    /// A token or the key, or a part of one.
    pub credential: bool,
}

impl Found {
    pub fn any(self) -> bool {
        self.secret || self.credential
    }
}

/// Searches a block of this size. It runs inside the allocator, so it allocates nothing.
///
/// `contains` returns whether the block contains the given bytes. The system's search does this a hundred times faster
/// than an unoptimised loop.
pub fn find(size: usize, contains: impl Fn(&[u8]) -> bool) -> Found {
    if size < PIECE {
        return Found::default();
    }
    let holds = |whose| {
        SPELLINGS
            .iter()
            .filter(|spelling| spelling.0 == whose)
            .any(|(_, spelling)| spelling.chunks_exact(PIECE).any(&contains))
    };
    Found { secret: holds(Whose::Secret), credential: holds(Whose::Credential) }
}
