//! The changes that a portal may make to the documented response: each is one change, and they can be combined.

use proptest::prelude::*;

use super::body::{Body, Json, Member, Wrap};

/// The documented members. `secret` and `data` are listed several times to make them more likely.
const NAMES: &[&str] = &[
    "secret",
    "secret",
    "data",
    "data",
    "message",
    "id",
    "id",
    "url",
    "events",
    "is_active",
    "timeout_seconds",
    "max_retries",
    "failure_count",
    "last_called_at",
    "last_failed_at",
    "created_at",
];

/// The members that the contract requires.
const REQUIRED: &[&str] = &["data", "secret", "id", "url", "events"];

/// One difference from the documented response.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    Drop(&'static str),
    Null(&'static str),
    Retype(&'static str, u8),
    Rename(&'static str, &'static str),
    /// The secret moves into `data`.
    Nest,
    /// The members of `data` move out of it.
    Flatten,
    /// `data` becomes an array that contains only the old `data`.
    WrapData,
    Wrap(Wrap),
    /// All members are in another order, which the number selects.
    Reorder(u64),
    /// A member occurs twice, with different values.
    Repeat {
        name: &'static str,
        value: u8,
        before: bool,
    },
    /// Another secret in `data`.
    Shadow(String),
    /// A member that is in no contract.
    Extend {
        name: &'static str,
        value: u8,
        depth: usize,
        in_data: bool,
        first: bool,
    },
}

pub(crate) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let name = || proptest::sample::select(NAMES);
    let others =
        &["Secret", "secrets", "signing_secret", "SECRET", "secret ", "s\u{e9}cret", "", "\0", "\"", "endpoint"];
    let extra = &["meta", "", "secrets", "\u{1f512}", "secret\0", "a\"b\\c/", "DATA", "data.secret", "links"];
    let wrap = prop_oneof![4 => Just(Wrap::Array), 2 => Just(Wrap::Data), 1 => Just(Wrap::Crowd)];
    let depth = prop_oneof![4 => 1..5usize, 1 => proptest::sample::select(vec![62, 70, 130, 400])];
    let mutation = prop_oneof![
        2 => name().prop_map(Mutation::Drop),
        2 => name().prop_map(Mutation::Null),
        3 => (name(), any::<u8>()).prop_map(|(name, value)| Mutation::Retype(name, value)),
        2 => (name(), proptest::sample::select(others)).prop_map(|(name, to)| Mutation::Rename(name, to)),
        2 => Just(Mutation::Nest),
        1 => Just(Mutation::Flatten),
        1 => Just(Mutation::WrapData),
        2 => wrap.prop_map(Mutation::Wrap),
        3 => any::<u64>().prop_map(Mutation::Reorder),
        3 => (name(), any::<u8>(), any::<bool>())
            .prop_map(|(name, value, before)| Mutation::Repeat { name, value, before }),
        1 => "[a-z]{13,16}".prop_map(Mutation::Shadow),
        4 => (proptest::sample::select(extra), any::<u8>(), depth, any::<bool>(), any::<bool>()).prop_map(
            |(name, value, depth, in_data, first)| Mutation::Extend { name, value, depth, in_data, first }
        ),
    ];
    proptest::collection::vec(mutation, 0..7)
}

impl Mutation {
    pub(crate) fn apply(&self, mut body: Body) -> Body {
        match self {
            Self::Drop(name) => {
                body.conforms = false;
                if let Some(members) = body.siblings_of(name) {
                    members.retain(|member| member.name != *name);
                }
            }
            Self::Null(name) => {
                body.conforms &= !REQUIRED.contains(name);
                change(&mut body, name, |_| Json::Null);
            }
            Self::Retype(name, value) => {
                body.conforms = false;
                change(&mut body, name, |old| retyped(name, old, *value));
            }
            Self::Rename(name, to) => {
                body.conforms = false;
                // The endpoint is recognised in another place if its URL is there.
                body.id_is_ambiguous |= *name == "data";
                if let Some(members) = body.siblings_of(name) {
                    for member in members.iter_mut().filter(|member| member.name == *name) {
                        (*to).clone_into(&mut member.name);
                        if *name != "data" {
                            member.value.forget_ids();
                        }
                    }
                }
            }
            Self::Nest => nest(&mut body),
            Self::Flatten => flatten(&mut body),
            Self::WrapData => {
                body.conforms = false;
                change(&mut body, "data", |old| Json::Array(vec![old]));
            }
            Self::Wrap(wrap) => body.wraps.push(*wrap),
            Self::Reorder(order) => {
                reorder(&mut body.document, *order);
                if let Some(data) = body.data() {
                    reorder(data, order.rotate_left(17));
                }
            }
            Self::Repeat { name, value, before } => repeat(&mut body, name, *value, *before),
            Self::Shadow(text) => {
                body.conforms = false;
                if let Some(data) = body.data() {
                    data.push(Member { name: "secret".to_owned(), value: Json::Secret(text.clone()) });
                }
            }
            Self::Extend { name, value, depth, in_data, first } => {
                body.conforms = false;
                let value = match value % 8 {
                    0 => Json::Number("-0.5e+300".to_owned()),
                    1 => Json::Text("{\"secret\":\"canary-decoy\"}".to_owned()),
                    2 => Json::Array(vec![Json::object([("secret", Json::Decoy)]), Json::Bool(false)]),
                    3 => Json::object([("data", Json::object([("secret", Json::Decoy)]))]),
                    _ => deep(*depth),
                };
                let members = if *in_data { body.data() } else { Some(&mut body.document) };
                if let Some(members) = members {
                    let at = if *first { 0 } else { members.len() };
                    members.insert(at, Member { name: (*name).to_owned(), value });
                }
            }
        }
        body
    }
}

