//! The gateway's own signature check, written from the rules and sharing no code with any client of ours.

use std::collections::BTreeMap;

use ring::hmac;

/// Request parameters by name. Sorted by byte order, which is the order they are signed in.
pub type Params = BTreeMap<String, String>;

/// The signature a client should have sent.
///
/// `prefix` is the API path under `/rest` and empty under `/sync`. The signature itself and blank values take
/// no part; uploaded files never were in `params`.
#[must_use]
pub fn sign(secret: &str, prefix: &str, params: &Params) -> String {
    let mut base = String::from(prefix);
    for (name, value) in params {
        if name != "sign" && !name.trim().is_empty() && !value.trim().is_empty() {
            base.push_str(name);
            base.push_str(value);
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex_upper(hmac::sign(&key, base.as_bytes()).as_ref())
}

/// What `Authorization` of a push message says: small hex digits over app key and raw body.
#[must_use]
pub fn sign_push(secret: &str, app_key: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex_upper(hmac::sign(&key, &[app_key.as_bytes(), body].concat()).as_ref()).to_ascii_lowercase()
}

fn hex_upper(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0x0f)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_platforms_own_vectors_come_out() {
        let sync = params(&[
            ("app_key", "123456"),
            ("access_token", "test"),
            ("timestamp", "1517820392000"),
            ("sign_method", "sha256"),
            ("method", "aliexpress.logistics.redefining.getonlinelogisticsinfo"),
            ("aliexpress_category_id", "200135143"),
        ]);
        let rest = params(&[
            ("app_key", "123456"),
            ("access_token", "test"),
            ("timestamp", "1517820392000"),
            ("sign_method", "sha256"),
            ("order_id", "1234"),
        ]);
        assert_eq!(sign("helloworld", "", &sync), "F7F7926B67316C9D1E8E15F7E66940ED3059B1638C497D77973F30046EFB5BBB");
        assert_eq!(
            sign("helloworld", "/order/get", &rest),
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"
        );
    }

    #[test]
    fn a_push_message_is_signed_over_app_key_and_raw_body() {
        let body = br#"{"seller_id":"1234567","message_type":53,"data":{"buyerId":1861703697,"orderId":1105933950463697,"orderStatus":"OrderShipped"},"timestamp":1719389200,"site":"ae_global"}"#;
        let signature = sign_push("helloworld", "12345678", body);
        assert_eq!(signature, "7f49b986bf874fc0121a00b526c2cc5867d86d8450559f148ed489d86c8a4cdf");
    }

    #[test]
    fn blank_values_and_the_signature_itself_are_not_signed() {
        let bare = params(&[("a", "1")]);
        let padded = params(&[("a", "1"), ("b", ""), ("c", "  "), ("sign", "X")]);
        assert_eq!(sign("s", "", &bare), sign("s", "", &padded));
    }
}
