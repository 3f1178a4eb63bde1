//! Webhook subscriptions.

use crate::read::{Broken, Whole, decode};
use serde::Deserialize;
use serde_json::json;
use tallyman_app::ports::Subscription;

#[derive(Deserialize)]
struct Listed {
    webhooks: Vec<Hook>,
}

#[derive(Deserialize)]
struct Hook {
    #[serde(rename = "WebHookID")]
    id: Whole,
    #[serde(rename = "HookType")]
    event: String,
    #[serde(rename = "Url")]
    url: String,
    #[serde(rename = "Active")]
    active: bool,
}

#[derive(Deserialize)]
struct Created {
    id: Whole,
}

/// Reads the list, wrapped as documented or bare.
pub(crate) fn list(body: &[u8]) -> Result<Vec<Subscription>, Broken> {
    let bare = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let hooks = if bare { decode(body)? } else { decode::<Listed>(body)?.webhooks };
    let subscription =
        |hook: Hook| Subscription { id: hook.id.0, event: hook.event, target_url: hook.url, active: hook.active };
    Ok(hooks.into_iter().map(subscription).collect())
}

/// The body that subscribes, for all stores.
pub(crate) fn subscription(event: &str, target_url: &str) -> Vec<u8> {
    let body = json!({ "target_url": target_url, "event": event, "store_id": null, "friendly_name": "Tallyman" });
    body.to_string().into_bytes()
}

/// The id of what was created.
pub(crate) fn new_id(body: &[u8]) -> Result<i64, Broken> {
    decode::<Created>(body).map(|created| created.id.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_wrapped_and_bare() {
        let hook = r#"[{"WebHookID":123,"HookType":"SHIP_NOTIFY","Url":"https://x.example/h","Active":true}]"#;
        let wrapped = format!(r#"{{"webhooks":{hook}}}"#);
        for body in [hook, &wrapped] {
            let [one] = &list(body.as_bytes()).unwrap()[..] else { panic!("one subscription") };
            assert_eq!((one.id, one.event.as_str(), one.active), (123, "SHIP_NOTIFY", true));
        }
        assert_eq!(list(b"{}").unwrap_err(), Broken::field(".", "missing field `webhooks`"));
    }
}
