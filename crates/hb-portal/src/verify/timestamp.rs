//! Parses and writes timestamps.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};

use super::part::TimestampFormat;

/// The maximum length of a timestamp, in bytes: far above what any sender needs, and the stored part of a delivery has room for
/// it.
pub(super) const MAX_TEXT: usize = 64;

/// No system's time has more digits, and 19 digits cannot overflow.
const MAX_DIGITS: usize = 19;

impl TimestampFormat {
    /// Parses the time in `text`, in this format.
    pub(super) fn parse(self, text: &[u8]) -> Option<SystemTime> {
        if text.is_empty() || text.len() > MAX_TEXT {
            return None;
        }
        let since_1970 = match self {
            Self::Seconds => Duration::from_secs(number(text)?),
            Self::Milliseconds => Duration::from_millis(number(text)?),
            Self::Rfc3339 => return rfc_3339(text),
        };
        SystemTime::UNIX_EPOCH.checked_add(since_1970)
    }

    /// Writes `at` in this format, RFC 3339 in whole seconds; `None` before 1970.
    pub(super) fn write(self, at: SystemTime) -> Option<String> {
        let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(match self {
            Self::Seconds => since_1970.as_secs().to_string(),
            Self::Milliseconds => since_1970.as_millis().to_string(),
            Self::Rfc3339 => {
                let seconds = i64::try_from(since_1970.as_secs()).ok()?;
                DateTime::<Utc>::from_timestamp(seconds, 0)?.to_rfc3339_opts(SecondsFormat::Secs, true)
            }
        })
    }

    /// The number of digits of times from 2001 to 2286; `None` if the format is not a number.
    pub(super) fn digits(self) -> Option<usize> {
        match self {
            Self::Seconds => Some(10),
            Self::Milliseconds => Some(13),
            Self::Rfc3339 => None,
        }
    }
}

fn number(text: &[u8]) -> Option<u64> {
    let zeros = text.iter().take_while(|digit| **digit == b'0').count();
    let digits = text.get(zeros..).filter(|digits| digits.len() <= MAX_DIGITS)?;
    digits.iter().try_fold(0, |number: u64, digit| {
        digit.is_ascii_digit().then(|| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
    })
}

/// Accepts only text whose end is unambiguous, so that nothing can move into it or out of it.
fn rfc_3339(text: &[u8]) -> Option<SystemTime> {
    let strict = text.iter().all(|byte| byte.is_ascii_digit() || b"-:+.TZ".contains(byte));
    let text = std::str::from_utf8(text).ok().filter(|_| strict)?;
    Some(DateTime::parse_from_rfc3339(text).ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(duration: Duration) -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(duration)
    }

    #[test]
    fn a_number_is_what_its_digits_say_or_none() {
        let numbers = ["0", "7", "1700000000", "9223372036854775807", "9223372036854775808", "18446744073709551616"];
        let padded = numbers.iter().map(|number| format!("{number:0>64}"));
        let malformed =
            ["", "-1", "+1", "1 ", " 1", "1.5", "0x1", "a", "1a", "\u{661}", "000a", "12345678901234567890a"];
        for text in numbers.map(str::to_owned).into_iter().chain(padded).chain(malformed.map(str::to_owned)) {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|_| plain);
            let seconds = number.and_then(|number| after(Duration::from_secs(number)));
            assert_eq!(TimestampFormat::Seconds.parse(text.as_bytes()), seconds, "{text}");
            let milliseconds = number.and_then(|number| after(Duration::from_millis(number)));
            assert_eq!(TimestampFormat::Milliseconds.parse(text.as_bytes()), milliseconds, "{text}");
        }
        assert_eq!(TimestampFormat::Seconds.parse(&[b'0'; MAX_TEXT + 1]), None);
    }

    #[test]
    fn a_date_has_one_end() {
        let format = TimestampFormat::Rfc3339;
        let at = after(Duration::new(1_573_899_072, 634_234_626));
        for text in ["2019-11-16T10:11:12.634234626Z", "2019-11-16T12:11:12.634234626+02:00"] {
            assert_eq!(format.parse(text.as_bytes()), at, "{text}");
            for end in 0..text.len() {
                assert_eq!(format.parse(&text.as_bytes()[..end]), None, "{end} of {text}");
                assert_eq!(format.parse(&text.as_bytes()[end + 1..]), None, "{text} from {end}");
            }
        }
        for text in [
            "2019-11-16t10:11:12z",
            "2019-11-16 10:11:12Z",
            "2019-11-16T10:11:12",
            "2019-13-16T10:11:12Z",
            "1573899072",
        ] {
            assert_eq!(format.parse(text.as_bytes()), None, "{text}");
        }
        let whole = after(Duration::from_secs(1_573_899_072)).unwrap();
        assert_eq!(format.write(whole).as_deref(), Some("2019-11-16T10:11:12Z"));
    }
}