fn change(body: &mut Body, name: &str, to: impl Fn(Json) -> Json) {
    let members = body.siblings_of(name).into_iter().flatten();
    for member in members.filter(|member| member.name == name) {
        let old = std::mem::replace(&mut member.value, Json::Null);
        member.value = to(old);
    }
}

/// Returns a value of another type than the contract's. An id remains one where the client can read it.
fn retyped(name: &str, old: Json, choice: u8) -> Json {
    match (name, choice % 7) {
        ("id", 0 | 1) => Json::Id { text: "01J0ZW9V4C8Q".to_owned(), quoted: true },
        ("id", 2 | 3) => Json::Id { text: "20417".to_owned(), quoted: true },
        ("secret", 0) => Json::Text(String::new()),
        ("secret", 1) => Json::Array(vec![old]),
        ("secret", 2) => Json::object([("secret", old)]),
        (_, 0) => Json::Number("1".to_owned()),
        (_, 1) => Json::Number("12.5".to_owned()),
        (_, 2) => Json::Bool(false),
        (_, 3) => Json::Array(Vec::new()),
        (_, 4) => Json::object([]),
        ("id", _) => Json::Bool(true),
        // Wrong for every member: a number where the contract has text, and elsewhere text in no date format of the
        // contract.
        ("secret" | "url" | "message", _) => Json::Number("7".to_owned()),
        _ => Json::Text("2019-08-24 14:15:22".to_owned()),
    }
}

fn nest(body: &mut Body) {
    body.conforms = false;
    if body.data().is_none() {
        return;
    }
    let (secrets, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut body.document).into_iter().partition(|member| member.name == "secret");
    body.document = others;
    if let Some(data) = body.data() {
        data.extend(secrets);
    }
}

fn flatten(body: &mut Body) {
    body.conforms = false;
    let is_data = |member: &Member| member.name == "data";
    // With two of them, the result would not be a flat document.
    let [at] = *body.document.iter().enumerate().filter(|(_, m)| is_data(m)).map(|(at, _)| at).collect::<Vec<_>>()
    else {
        return;
    };
    if let Json::Object(_) = &body.document[at].value {
        let Json::Object(members) = body.document.remove(at).value else { return };
        body.document.splice(at..at, members);
    }
}

fn repeat(body: &mut Body, name: &str, value: u8, before: bool) {
    body.conforms = false;
    body.id_is_ambiguous |= matches!(name, "id" | "data");
    let Some(members) = body.siblings_of(name) else { return };
    let Some(at) = members.iter().position(|member| member.name == name) else { return };
    let value = match (value % 6, &members[at].value) {
        (0, old) => old.clone(),
        (3, _) if name == "id" => Json::Id { text: "7".to_owned(), quoted: false },
        (1, Json::Secret(_)) => Json::Secret("canary-other-secret".to_owned()),
        (1 | 2, _) => Json::Null,
        (3, _) => Json::Number("7".to_owned()),
        (4, _) => Json::Text(String::new()),
        _ => Json::object([]),
    };
    let at = if before { at } else { members.len() };
    members.insert(at, Member { name: name.to_owned(), value });
}

/// The Fisher-Yates shuffle, with a generator whose only state is its last number.
fn reorder(members: &mut [Member], mut order: u64) {
    for at in (1..members.len()).rev() {
        order = order.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        members.swap(at, (order >> 33) as usize % (at + 1));
    }
}

/// Returns a value nested to this depth, with a decoy at the bottom.
fn deep(depth: usize) -> Json {
    (0..depth).fold(Json::object([("secret", Json::Decoy)]), |inner, level| match level % 3 {
        0 => Json::Array(vec![inner]),
        1 => Json::object([("data", inner)]),
        _ => Json::object([("secret", inner)]),
    })
}
