//! The two ways in which the portal writes a moment down.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// A moment as the documentation shows it: `2019-08-24T14:15:22.123Z`.
pub(crate) fn documented(moment: SystemTime) -> String {
    DateTime::<Utc>::from(moment).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A moment as HTTP headers carry it: `Sat, 24 Aug 2019 14:15:22 GMT`.
pub(crate) fn http(moment: SystemTime) -> String {
    DateTime::<Utc>::from(moment).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn both_forms_are_as_their_examples_show() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_566_656_122_123);
        assert_eq!(documented(moment), "2019-08-24T14:15:22.123Z");
        assert_eq!(http(moment), "Sat, 24 Aug 2019 14:15:22 GMT");
    }

    #[test]
    fn milliseconds_are_written_when_they_are_zero() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_566_656_122);
        assert_eq!(documented(moment), "2019-08-24T14:15:22.000Z");
    }
}
