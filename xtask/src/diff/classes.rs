//! The classes of changes: each with an id that stays, what it means, and an example.

use std::fmt::Write as _;

/// All classes: a line each, with its id, what it means and an example from base to now.
const CLASSES: &str = "\
operation-added | breaks nobody | `GET /ping` is new
operation-removed | breaks senders and callers; receivers of a webhook | `GET /ping` is gone
operation-moved | breaks senders: the portal does not find the path | `GET /ping` → `GET /health`
operation-renamed | breaks callers: the struct has another name | `operationId: ping` → `getPing`
operation-preview | breaks callers without the feature `preview` | `x-hb-source: documented` → `inferred`
operation-stable | breaks nobody: it no longer needs the feature `preview` | `x-hb-source: inferred` → `documented`
deprecated | breaks nobody; what is removed later says that it was deprecated | `deprecated: true`
undeprecated | breaks nobody | no `deprecated` any more
security-narrower | breaks senders: credentials that were enough are not | `security: []` → `[bearerAuth: []]`
security-wider | breaks nobody | `security: [bearerAuth: []]` → `[]`
security-scheme-added | breaks nobody | a scheme `apiKey`
security-scheme-changed | breaks senders | `scheme: bearer` → `basic`
security-scheme-removed | breaks nobody by itself: the operations say what they need | no scheme `apiKey`
parameter-added-required | breaks senders, and callers: `new` takes one more | a header `X-Team`, `required: true`
parameter-added-optional | breaks nobody: the struct is non-exhaustive, and `new` is as before | a query parameter `page`
parameter-removed | breaks senders, who are not heard, and callers | no query parameter `page`
parameter-renamed | breaks senders, and callers who set it | `?page` → `?p`
parameter-moved | breaks senders: the portal looks for it elsewhere | `in: query` → `header`
path-parameter-renamed | breaks nobody: only its value is sent; senders if two change places | `/things/{id}` → `/things/{thing}`
parameter-required | breaks senders, and callers: `new` takes one more | `?page` gets `required: true`
parameter-optional | breaks callers: `new` takes one less | `?page` loses `required: true`
parameter-order | breaks callers: `new` takes the same in another order | `[a, b]` → `[b, a]`, both required
parameter-style | breaks senders: it is written in another way | a list with `explode: false`
parameter-list | breaks callers alone: a list of one is sent as the one was | `?tag`: `string` → a list of `string`
body-added-required | breaks senders and callers | a `requestBody`, `required: true`
body-added-optional | breaks nobody | a `requestBody`
body-removed | breaks senders and callers | no `requestBody`
body-required | breaks senders and callers; receivers of a webhook | `requestBody` gets `required: true`
body-optional | breaks callers: `new` takes one less | `requestBody` loses `required: true`
body-media-type | breaks senders, unless the old one is still accepted | `application/json` → `multipart/form-data`
media-type-added | breaks nobody | `text/csv` next to `application/json`
media-type-removed | breaks senders of it, and those who ask for it | `text/csv` is gone
media-type-encoding | breaks senders | `encoding: {tags: {explode: false}}`
success-added | breaks readers: the client knows no such success; callers if the type becomes an enum | a `202`
success-removed | breaks callers if the type becomes another | no `202`
failure-added | breaks callers if the type of failures becomes another | a `409` of another form
failure-removed | breaks callers if the type of failures becomes another | no `409`
response-body-added | breaks callers if the type is another | `204` gets a body
response-body-removed | breaks readers, and callers if the type is another | `200` loses its body
response-body-form | breaks readers and callers | `application/json` → `application/pdf`
header-added | breaks nobody | a header `X-Left`
header-removed | breaks readers if it was required | no header `X-Left`
header-required | breaks nobody | `X-Left` gets `required: true`
header-optional | breaks readers | `X-Left` loses `required: true`
type-added | breaks nobody | a component `Pair`
type-removed | breaks callers | no component `Pair`
type-renamed | breaks callers | `Pair` → `Couple`, made of the same
type-use | breaks nobody: what is derived differs | `Pair` is in responses now
type-narrower | breaks senders and callers: not every value is right now | `number` → `integer`
type-wider | breaks readers and callers: there are values that were none | `integer` → `number`
type-changed | breaks senders, readers and callers, or callers alone if the values are the same | `string` → `oneOf: [integer, boolean]`
type-order | breaks nobody: of several alternatives that fit, another may be taken | `enum: [a, b]` → `[b, a]`
boxed | breaks callers: the field is a `Box`, since its type holds itself | `Pair` gets a property of the type that has it
unboxed | breaks callers: the field is no longer a `Box` | that property is gone
nullable | breaks readers; callers if it was no `Option` | `nullable: true`
not-nullable | breaks senders; callers if it is no `Option` now | no `nullable` any more
secret | breaks callers: only `expose_secret` reads it | `x-hb-secret: true`
not-secret | breaks callers; and it prints from now on | no `x-hb-secret` any more
property-added-required | breaks senders, and callers who build the type | `name` in `properties` and `required`
property-added-optional | breaks callers who build the type by naming each field | `name` in `properties`
property-removed | breaks senders, who are not heard, and callers; readers if it was required | no `name` any more
property-renamed | breaks senders and callers; readers if it was required | `note` → `remark`
property-required | breaks senders; callers if it is no `Option` now | `name` is in `required`
property-optional | breaks readers; callers if it becomes an `Option` | `name` is no longer in `required`
read-only | breaks senders: a request may not have it | `readOnly: true`
not-read-only | breaks nobody | no `readOnly` any more
write-only | breaks nobody by itself: no response has it; if it was required, see property-optional | `writeOnly: true`
not-write-only | breaks nobody | no `writeOnly` any more
extra-refused | breaks senders | `additionalProperties: false`
extra-accepted | breaks readers | no `additionalProperties: false` any more
extra-typed | breaks senders of others, and callers who build the type: it has a field more | `additionalProperties: {type: string}`
extra-untyped | breaks callers: the field is gone; readers, since they may be of any type | no `additionalProperties` any more
enum-added | breaks senders; callers where a Rust enum takes the place of text | `enum: [a, b]`
enum-removed | breaks callers who sent a Rust enum; a response may have any text anyway | no `enum` any more
enum-value-added | breaks nobody if it is text: a response may have any; readers of other values | `enum: [a]` → `[a, b]`
enum-value-removed | breaks senders, and callers who name it | `enum: [a, b]` → `[a]`
alternative-added | breaks readers, and callers who match | `oneOf` has one more
alternative-removed | breaks senders and callers | `oneOf` has one less
alternatives-tag | breaks senders and readers | `discriminator: {propertyName: kind}` → `type`
limit-narrower | breaks senders | `maxLength: 9` → `5`
limit-wider | breaks readers who rely on it | `maxLength: 5` → `9`
limit-changed | breaks senders and readers | another `pattern`
default-changed | breaks senders who leave it out | `default: 1` → `2`
default-unused | breaks nobody: it is never left out | the `default` of what is required
tier-changed | breaks nobody | `x-hb-source: inferred` → `corroborated`
docs-changed | breaks nobody: only people read it | another `description`
";

/// The id, the meaning and an example of each class.
pub fn classes() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let parts = |line: &'static str| {
        let (id, rest) = line.split_once(" | ")?;
        let (means, example) = rest.split_once(" | ")?;
        Some((id, means, example))
    };
    CLASSES.lines().filter_map(parts)
}

/// What a class means, or what each does.
#[must_use]
pub fn explain(wanted: Option<&str>) -> Option<String> {
    let mut text = String::new();
    for (id, means, example) in classes().filter(|(id, ..)| wanted.is_none_or(|wanted| *id == wanted)) {
        let _ = writeln!(text, "{id:<26}{means}\n{:26}for example: {example}", "");
    }
    (!text.is_empty()).then_some(text)
}
