//! What a ShipStation webhook says. It is a hint: it names a resource to read and is never believed for more.

use serde::Deserialize;

/// No webhook is larger; the real ones have a few hundred bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
const URL_BYTES_MAX: usize = 2048;
const TYPE_BYTES_MAX: usize = 40;

/// Why a webhook's body is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHook {
    /// More than [`BODY_BYTES_MAX`].
    #[error("the webhook's body is too large")]
    TooLarge,
    /// No JSON object with the two texts `resource_url` and `resource_type`.
    #[error("the webhook's body is not the JSON object it must be")]
    Malformed,
    /// An empty or overlong `resource_url`.
    #[error("the webhook's resource_url is empty or too long")]
    BadUrl,
    /// A type we have no use for. Not an attack: the sender may be subscribed to more than we are.
    #[error("the webhook's type {0} is not one of ours")]
    UnknownType(String),
}

/// The V1 events we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum V1Kind {
    /// A label was made; without items.
    ShipNotify,
    /// A label was made; with items.
    ItemShipNotify,
    /// A fulfilment provider shipped.
    FulfillmentShipped,
    /// Orders were imported.
    OrderNotify,
}

/// The V2 events we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum V2Kind {
    /// A label was made.
    LabelCreated,
    /// A fulfilment provider shipped.
    FulfillmentShipped,
}

/// A V1 webhook. The URL is the sender's word: check it before it is followed with credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct V1Hook {
    /// What to read.
    pub resource_url: String,
    /// What happened.
    pub resource_type: V1Kind,
}

/// A V2 webhook, to be read after its signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct V2Hook {
    /// What to read.
    pub resource_url: String,
    /// What happened.
    pub resource_type: V2Kind,
}

#[derive(Deserialize)]
struct Wire {
    resource_url: String,
    resource_type: String,
}

/// Reads a V1 webhook.
///
/// # Errors
/// One [`BadHook`] per reason.
pub fn read_v1(body: &[u8]) -> Result<V1Hook, BadHook> {
    let wire = read(body)?;
    let resource_type = match wire.resource_type.as_str() {
        "SHIP_NOTIFY" => V1Kind::ShipNotify,
        "ITEM_SHIP_NOTIFY" => V1Kind::ItemShipNotify,
        "FULFILLMENT_SHIPPED" => V1Kind::FulfillmentShipped,
        "ORDER_NOTIFY" => V1Kind::OrderNotify,
        other => return Err(unknown(other)),
    };
    Ok(V1Hook { resource_url: wire.resource_url, resource_type })
}

/// Reads a V2 webhook.
///
/// # Errors
/// One [`BadHook`] per reason.
pub fn read_v2(body: &[u8]) -> Result<V2Hook, BadHook> {
    let wire = read(body)?;
    let resource_type = match wire.resource_type.as_str() {
        "LABEL_CREATED_V2" => V2Kind::LabelCreated,
        "FULFILLMENT_SHIPPED_V2" => V2Kind::FulfillmentShipped,
        other => return Err(unknown(other)),
    };
    Ok(V2Hook { resource_url: wire.resource_url, resource_type })
}

fn read(body: &[u8]) -> Result<Wire, BadHook> {
    if body.len() > BODY_BYTES_MAX {
        return Err(BadHook::TooLarge);
    }
    let wire: Wire = serde_json::from_slice(body).map_err(|_| BadHook::Malformed)?;
    if wire.resource_url.is_empty() || wire.resource_url.len() > URL_BYTES_MAX {
        return Err(BadHook::BadUrl);
    }
    Ok(wire)
}

/// Names the type only when it looks like one: it is the sender's text, and errors are logged.
fn unknown(name: &str) -> BadHook {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let sane = !name.is_empty() && name.len() <= TYPE_BYTES_MAX && name.bytes().all(plain);
    BadHook::UnknownType(if sane { name.to_owned() } else { "?".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(kind: &str) -> Vec<u8> {
        format!(r#"{{"resource_url":"https://ssapi6.shipstation.com/shipments?batchId=1","resource_type":"{kind}"}}"#)
            .into_bytes()
    }

    #[test]
    fn the_known_events_are_read() {
        for (name, kind) in [
            ("SHIP_NOTIFY", V1Kind::ShipNotify),
            ("ITEM_SHIP_NOTIFY", V1Kind::ItemShipNotify),
            ("FULFILLMENT_SHIPPED", V1Kind::FulfillmentShipped),
            ("ORDER_NOTIFY", V1Kind::OrderNotify),
        ] {
            let hook = read_v1(&body(name)).unwrap();
            assert_eq!(hook.resource_type, kind);
            assert_eq!(hook.resource_url, "https://ssapi6.shipstation.com/shipments?batchId=1");
        }
        assert_eq!(read_v2(&body("LABEL_CREATED_V2")).unwrap().resource_type, V2Kind::LabelCreated);
        assert_eq!(read_v2(&body("FULFILLMENT_SHIPPED_V2")).unwrap().resource_type, V2Kind::FulfillmentShipped);
    }

    #[test]
    fn other_events_are_named_only_when_they_look_like_events() {
        assert_eq!(read_v1(&body("FULFILLMENT_REJECTED")), Err(BadHook::UnknownType("FULFILLMENT_REJECTED".into())));
        assert_eq!(read_v2(&body("SHIP_NOTIFY")), Err(BadHook::UnknownType("SHIP_NOTIFY".into())));
        for odd in ["", "ship_notify", "Jane Doe", &"X".repeat(41)] {
            assert_eq!(read_v1(&body(odd)), Err(BadHook::UnknownType("?".into())), "{odd}");
        }
    }

    #[test]
    fn each_reason_has_its_error() {
        for text in ["", "[]", "{}", r#"{"resource_url":7,"resource_type":"SHIP_NOTIFY"}"#, r#"{"resource_url":"u"}"#] {
            assert_eq!(read_v1(text.as_bytes()), Err(BadHook::Malformed), "{text}");
        }
        assert_eq!(read_v1(b"\xff\xfe"), Err(BadHook::Malformed));
        for url in ["", &"u".repeat(URL_BYTES_MAX + 1)] {
            let text = format!(r#"{{"resource_url":"{url}","resource_type":"SHIP_NOTIFY"}}"#);
            assert_eq!(read_v1(text.as_bytes()), Err(BadHook::BadUrl));
        }
        let mut large = body("SHIP_NOTIFY");
        large.resize(BODY_BYTES_MAX, b' ');
        assert!(read_v1(&large).is_ok());
        large.push(b' ');
        assert_eq!(read_v1(&large), Err(BadHook::TooLarge));
    }
}
