//! The classes of changes: each has a stable id, a meaning and an example.

use std::fmt::Write as _;

/// All classes, one a line: id, users that it breaks, and an example of a change.
const CLASSES: &str = "\
operation-added | breaks nobody | `GET /ping` is new
operation-removed | breaks senders and callers; receivers of a webhook | `GET /ping` is gone
operation-moved | breaks senders: the portal does not find the path | `GET /ping` → `GET /health`
operation-renamed | breaks callers: the struct has another name | `operationId: ping` → `getPing`
operation-preview | breaks callers without the feature `preview` | `x-hb-source: documented` → `inferred`
operation-stable | breaks nobody: it no longer needs the feature `preview` | `x-hb-source: inferred` → `documented`
deprecated | breaks nobody; the row of a later removal mentions it | `deprecated: true`
undeprecated | breaks nobody | `deprecated` is removed
security-narrower | breaks senders: their credentials are no longer sufficient | `security: []` → `[bearerAuth: []]`
security-wider | breaks nobody | `security: [bearerAuth: []]` → `[]`
security-scheme-added | breaks nobody | a scheme `apiKey`
security-scheme-changed | breaks senders | `scheme: bearer` → `basic`
security-scheme-removed | breaks nobody by itself: operations state what they require | the scheme `apiKey` is removed
parameter-added-required | breaks senders, and callers: `new` has another argument | a header `X-Team`, `required: true`
parameter-added-optional | breaks nobody: the struct is non-exhaustive, and `new` is as before | a query parameter `page`
parameter-removed | breaks senders, whose value is ignored, and callers | the query parameter `page` is removed
parameter-renamed | breaks senders, and callers who set it | `?page` → `?p`
parameter-moved | breaks senders: the portal expects it in another place | `in: query` → `header`
path-parameter-renamed | breaks nobody: only its value is sent; senders if two are swapped | `/things/{id}` → `/things/{thing}`
parameter-required | breaks senders, and callers: `new` has another argument | `?page` gets `required: true`
parameter-optional | breaks callers: `new` has one argument less | `?page` loses `required: true`
parameter-order | breaks callers: the arguments of `new` are in another order | `[a, b]` → `[b, a]`, both required
parameter-style | breaks senders: its format differs | a list with `explode: false`
parameter-list | breaks only callers: a list of one item is sent like the single value | `?tag`: `string` → a list of `string`
body-added-required | breaks senders and callers | a `requestBody`, `required: true`
body-added-optional | breaks nobody | a `requestBody`
body-removed | breaks senders and callers | `requestBody` is removed
body-required | breaks senders and callers; receivers of a webhook | `requestBody` gets `required: true`
body-optional | breaks callers: `new` has one argument less | `requestBody` loses `required: true`
body-media-type | breaks senders, unless the old one is still accepted | `application/json` → `multipart/form-data`
media-type-added | breaks nobody | `text/csv` next to `application/json`
media-type-removed | breaks those who send or request it | `text/csv` is removed
media-type-encoding | breaks senders | `encoding: {tags: {explode: false}}`
success-added | breaks readers: older clients do not know the status; callers if the type becomes an enum | a `202`
success-removed | breaks callers if the type changes | `202` is removed
failure-added | breaks callers if the type of failures changes | a `409` of another form
failure-removed | breaks callers if the type of failures changes | `409` is removed
response-body-added | breaks callers if the type changes | `204` gets a body
response-body-removed | breaks readers, and callers if the type changes | `200` loses its body
response-body-form | breaks readers and callers | `application/json` → `application/pdf`
header-added | breaks nobody | a header `X-Left`
header-removed | breaks readers if it was required | the header `X-Left` is removed
header-required | breaks nobody | `X-Left` gets `required: true`
header-optional | breaks readers | `X-Left` loses `required: true`
type-added | breaks nobody | a component `Pair`
type-removed | breaks callers | the component `Pair` is removed
type-renamed | breaks callers | `Pair` → `Couple`, with the same definition
type-use | breaks nobody: the derived traits differ | responses now use `Pair`
type-narrower | breaks senders and callers: some values are no longer valid | `number` → `integer`
type-wider | breaks readers and callers: there are new values | `integer` → `number`
type-changed | breaks senders, readers and callers, or callers alone if the values are the same | `string` → `oneOf: [integer, boolean]`
type-order | breaks nobody: if several alternatives fit, another one may be used | `enum: [a, b]` → `[b, a]`
boxed | breaks callers: the field is now a `Box`, since its type contains itself | a property of `Pair` refers to `Pair`
unboxed | breaks callers: the field is no longer a `Box` | that property is removed
nullable | breaks readers; callers if it was not an `Option` | `nullable: true`
not-nullable | breaks senders; callers if it is no longer an `Option` | `nullable` is removed
secret | breaks callers: only `expose_secret` reads it | `x-hb-secret: true`
not-secret | breaks callers, and `Debug` now prints it | `x-hb-secret` is removed
property-added-required | breaks senders, and callers who build the type | `name` in `properties` and `required`
property-added-optional | breaks callers who build the type by naming each field | `name` in `properties`
property-removed | breaks senders, whose value is ignored, and callers; readers if it was required | `name` is removed
property-renamed | breaks senders and callers; readers if it was required | `note` → `remark`
property-required | breaks senders; callers if it is no longer an `Option` | `name` is added to `required`
property-optional | breaks readers; callers if it becomes an `Option` | `name` is removed from `required`
read-only | breaks senders: a request may not have it | `readOnly: true`
not-read-only | breaks nobody | `readOnly` is removed
write-only | breaks nobody by itself: no response has it; if it was required, see property-optional | `writeOnly: true`
not-write-only | breaks nobody | `writeOnly` is removed
extra-refused | breaks senders | `additionalProperties: false`
extra-accepted | breaks readers | `additionalProperties: false` is removed
extra-typed | breaks senders of other values, and callers who build the type: it has another field | `additionalProperties: {type: string}`
extra-untyped | breaks callers: the field is removed; readers, since the values may have any type | `additionalProperties` is removed
enum-added | breaks senders; callers where a Rust enum replaces text | `enum: [a, b]`
enum-removed | breaks callers who send a Rust enum; responses may have any text anyway | `enum` is removed
enum-value-added | breaks nobody if it is text, since responses may have any text; otherwise readers | `enum: [a]` → `[a, b]`
enum-value-removed | breaks senders, and callers who name it | `enum: [a, b]` → `[a]`
alternative-added | breaks readers, and callers who match | `oneOf` has another item
alternative-removed | breaks senders and callers | an item of `oneOf` is removed
alternatives-tag | breaks senders and readers | `discriminator: {propertyName: kind}` → `type`
limit-narrower | breaks senders | `maxLength: 9` → `5`
limit-wider | breaks readers who rely on it | `maxLength: 5` → `9`
limit-changed | breaks senders and readers | another `pattern`
default-changed | breaks senders who omit the value | `default: 1` → `2`
default-unused | breaks nobody: the value is never omitted | the `default` of a required property
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

/// The explanation of one class, or of all.
#[must_use]
pub fn explain(wanted: Option<&str>) -> Option<String> {
    let mut text = String::new();
    for (id, means, example) in classes().filter(|(id, ..)| wanted.is_none_or(|wanted| *id == wanted)) {
        let _ = writeln!(text, "{id:<26}{means}\n{:26}for example: {example}", "");
    }
    (!text.is_empty()).then_some(text)
}
