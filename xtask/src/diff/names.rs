//! The names of snapshots: what the generator calls an operation or a type.

/// The snapshots of an operation: its code, and what it puts on the wire.
pub(super) fn of_operation(id: &str) -> Vec<String> {
    let name = snake_case(id);
    vec![format!("operation.{name}"), format!("wire.{name}")]
}

/// The snapshots of a type.
pub(super) fn of_type(name: &str) -> Vec<String> {
    vec![format!("type.{}", pascal_case(name))]
}

/// The list of the types that hold a secret.
pub(super) const SECRETS: &str = "secret-types";

/// `createWebhookEndpoint` is `create_webhook_endpoint`.
fn snake_case(name: &str) -> String {
    words(name).join("_").to_lowercase()
}

/// `webhook-endpoint` is `WebhookEndpoint`.
pub(super) fn pascal_case(name: &str) -> String {
    words(name)
        .iter()
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
        })
        .collect()
}

/// The words of a name: parted by what is neither letter nor digit, and before a capital that follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for char in name.chars() {
        let ends = !char.is_alphanumeric()
            || (char.is_uppercase() && word.chars().next_back().is_some_and(|last| !last.is_uppercase()));
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if char.is_alphanumeric() {
            word.push(char);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_generated_code() {
        assert_eq!(
            of_operation("createWebhookEndpoint"),
            ["operation.create_webhook_endpoint", "wire.create_webhook_endpoint"]
        );
        assert_eq!(of_operation("get-access token"), ["operation.get_access_token", "wire.get_access_token"]);
        assert_eq!(of_type("WebhookEndpoint"), ["type.WebhookEndpoint"]);
        assert_eq!(of_type("webhook_endpoint"), ["type.WebhookEndpoint"]);
    }
}
