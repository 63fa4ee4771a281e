//! Lists endpoints, one page at a time or all of them.

use super::{create::Webhooks, pages::Pages, stream::WebhookStream};
use crate::{endpoint::WebhookEndpoint, error::CallError, page::Page, pending::PendingCall};

/// The operation of [`Webhooks::list`].
#[derive(Debug, Clone, Default)]
pub struct ListWebhooks {
    page: Option<u32>,
    per_page: Option<u32>,
}

impl Webhooks {
    /// Lists the webhook endpoints of the account (`GET /webhooks`, `inferred`).
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = hb_portal_sandbox::Sandbox::start().await?;
    /// # let client = hb_portal::Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build()?;
    /// let mut endpoints = client.webhooks().list().stream();
    /// while let Some(endpoint) = endpoints.next().await {
    ///     println!("{:?}", endpoint?);
    /// }
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub fn list(&self) -> PendingCall<ListWebhooks> {
        PendingCall::new(&self.portal, ListWebhooks::default())
    }
}

impl PendingCall<ListWebhooks> {
    /// Sets the page to read, or to begin with, counted from 1. Default: 1.
    pub fn page(mut self, page: u32) -> Self {
        self.asked.page = Some(page);
        self
    }

    /// Sets the number of endpoints per page. By default, the portal decides.
    pub fn per_page(mut self, per_page: u32) -> Self {
        self.asked.per_page = Some(per_page);
        self
    }

    /// Reads one page.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant states what the portal did.
    pub async fn send(self) -> Result<Page<WebhookEndpoint>, CallError> {
        let ListWebhooks { page, per_page } = self.asked;
        Pages::one(&self.call(), page, per_page).await
    }

    /// Reads all pages, and returns each endpoint once.
    ///
    /// The options of this call, including its deadline, apply to each page. It never requests a URL from a response: page `n` is
    /// followed by page `n + 1`, as long as the response says that there is more. A page that repeats an earlier one, an empty
    /// page that says that there is more, and a list of more than 1,000 pages are errors ([`CallError::Unreadable`]), not the end
    /// of the list.
    pub fn stream(self) -> WebhookStream {
        let ListWebhooks { page, per_page } = self.asked;
        WebhookStream::new(Pages::new(self.portal, self.limits, page, per_page))
    }
}
