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

/// `webhook-endpoint` is `WebhookEndpoint`, and `APIKey` is `ApiKey`.
pub(super) fn pascal_case(name: &str) -> String {
    words(name)
        .iter()
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
            first + &chars.as_str().to_lowercase()
        })
        .collect()
}

/// The words of a name, parted where the generator parts them: at what is neither letter nor digit, between a small letter
/// and a capital, and before the last of several capitals if a small letter follows.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut in_capitals = false;
    let mut chars = name.chars().peekable();
    while let Some(char) = chars.next() {
        if !char.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            in_capitals = false;
            continue;
        }
        let starts = char.is_uppercase() && (!in_capitals || chars.peek().is_some_and(|next| next.is_lowercase()));
        if starts {
            words.push(std::mem::take(&mut word));
        }
        word.push(char);
        // A digit is of the letters before it.
        in_capitals = char.is_uppercase() || (in_capitals && !char.is_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
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
        for (name, snake, pascal) in [
            ("WebhookEndpoint", "webhook_endpoint", "WebhookEndpoint"),
            ("webhook_endpoint", "webhook_endpoint", "WebhookEndpoint"),
            ("APIKey", "api_key", "ApiKey"),
            ("getV2Webhooks", "get_v2_webhooks", "GetV2Webhooks"),
            ("URL", "url", "Url"),
        ] {
            assert_eq!((snake_case(name).as_str(), pascal_case(name).as_str()), (snake, pascal));
        }
        assert_eq!(of_type("API-key"), ["type.ApiKey"]);
    }
}
