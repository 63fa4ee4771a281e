//! The timestamp formats of the portal and of HTTP.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// A timestamp as the documentation shows it: `2019-08-24T14:15:22.123Z`.
pub(crate) fn documented(moment: SystemTime) -> String {
    DateTime::<Utc>::from(moment).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A timestamp as the vendor's other APIs write it: `2019-08-24T14:15:22+00:00`.
pub(crate) fn house(moment: SystemTime) -> String {
    DateTime::<Utc>::from(moment).format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// A date in the format of an HTTP header.
pub(crate) fn http(moment: SystemTime, form: DateForm) -> String {
    let format = match form {
        DateForm::Imf => "%a, %d %b %Y %H:%M:%S GMT",
        DateForm::Rfc850 => "%A, %d-%b-%y %H:%M:%S GMT",
        DateForm::Asctime => "%a %b %e %H:%M:%S %Y",
    };
    DateTime::<Utc>::from(moment).format(format).to_string()
}

/// The formats of a date in an HTTP header (RFC 9110, 5.6.7). A recipient must accept all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateForm {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the format that servers send.
    Imf,
    /// `Sunday, 06-Nov-94 08:49:37 GMT`, obsolete.
    Rfc850,
    /// `Sun Nov  6 08:49:37 1994`, obsolete.
    Asctime,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_format_matches_its_published_example() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_566_656_122_123);
        assert_eq!(documented(moment), "2019-08-24T14:15:22.123Z");
        assert_eq!(house(moment), "2019-08-24T14:15:22+00:00");
        let example = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (form, text) in [
            (DateForm::Imf, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (DateForm::Rfc850, "Sunday, 06-Nov-94 08:49:37 GMT"),
            (DateForm::Asctime, "Sun Nov  6 08:49:37 1994"),
        ] {
            assert_eq!(http(example, form), text);
        }
    }

    #[test]
    fn milliseconds_are_written_even_if_they_are_zero() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_566_656_122);
        assert_eq!(documented(moment), "2019-08-24T14:15:22.000Z");
    }
}
