//! Reading numbers digit by digit. A JSON value keeps a fraction, and a whole number of more than 64 bits, as a float of
//! some sixteen digits; amounts and ids need all of theirs.

use rust_decimal::Decimal;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::borrow::Cow;

/// Reads a JSON text. A number that is no whole number of 64 bits becomes a text of the same digits; every reader
/// here takes a number in either form.
///
/// # Errors
/// The decoder's, which may quote the text: it must not reach a log.
pub fn from_slice(json: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(&with_quoted_numbers(json))
}

/// The JSON that stands in a text, as both marketplaces like to have it; `None` when it is none, or a mere scalar.
#[must_use]
pub fn nested(text: &str) -> Option<Value> {
    from_slice(text.as_bytes()).ok().filter(|value| value.is_object() || value.is_array())
}

fn with_quoted_numbers(json: &[u8]) -> Cow<'_, [u8]> {
    let mut quoted: Vec<u8> = Vec::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => at = end_of_text(json, at),
            b'-' | b'0'..=b'9' => {
                let end = json[at..].iter().position(|b| !is_of_number(*b)).map_or(json.len(), |length| at + length);
                if let Some(digits) = exact(&json[at..end]) {
                    quoted.extend_from_slice(&json[copied..at]);
                    quoted.extend_from_slice(format!("\"{digits}\"").as_bytes());
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    quoted.extend_from_slice(&json[copied..]);
    Cow::Owned(quoted)
}

/// Behind the closing quote of the text that opens at `start`.
fn end_of_text(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    json.len()
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The digits of a number that a JSON value doesn't keep. What is no JSON number is left for the decoder to refuse.
fn exact(token: &[u8]) -> Option<Cow<'_, str>> {
    let text = std::str::from_utf8(token).ok()?;
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return None;
    }
    serde_json::from_slice::<IgnoredAny>(token).ok()?;
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok().map(|number| Cow::Owned(number.to_string()));
    }
    // `5.0` is a whole number to whoever counts pages.
    let whole = text.split_once('.').filter(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0'));
    Some(Cow::Borrowed(whole.map_or(text, |(whole, _)| whole)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Value {
        from_slice(text.as_bytes()).unwrap()
    }

    #[test]
    fn every_digit_of_a_number_is_kept() {
        for (number, kept) in [
            ("12.340", "12.340"),
            ("0.1", "0.1"),
            ("-0.5", "-0.5"),
            ("1234567890123456.789", "1234567890123456.789"),
            ("18446744073709551616", "18446744073709551616"),
            ("-9223372036854775809", "-9223372036854775809"),
            ("1E-05", "0.00001"),
            ("2.5e3", "2500"),
            ("5.0", "5"),
            ("-20.00", "-20"),
        ] {
            assert_eq!(read(&format!(r#"{{"a":[{number}],"b":{number}}}"#)), json!({"a": [kept], "b": kept}));
            assert_eq!(read(number), json!(kept));
        }
    }

    #[test]
    fn a_whole_number_of_64_bits_stays_a_number() {
        for number in ["0", "-1", "9007199254740993", "18446744073709551615", "-9223372036854775808"] {
            assert_eq!(read(&format!("[{number}]")).to_string(), format!("[{number}]"));
        }
    }

    #[test]
    fn what_looks_like_a_number_inside_a_text_is_left_alone() {
        let text = r#"{"1.5":"2.50 \"3.5\" \\","b":"\\\"4.5"}"#;
        assert_eq!(read(text), json!({"1.5": "2.50 \"3.5\" \\", "b": "\\\"4.5"}));
    }

    #[test]
    fn what_is_no_json_is_not_made_json() {
        for text in
            ["1.", "1.2.3", "01", "01.5", "--1", "1e", "[1.5", "{\"a\":.5}", "\"1.5", "1.5 2.5", "\"\\", "-", ""]
        {
            assert!(from_slice(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(from_slice(b"[1.5,\xff]").is_err());
    }

    #[test]
    fn json_in_a_text_is_read_as_exactly() {
        assert_eq!(nested(r#"{"score":0.6960,"id":1}"#), Some(json!({"score": "0.6960", "id": 1})));
        assert_eq!(nested("[2]"), Some(json!([2])));
        for text in ["N/A", "", "12", "\"a\"", "{", "null"] {
            assert_eq!(nested(text), None, "{text:?}");
        }
    }
}
