//! The classes of changes: each with an id that stays, what it means, and an example.

use std::fmt::Write as _;

/// One class of changes.
#[derive(Debug, Clone, Copy)]
pub struct Class {
    /// Its id, which rows show and which stays.
    pub id: &'static str,
    /// What it means, and whom it breaks.
    pub means: &'static str,
    /// An example, from base to now.
    pub example: &'static str,
}

const fn class(id: &'static str, means: &'static str, example: &'static str) -> Class {
    Class { id, means, example }
}

/// All classes, by what they are about.
pub const CLASSES: &[Class] = &[
    class("operation-added", "breaks nobody", "`GET /ping` is new"),
    class("operation-removed", "breaks senders and callers; receivers of a webhook", "`GET /ping` is gone"),
    class("operation-moved", "breaks senders: the portal does not find the path", "`GET /ping` → `GET /health`"),
    class("operation-renamed", "breaks callers: the struct has another name", "`operationId: ping` → `getPing`"),
    class(
        "operation-preview",
        "breaks callers without the feature `preview`",
        "`x-hb-source: documented` → `inferred`",
    ),
    class(
        "operation-stable",
        "breaks nobody: it no longer needs the feature `preview`",
        "`x-hb-source: inferred` → `documented`",
    ),
    class("deprecated", "breaks nobody; what is removed later says that it was deprecated", "`deprecated: true`"),
    class("undeprecated", "breaks nobody", "no `deprecated` any more"),
    class(
        "security-narrower",
        "breaks senders: credentials that were enough are not",
        "`security: []` → `[bearerAuth: []]`",
    ),
    class("security-wider", "breaks nobody", "`security: [bearerAuth: []]` → `[]`"),
    class("security-scheme-added", "breaks nobody", "a scheme `apiKey`"),
    class("security-scheme-changed", "breaks senders", "`scheme: bearer` → `basic`"),
    class(
        "security-scheme-removed",
        "breaks nobody by itself: the operations say what they need",
        "no scheme `apiKey`",
    ),
    class(
        "parameter-added-required",
        "breaks senders, and callers: `new` takes one more",
        "a header `X-Team`, `required: true`",
    ),
    class(
        "parameter-added-optional",
        "breaks nobody: the struct is non-exhaustive, and `new` is as before",
        "a query parameter `page`",
    ),
    class("parameter-removed", "breaks senders, who are not heard, and callers", "no query parameter `page`"),
    class("parameter-renamed", "breaks senders, and callers who set it", "`?page` → `?p`"),
    class(
        "path-parameter-renamed",
        "breaks nobody: only its value is sent, and `new` takes it by place",
        "`/things/{id}` → `/things/{thing}`",
    ),
    class("parameter-required", "breaks senders, and callers: `new` takes one more", "`?page` gets `required: true`"),
    class("parameter-optional", "breaks callers: `new` takes one less", "`?page` loses `required: true`"),
    class("parameter-style", "breaks senders: it is written in another way", "`explode: false`"),
    class(
        "parameter-list",
        "breaks callers alone: a list of one is sent as the one was",
        "`?tag`: `string` → a list of `string`",
    ),
    class("body-added-required", "breaks senders and callers", "a `requestBody`, `required: true`"),
    class("body-added-optional", "breaks nobody", "a `requestBody`"),
    class("body-removed", "breaks senders and callers", "no `requestBody`"),
    class("body-required", "breaks senders and callers; receivers of a webhook", "`requestBody` gets `required: true`"),
    class("body-optional", "breaks callers: `new` takes one less", "`requestBody` loses `required: true`"),
    class(
        "body-media-type",
        "breaks senders, unless the old one is still accepted",
        "`application/json` → `multipart/form-data`",
    ),
    class("media-type-added", "breaks nobody", "`text/csv` next to `application/json`"),
    class("media-type-removed", "breaks senders of it, and those who ask for it", "`text/csv` is gone"),
    class("media-type-encoding", "breaks senders", "`encoding: {tags: {explode: false}}`"),
    class(
        "success-added",
        "breaks readers: the client knows no such success; callers if the type becomes an enum",
        "a `202`",
    ),
    class("success-removed", "breaks callers if the type becomes another", "no `202`"),
    class("failure-added", "breaks callers if the type of failures becomes another", "a `409` of another form"),
    class("failure-removed", "breaks callers if the type of failures becomes another", "no `409`"),
    class("response-body-added", "breaks callers if the type is another", "`204` gets a body"),
    class("response-body-removed", "breaks readers, and callers if the type is another", "`200` loses its body"),
    class("response-body-form", "breaks readers and callers", "`application/json` → `application/pdf`"),
    class("header-added", "breaks nobody", "a header `X-Left`"),
    class("header-removed", "breaks readers if it was required", "no header `X-Left`"),
    class("header-changed", "breaks readers", "`X-Left`: `integer` → `string`"),
    class("header-required", "breaks nobody", "`X-Left` gets `required: true`"),
    class("header-optional", "breaks readers", "`X-Left` loses `required: true`"),
    class("type-added", "breaks nobody", "a component `Pair`"),
    class("type-removed", "breaks callers", "no component `Pair`"),
    class("type-renamed", "breaks callers", "`Pair` → `Couple`, made of the same"),
    class("type-use", "breaks nobody: what is derived differs", "`Pair` is in responses now"),
    class("type-narrower", "breaks senders and callers: not every value is right now", "`number` → `integer`"),
    class("type-wider", "breaks readers and callers: there are values that were none", "`integer` → `number`"),
    class(
        "type-changed",
        "breaks senders, readers and callers, or callers alone if the values are the same",
        "`string` → `oneOf: [integer, boolean]`",
    ),
    class("nullable", "breaks readers; callers if it was no `Option`", "`nullable: true`"),
    class("not-nullable", "breaks senders; callers if it is no `Option` now", "no `nullable` any more"),
    class("secret", "breaks callers: only `expose_secret` reads it", "`x-hb-secret: true`"),
    class("not-secret", "breaks callers; and it prints from now on", "no `x-hb-secret` any more"),
    class(
        "property-added-required",
        "breaks senders, and callers who build the type",
        "`name` in `properties` and `required`",
    ),
    class(
        "property-added-optional",
        "breaks callers who build the type by naming each field",
        "`name` in `properties`",
    ),
    class(
        "property-removed",
        "breaks senders, who are not heard, and callers; readers if it was required",
        "no `name` any more",
    ),
    class("property-renamed", "breaks senders and callers; readers if it was required", "`note` → `remark`"),
    class("property-required", "breaks senders; callers if it is no `Option` now", "`name` is in `required`"),
    class(
        "property-optional",
        "breaks readers; callers if it becomes an `Option`",
        "`name` is no longer in `required`",
    ),
    class("read-only", "breaks senders: a request may not have it", "`readOnly: true`"),
    class("not-read-only", "breaks nobody", "no `readOnly` any more"),
    class(
        "write-only",
        "breaks nobody by itself: no response has it; if it was required, see property-optional",
        "`writeOnly: true`",
    ),
    class("not-write-only", "breaks nobody", "no `writeOnly` any more"),
    class("extra-refused", "breaks senders", "`additionalProperties: false`"),
    class("extra-accepted", "breaks readers", "no `additionalProperties: false` any more"),
    class(
        "extra-typed",
        "breaks callers who build the type: it has a field more",
        "`additionalProperties: {type: string}`",
    ),
    class("extra-untyped", "breaks callers: the field is gone", "no `additionalProperties` any more"),
    class("enum-added", "breaks senders; callers where a Rust enum takes the place of text", "`enum: [a, b]`"),
    class(
        "enum-removed",
        "breaks callers who sent a Rust enum; a response may have any text anyway",
        "no `enum` any more",
    ),
    class(
        "enum-value-added",
        "breaks nobody if it is text: a response may have any; readers of other values",
        "`enum: [a]` → `[a, b]`",
    ),
    class("enum-value-removed", "breaks senders, and callers who name it", "`enum: [a, b]` → `[a]`"),
    class("alternative-added", "breaks readers, and callers who match", "`oneOf` has one more"),
    class("alternative-removed", "breaks senders and callers", "`oneOf` has one less"),
    class("alternatives-tag", "breaks senders and readers", "`discriminator: {propertyName: kind}` → `type`"),
    class("limit-narrower", "breaks senders", "`maxLength: 9` → `5`"),
    class("limit-wider", "breaks readers who rely on it", "`maxLength: 5` → `9`"),
    class("limit-changed", "breaks senders and readers", "another `pattern`"),
    class("default-changed", "breaks senders who leave it out", "`default: 1` → `2`"),
    class("default-unused", "breaks nobody: it is never left out", "the `default` of what is required"),
    class("tier-changed", "breaks nobody", "`x-hb-source: inferred` → `corroborated`"),
    class("docs-changed", "breaks nobody: only people read it", "another `description`"),
];

/// What a class means, or all of them as a table.
#[must_use]
pub fn explain(id: Option<&str>) -> Option<String> {
    let mut text = String::new();
    for class in CLASSES.iter().filter(|class| id.is_none_or(|id| class.id == id)) {
        let _ = writeln!(text, "{:<26}{}\n{:26}for example: {}", class.id, class.means, "", class.example);
    }
    (!text.is_empty()).then_some(text)
}
