//! Reads a response's head: the delay that it asks for, its date, and the portal's id for the request.

use std::time::{Duration, SystemTime};

use chrono::NaiveDateTime;
use http::{
    HeaderMap, HeaderName,
    header::{DATE, RETRY_AFTER},
};

/// Every header that is read; no other is kept. From the third on, they are the headers in which portals put a request's id
/// (`inferred`: the documentation names no such header).
pub(crate) const HEADERS_READ: [HeaderName; 6] = [
    DATE,
    RETRY_AFTER,
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("x-trace-id"),
];

/// The date formats of RFC 9110, 5.6.7, after the header is split at commas: IMF-fixdate and RFC 850 have a comma after the
/// weekday.
const DATES: [&str; 3] = ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// The id that the portal gave the request, if it gave one.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    let [_, _, names @ ..] = &HEADERS_READ;
    names.iter().find_map(|name| headers.get(name)?.to_str().ok()).filter(|id| !id.is_empty())
}

/// The time when the response was sent, by the portal's clock.
#[cfg(feature = "preview")]
pub(crate) fn sent_at(headers: &HeaderMap) -> Option<chrono::DateTime<chrono::Utc>> {
    parts(headers, &DATE).find_map(date).map(Into::into)
}

/// The delay that `Retry-After` asks for: a number of seconds, or the time until a date (RFC 9110, 10.2.3), counted from the
/// response's own `Date`. Fractions are rounded up. Of several values, the largest counts.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let now = parts(headers, &DATE).find_map(date).unwrap_or_else(SystemTime::now);
    let until = |part: &str| Some(date(part)?.duration_since(now).unwrap_or_default());
    parts(headers, &RETRY_AFTER).filter_map(|part| seconds(part).or_else(|| until(part))).max()
}

/// The comma-separated parts of all headers of that name.
fn parts<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).into_iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

fn seconds(part: &str) -> Option<Duration> {
    let is_number = part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = part.parse::<f64>().ok().filter(|_| is_number)?;
    Some(Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX))
}

fn date(part: &str) -> Option<SystemTime> {
    DATES.iter().find_map(|format| NaiveDateTime::parse_from_str(part, format).ok()).map(|date| date.and_utc().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(date: Option<&str>, values: &[&str]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        date.map(|date| headers.insert(DATE, date.parse().unwrap()));
        for value in values {
            headers.append(RETRY_AFTER, value.parse().unwrap());
        }
        retry_after(&headers)
    }

    #[test]
    fn retry_after_is_seconds_rounded_up_and_the_largest_of_several() {
        for (values, expected) in [
            (&["120"][..], Some(120)),
            (&["1.5"], Some(2)),
            (&["0.001"], Some(1)),
            (&["0"], Some(0)),
            (&["2, 2"], Some(2)),
            (&["2, 7, 3"], Some(7)),
            (&["2", "7", "3"], Some(7)),
            (&["soon, 4"], Some(4)),
            (&["soon"], None),
            (&["-1"], None),
            (&["1e3"], None),
            (&["inf"], None),
            (&[""], None),
            (&["."], None),
            (&[], None),
        ] {
            assert_eq!(after(None, values), expected.map(Duration::from_secs), "{values:?}");
        }
        assert_eq!(after(None, &["99999999999999999999999"]), Some(Duration::MAX));
    }

    #[test]
    fn retry_after_is_a_date_in_any_form_counted_from_the_responses_own_date() {
        let now = Some("Sun, 06 Nov 1994 08:49:30 GMT");
        for value in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(after(now, &[value]), Some(Duration::from_secs(7)), "{value}");
            assert_eq!(after(now, &["3", value]), Some(Duration::from_secs(7)), "{value}");
            assert_eq!(after(now, &[&format!("9, {value}")]), Some(Duration::from_secs(9)), "{value}");
            assert_eq!(
                after(Some(value), &["Sun, 06 Nov 1994 08:49:30 GMT"]),
                Some(Duration::ZERO),
                "{value} is later"
            );
            assert_eq!(after(None, &[value]), Some(Duration::ZERO), "without a date, our clock counts: {value}");
        }
        assert!(after(None, &["Fri, 31 Dec 2100 23:59:59 GMT"]) > Some(Duration::from_secs(3600)));
        assert_eq!(after(now, &["Sun, 06 Nov 1994 25:49:37 GMT"]), None);
    }
}
