//! Creates a webhook endpoint at the portal that the variables `HB_PORTAL_*` name, and stores its secret in the file
//! `webhook-secret`.

use hb_portal::{Client, EventType, SecretFile};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let webhooks = client.webhooks();
    let create = webhooks.create("https://your-app.com/webhooks/references", [EventType::ReferenceSubmitted]);
    let created = create.store_secret_in(SecretFile::new("webhook-secret")).send().await?;
    if let Some(id) = &created.endpoint.id {
        println!("created endpoint {id}");
    }
    Ok(())
}
