use crate::keys::{self, OPENSSL_MODULUS, OPENSSL_SIGNATURE};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::HashMap;
use tallyman_webhook::{BODY_BYTES_MAX, BadSignature, SignedHeaders, verify_v2};

pub const TIMESTAMP: &str = "2026-07-01T12:00:00.000Z";
pub const BODY: &str =
    r#"{"resource_url":"https://api.shipstation.com/v2/labels?batch_id=se-1","resource_type":"LABEL_CREATED_V2"}"#;

fn now() -> Timestamp {
    TIMESTAMP.parse().unwrap()
}

fn verify(timestamp: &str, body: &[u8], signature: &str, at: Timestamp) -> Result<(), BadSignature> {
    let key = keys::public(keys::one().jwk("k1"));
    verify_v2(&SignedHeaders { key_id: "k1", signature, timestamp }, body, &key, at)
}

#[test]
fn a_signature_that_openssl_made_is_believed() {
    let key = keys::public(
        json!({"kid": "k1", "kty": "RSA", "use": "sig", "alg": "RS256", "n": OPENSSL_MODULUS, "e": "AQAB"}),
    );
    let headers = SignedHeaders { key_id: "k1", signature: OPENSSL_SIGNATURE, timestamp: TIMESTAMP };
    assert_eq!(verify_v2(&headers, BODY.as_bytes(), &key, now()), Ok(()));
}

#[test]
fn a_flipped_bit_in_any_byte_of_body_time_stamp_or_signature_is_refused() {
    let signature = keys::one().sign(TIMESTAMP, BODY.as_bytes());
    assert_eq!(verify(TIMESTAMP, BODY.as_bytes(), &signature, now()), Ok(()));
    for (at, bit) in bits(BODY.len()) {
        let body = flipped(BODY, at, bit);
        assert_eq!(verify(TIMESTAMP, &body, &signature, now()), Err(BadSignature::Mismatch), "byte {at} bit {bit}");
    }
    for (at, bit) in bits(TIMESTAMP.len()) {
        let Ok(timestamp) = String::from_utf8(flipped(TIMESTAMP, at, bit)) else { continue };
        assert!(verify(&timestamp, BODY.as_bytes(), &signature, now()).is_err(), "{timestamp}");
    }
    for (at, bit) in bits(signature.len()) {
        let Ok(wrong) = String::from_utf8(flipped(&signature, at, bit)) else { continue };
        assert!(verify(TIMESTAMP, BODY.as_bytes(), &wrong, now()).is_err(), "{wrong}");
    }
}

fn bits(bytes: usize) -> impl Iterator<Item = (usize, u8)> {
    (0..bytes).flat_map(|at| (0..8).map(move |bit| (at, bit)))
}

fn flipped(text: &str, at: usize, bit: u8) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] ^= 1 << bit;
    bytes
}

#[test]
fn a_webhook_shortened_or_lengthened_is_refused() {
    let signature = keys::one().sign(TIMESTAMP, BODY.as_bytes());
    for body in [&BODY[1..], &BODY[..BODY.len() - 1], "", &format!("{BODY} "), &format!(" {BODY}")] {
        assert_eq!(verify(TIMESTAMP, body.as_bytes(), &signature, now()), Err(BadSignature::Mismatch));
    }
    // The same instant written another way wasn't signed.
    assert_eq!(verify("2026-07-01T12:00:00Z", BODY.as_bytes(), &signature, now()), Err(BadSignature::Mismatch));
}

#[test]
fn five_minutes_either_way_are_accepted_and_a_second_more_is_not() {
    let signature = keys::one().sign(TIMESTAMP, BODY.as_bytes());
    let at = |seconds: i64| verify(TIMESTAMP, BODY.as_bytes(), &signature, now() + SignedDuration::from_secs(seconds));
    for (seconds, expected) in [
        (0, Ok(())),
        (299, Ok(())),
        (300, Ok(())),
        (301, Err(BadSignature::TooOld)),
        (86_400, Err(BadSignature::TooOld)),
        (-299, Ok(())),
        (-300, Ok(())),
        (-301, Err(BadSignature::FromTheFuture)),
        (-86_400, Err(BadSignature::FromTheFuture)),
    ] {
        assert_eq!(at(seconds), expected, "{seconds} s");
    }
    let late = now() + SignedDuration::from_millis(300_001);
    assert_eq!(verify(TIMESTAMP, BODY.as_bytes(), &signature, late), Err(BadSignature::TooOld));
}

#[test]
fn each_reason_has_its_error() {
    let signature = keys::one().sign(TIMESTAMP, BODY.as_bytes());
    for timestamp in ["yesterday", "2026-07-01T12:00:00", "1782907200", "2026-07-01"] {
        assert_eq!(verify(timestamp, BODY.as_bytes(), &signature, now()), Err(BadSignature::Timestamp), "{timestamp}");
    }
    assert_eq!(verify(TIMESTAMP, BODY.as_bytes(), "no base64!", now()), Err(BadSignature::Encoding));
    assert_eq!(verify(TIMESTAMP, BODY.as_bytes(), "AAAA", now()), Err(BadSignature::Mismatch));
    assert_eq!(verify(TIMESTAMP, &vec![b' '; BODY_BYTES_MAX + 1], &signature, now()), Err(BadSignature::TooLarge));
    let key = keys::public(keys::one().jwk("k2"));
    let headers = SignedHeaders { key_id: "k1", signature: &signature, timestamp: TIMESTAMP };
    assert_eq!(verify_v2(&headers, BODY.as_bytes(), &key, now()), Err(BadSignature::OtherKey));
    let foreign = keys::public(keys::two().jwk("k1"));
    assert_eq!(verify_v2(&headers, BODY.as_bytes(), &foreign, now()), Err(BadSignature::Mismatch));
}

#[test]
fn all_three_headers_are_needed() {
    let names = ["x-shipengine-rsa-sha256-key-id", "x-shipengine-rsa-sha256-signature", "x-shipengine-timestamp"];
    let all: HashMap<&str, &str> = names.into_iter().map(|name| (name, name)).collect();
    let read = |headers: &HashMap<&str, &'static str>| {
        SignedHeaders::read(|name| headers.get(name).copied()).map(|h| h.key_id)
    };
    assert_eq!(read(&all), Ok(names[0]));
    for name in names {
        for bad in [None, Some("")] {
            let mut some = all.clone();
            some.remove(name);
            some.extend(bad.map(|value| (name, value)));
            assert_eq!(read(&some), Err(BadSignature::Header(name)));
        }
    }
}
