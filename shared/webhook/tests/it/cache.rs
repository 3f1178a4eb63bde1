use crate::keys;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tallyman_webhook::{BadJwks, Jwks, JwksCache, Lookup};

fn at(seconds: i64) -> Timestamp {
    "2026-07-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

const DAY: i64 = 86_400;

fn says(cache: &JwksCache, kid: &str, seconds: i64) -> &'static str {
    match cache.key(kid, at(seconds)) {
        Lookup::Found(key) => {
            assert_eq!(key.id(), kid);
            "found"
        }
        Lookup::Fetch => "fetch",
        Lookup::Unknown => "unknown",
        Lookup::Unsure => "unsure",
    }
}

fn holding(kids: &[&str]) -> JwksCache {
    let mut cache = JwksCache::default();
    cache.store(keys::jwks(&kids.iter().map(|kid| keys::one().jwk(kid)).collect::<Vec<_>>()), at(0));
    cache
}

#[test]
fn an_empty_cache_asks_for_a_fetch_and_after_a_failed_one_waits_a_minute() {
    let mut cache = JwksCache::default();
    assert_eq!(says(&cache, "k1", 0), "fetch");
    cache.fetch_failed(at(0));
    assert_eq!((says(&cache, "k1", 0), says(&cache, "k1", 59), says(&cache, "k1", 60)), ("unsure", "unsure", "fetch"));
}

#[test]
fn a_key_that_nobody_could_look_up_is_not_called_made_up() {
    let mut cache = holding(&["k1"]);
    assert_eq!(says(&cache, "k2", 0), "unknown");
    assert_eq!(says(&cache, "k2", 60), "fetch");
    cache.fetch_failed(at(60));
    assert_eq!((says(&cache, "k2", 61), says(&cache, "k1", 61)), ("unsure", "found"));
}

#[test]
fn a_known_key_is_used_for_a_day_without_a_fetch() {
    let cache = holding(&["k1"]);
    assert_eq!(
        (says(&cache, "k1", 0), says(&cache, "k1", DAY - 1), says(&cache, "k1", DAY)),
        ("found", "found", "fetch")
    );
}

#[test]
fn made_up_key_ids_cost_one_fetch_a_minute() {
    let mut cache = holding(&["k1"]);
    let mut fetches = 0;
    for second in 1..=600 {
        if says(&cache, &format!("x{second}"), second) == "fetch" {
            fetches += 1;
            cache.store(keys::jwks(&[keys::one().jwk("k1")]), at(second));
            assert_eq!(says(&cache, &format!("x{second}"), second), "unknown");
        }
        assert_eq!(says(&cache, "k1", second), "found");
    }
    assert_eq!(fetches, 10);
}

#[test]
fn a_rotated_key_is_fetched_and_the_old_one_is_gone() {
    let mut cache = holding(&["k1"]);
    assert_eq!(says(&cache, "k2", 61), "fetch");
    cache.store(keys::jwks(&[keys::two().jwk("k2")]), at(61));
    assert_eq!(
        (says(&cache, "k2", 61), says(&cache, "k1", 62), says(&cache, "k1", 121)),
        ("found", "unknown", "fetch")
    );
}

#[test]
fn old_keys_go_on_while_the_key_server_is_away_and_are_asked_for_once_a_minute() {
    let mut cache = holding(&["k1"]);
    for minute in 0..30 {
        let second = 3 * DAY + minute * 60;
        assert_eq!(says(&cache, "k1", second), "fetch");
        cache.fetch_failed(at(second));
        assert_eq!((says(&cache, "k1", second), says(&cache, "k1", second + 59)), ("found", "found"));
    }
}

#[test]
fn a_clock_set_back_does_not_stop_fetching() {
    assert_eq!(says(&holding(&["k1"]), "k2", -DAY), "fetch");
    assert_eq!(says(&holding(&["k1"]), "k1", -DAY), "fetch");
}

#[test]
fn keys_that_cannot_verify_are_left_out() {
    let with = |name: &str, value: serde_json::Value| {
        let mut jwk = keys::one().jwk("odd");
        jwk[name] = value;
        jwk
    };
    let short = "x".repeat(171); // 1024 bits
    let odd = [
        with("kty", json!("EC")),
        with("use", json!("enc")),
        with("alg", json!("RS512")),
        with("n", json!(short)),
        with("n", json!("not base64!")),
        with("e", json!("")),
        with("kid", json!("")),
        with("kid", json!(null)),
        json!("no key"),
    ];
    for jwk in &odd {
        let set = json!({ "keys": [jwk] }).to_string();
        assert_eq!(Jwks::parse(set.as_bytes()).unwrap_err(), BadJwks::NoKey, "{jwk}");
    }
    let mut cache = JwksCache::default();
    cache.store(keys::jwks(&[&odd[..], &[keys::one().jwk("k1")]].concat()), at(0));
    assert_eq!((says(&cache, "k1", 0), says(&cache, "odd", 0)), ("found", "unknown"));
}

#[test]
fn a_modulus_with_a_leading_zero_or_padding_is_the_same_key() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let plain = keys::one().jwk("k1");
    let modulus = URL_SAFE_NO_PAD.decode(plain["n"].as_str().unwrap()).unwrap();
    let zero = [vec![0], modulus].concat();
    for n in [URL_SAFE_NO_PAD.encode(zero), format!("{}==", plain["n"].as_str().unwrap())] {
        let mut jwk = plain.clone();
        jwk["n"] = json!(n);
        let key = keys::public(jwk);
        let (stamp, body) = ("2026-07-01T12:00:00Z", b"{}");
        let signature = keys::one().sign(stamp, body);
        let headers = tallyman_webhook::SignedHeaders { key_id: "k1", signature: &signature, timestamp: stamp };
        assert_eq!(tallyman_webhook::verify_v2(&headers, body, &key, at(0)), Ok(()));
    }
}

#[test]
fn what_is_no_key_set_is_refused() {
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, "<html>"] {
        assert_eq!(Jwks::parse(text.as_bytes()).unwrap_err(), BadJwks::Malformed, "{text}");
    }
    assert_eq!(Jwks::parse(br#"{"keys":[]}"#).unwrap_err(), BadJwks::NoKey);
    assert_eq!(Jwks::parse(&[b' '; 65 * 1024]).unwrap_err(), BadJwks::TooLarge);
}

#[test]
fn debug_shows_ids_and_no_key_material() {
    let cache = holding(&["k1"]);
    let shown = format!("{cache:?}");
    assert!(shown.contains("k1") && shown.contains("2048"), "{shown}");
    let n = keys::one().jwk("k1")["n"].as_str().unwrap().to_owned();
    assert!(!shown.contains(&n[..8]) && !shown.contains("modulus") && !shown.contains("[1"), "{shown}");
}
