//! Finds the differences between a response and the contract.

use std::borrow::Cow;

use chrono::DateTime;
use hb_portal_client::{Response, Secret};
use http::StatusCode;

use super::fields::{DATE_TIME, Expected, FIELDS};
use crate::{
    created::Deviation,
    response::{
        Cut, Text,
        json::Tree,
        node::Node,
        pointer::{Step, pointer, unwrap},
        salvage::Found,
    },
};

/// The maximum number of deviations that are reported for one response.
const MOST: usize = 32;

/// The documented members of the root.
const ROOT: [(&str, &str, Expected); 3] = [
    ("data", "object", Expected::Always),
    ("secret", "string", Expected::Always),
    ("message", "string", Expected::Documented),
];

/// The object that describes the endpoint, and the path to it.
pub(super) type Place<'p, 't, 'a> = (&'t Node<'a>, &'p [Step<'t>]);

/// Returns the differences between `response`, in which `secret` was found, and the contract.
pub(super) fn deviations(
    response: &Response,
    cut: Option<Cut>,
    (text, tree): (&Text<'_>, &Tree<'_>),
    secret: &Found<'_, '_>,
    endpoint: Option<Place<'_, '_, '_>>,
) -> Vec<Deviation> {
    let mut report = Report { secret: &secret.secret, found: Vec::new() };
    let status = response.status();
    if status != StatusCode::CREATED {
        report.whole("status 201", format!("status {}", status.as_u16()));
    }
    if let Some(cut) = cut {
        report.whole("a complete response", format!("{cut} before its end"));
    }
    for (is_so, found) in [
        (cut.is_none() && tree.broken, "one that is broken"),
        (tree.marked, "a byte-order mark before it"),
        (tree.preceded, "text before it"),
        (tree.trailed, "text after it"),
        (text.is_converted(), "one in UTF-16"),
    ] {
        if is_so {
            report.whole("a JSON document", found.to_owned());
        }
    }
    if let Some(root) = tree.root() {
        report.document(root, secret, endpoint);
    }
    report.found
}

struct Report<'s> {
    secret: &'s Secret,
    found: Vec<Deviation>,
}

impl Report<'_> {
    fn document(&mut self, root: &Node<'_>, secret: &Found<'_, '_>, endpoint: Option<Place<'_, '_, '_>>) {
        if root.kind() != "object" {
            self.whole("object", root.kind().to_owned());
        }
        let mut at = Vec::new();
        let root = unwrap(root, &mut at);
        let is_flat = endpoint.is_some_and(|(node, _)| std::ptr::eq(node, root));
        let is_documented = |key: &str| ROOT.iter().any(|(name, ..)| *name == key);
        let is_field = |key: &str| FIELDS.iter().any(|field| field.name == key);
        for (name, kind, expected) in ROOT {
            // A secret in another place is reported with that place, below.
            self.member(root, &at, name, kind, expected);
        }
        if (secret.name, &secret.path) != ("secret", &at) {
            self.at(&secret.path, &[Step::Known(secret.name)], "nothing", "string");
        }
        self.unknown(root, &at, secret, |key| is_documented(key) || is_flat && is_field(key));
        let Some((node, at)) = endpoint else { return };
        for field in &FIELDS {
            self.member(node, at, field.name, field.kind, field.expected);
        }
        for (index, event) in node.get("events").into_iter().flat_map(Node::items).enumerate() {
            if event.kind() != "string" {
                self.at(at, &[Step::Known("events"), Step::Item(index)], "string", event.kind());
            }
        }
        if !is_flat {
            self.unknown(node, at, secret, is_field);
        }
    }

    /// Reports the problems with one member that the contract has.
    fn member(&mut self, of: &Node<'_>, at: &[Step<'_>], name: &'static str, kind: &'static str, expected: Expected) {
        let step = [Step::Known(name)];
        match of.get(name) {
            None if expected == Expected::Perhaps => {}
            None => self.at(at, &step, kind, "missing"),
            Some(Node::Null) if expected != Expected::Always => {}
            Some(node) if kind == DATE_TIME => {
                let reads = node.text().is_some_and(|text| DateTime::parse_from_rfc3339(&text).is_ok());
                if !reads {
                    self.at(at, &step, kind, if node.kind() == "string" { "another string" } else { node.kind() });
                }
            }
            Some(node) if node.kind() != kind => self.at(at, &step, kind, node.kind()),
            Some(Node::Number(text)) if text.parse::<i64>().is_err() => {
                self.at(at, &step, kind, "one with more than 64 bits");
            }
            Some(_) => {}
        }
        let count = of.members(name).count();
        if count > 1 {
            self.at(at, &step, "once", format!("{count} times"));
        }
    }

    /// Reports the members that the contract does not have, apart from the secret itself.
    fn unknown(&mut self, of: &Node<'_>, at: &[Step<'_>], secret: &Found<'_, '_>, is_known: impl Fn(&str) -> bool) {
        let is_secret = |key: &str| std::ptr::eq(of, secret.holder) && secret.name == key;
        for (key, node) in of.entries().iter().filter(|(key, _)| !is_known(key) && !is_secret(key)) {
            self.at(at, &[Step::Key(key)], "nothing", node.kind());
        }
    }

    fn whole(&mut self, expected: &'static str, found: String) {
        self.at(&[], &[], expected, found);
    }

    fn at(&mut self, at: &[Step<'_>], step: &[Step<'_>], expected: &'static str, found: impl Into<Cow<'static, str>>) {
        if self.found.len() < MOST {
            let pointer = pointer(&[at, step].concat(), &[self.secret]);
            self.found.push(Deviation::new(pointer, expected, found));
        }
    }
}
