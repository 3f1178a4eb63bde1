//! Push messages of AliExpress and Alibaba.com (API-FACTS 1.8 and 2.5).

use crate::{hook::BODY_BYTES_MAX, unhex};
use ring::hmac;

/// Why a push message isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPush {
    /// No `Authorization` header, or an empty one.
    #[error("the push message has no signature")]
    NoSignature,
    /// Not 64 small hexadecimal digits.
    #[error("the push message's signature is not 64 hexadecimal digits")]
    Malformed,
    /// More than 1 MiB.
    #[error("the push message is too large")]
    TooLarge,
    /// Signed with another secret, for another app, or changed on the way.
    #[error("the push message's signature is wrong")]
    Mismatch,
}

/// Checks `Authorization`: hex HMAC-SHA256 with the app's secret over app key and raw body.
///
/// # Errors
/// One [`BadPush`] per reason.
pub fn verify_push(app_secret: &str, app_key: &str, body: &[u8], authorization: &str) -> Result<(), BadPush> {
    if authorization.is_empty() {
        return Err(BadPush::NoSignature);
    }
    if body.len() > BODY_BYTES_MAX {
        return Err(BadPush::TooLarge);
    }
    let presented = unhex::<32>(authorization, false).ok_or(BadPush::Malformed)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, app_secret.as_bytes());
    let message = [app_key.as_bytes(), body].concat();
    hmac::verify(&key, &message, &presented).map_err(|_| BadPush::Mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of API-FACTS 1.8.
    const BODY: &str = r#"{"seller_id":"1234567","message_type":53,"data":{"buyerId":1861703697,"orderId":1105933950463697,"orderStatus":"OrderShipped"},"timestamp":1719389200,"site":"ae_global"}"#;
    const SIGNATURE: &str = "7f49b986bf874fc0121a00b526c2cc5867d86d8450559f148ed489d86c8a4cdf";

    fn verify(body: &[u8], signature: &[u8]) -> Result<(), BadPush> {
        verify_push("helloworld", "12345678", body, &String::from_utf8_lossy(signature))
    }

    #[test]
    fn the_known_message_is_believed() {
        assert_eq!(verify(BODY.as_bytes(), SIGNATURE.as_bytes()), Ok(()));
    }

    #[test]
    fn a_flipped_bit_in_any_byte_of_body_or_signature_is_refused() {
        for (at, bit) in (0..BODY.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut body = BODY.as_bytes().to_vec();
            body[at] ^= 1 << bit;
            assert_eq!(verify(&body, SIGNATURE.as_bytes()), Err(BadPush::Mismatch), "byte {at} bit {bit}");
        }
        for (at, bit) in (0..SIGNATURE.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut signature = SIGNATURE.as_bytes().to_vec();
            signature[at] ^= 1 << bit;
            assert!(verify(BODY.as_bytes(), &signature).is_err(), "byte {at} bit {bit}");
        }
    }

    #[test]
    fn another_secret_and_another_app_are_refused() {
        assert_eq!(verify_push("helloworle", "12345678", BODY.as_bytes(), SIGNATURE), Err(BadPush::Mismatch));
        assert_eq!(verify_push("helloworld", "12345679", BODY.as_bytes(), SIGNATURE), Err(BadPush::Mismatch));
        // The border between key and body isn't signed: the app key has to come from our own settings.
        assert_eq!(verify_push("helloworld", "1234567", format!("8{BODY}").as_bytes(), SIGNATURE), Ok(()));
    }

    #[test]
    fn each_reason_has_its_error() {
        assert_eq!(verify(BODY.as_bytes(), b""), Err(BadPush::NoSignature));
        assert_eq!(verify(BODY.as_bytes(), &SIGNATURE.as_bytes()[1..]), Err(BadPush::Malformed));
        assert_eq!(verify(BODY.as_bytes(), SIGNATURE.to_uppercase().as_bytes()), Err(BadPush::Malformed));
        assert_eq!(verify(&vec![b' '; BODY_BYTES_MAX + 1], SIGNATURE.as_bytes()), Err(BadPush::TooLarge));
    }
}
