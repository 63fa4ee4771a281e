//! A page of a list.

/// A page of a list, as the portal's response describes it (`inferred`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items on the page.
    pub items: Vec<T>,
    /// The number of the page, counted from 1, as it was requested.
    pub number: u32,
    /// The number of the last page, if the response has it.
    pub last_page: Option<u32>,
    /// The number of items in the whole list, if the response has it.
    pub total: Option<u64>,
    /// Whether there is another page after this one; `None` if the response does not say.
    pub has_more: Option<bool>,
}
