//! What a push message of AliExpress or Alibaba.com says (API-FACTS 1.8 and 2.5). It is a hint: it names an order to
//! read again and is never believed for more. To be read after its signature was checked.

use crate::hook::BODY_BYTES_MAX;
use serde::Deserialize;
use serde_json::Value;

/// No id is longer.
const ID_BYTES_MAX: usize = 64;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushKind {
    /// Something about this order.
    Order(String),
    /// A seller's authorisation is about to end (AliExpress's type 65).
    AuthorisationEnds,
    /// The console's test button (AliExpress's type 0).
    Test,
    /// A type that we have no use for.
    Other(i64),
}

/// A push message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushMessage {
    /// Whose it is: an app has one callback URL for all its sellers.
    pub seller_id: Option<String>,
    /// What happened.
    pub kind: PushKind,
}

/// Why a rightly signed message can't be used. Sending it again would not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// More than 1 MiB.
    #[error("the push message is too large")]
    TooLarge,
    /// No JSON object with a numeric `message_type`.
    #[error("the push message is not the JSON object it must be")]
    Malformed,
    /// It is about an order and doesn't name one.
    #[error("the push message is about an order and has no usable order id")]
    NoOrder,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    seller_id: Value,
    message_type: Value,
    #[serde(default)]
    data: Value,
}

/// Reads a message. Ids come as numbers and as text.
///
/// Orders: AliExpress's 53 (status) and 51 (payment) with `data.orderId`, Alibaba.com's 3 with `data.trade_order_id`.
///
/// # Errors
/// One [`BadMessage`] per reason.
pub fn read_push(body: &[u8]) -> Result<PushMessage, BadMessage> {
    if body.len() > BODY_BYTES_MAX {
        return Err(BadMessage::TooLarge);
    }
    let wire: Wire = serde_json::from_slice(body).map_err(|_| BadMessage::Malformed)?;
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    let kind = match number(&wire.message_type).ok_or(BadMessage::Malformed)? {
        0 => PushKind::Test,
        3 | 51 | 53 => PushKind::Order(order_id(&wire.data).ok_or(BadMessage::NoOrder)?),
        65 => PushKind::AuthorisationEnds,
        other => PushKind::Other(other),
    };
    Ok(PushMessage { seller_id: id(&wire.seller_id), kind })
}

fn order_id(data: &Value) -> Option<String> {
    ["orderId", "trade_order_id", "trade_id_str", "order_id"].iter().find_map(|name| id(data.get(name)?))
}

/// A number or a text of digits; nothing else is an id there.
fn id(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let sane = !text.is_empty() && text.len() <= ID_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_digit());
    sane.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> Result<PushMessage, BadMessage> {
        read_push(text.as_bytes())
    }

    #[test]
    fn both_marketplaces_own_messages_name_their_order() {
        let ae = r#"{"seller_id":"1234","message_type":53,"data":{"buyerId":1861703697,"orderId":1105933950463697,"orderStatus":"OrderShipped"},"timestamp":1719389200,"site":"ae_global"}"#;
        let expected = PushMessage { seller_id: Some("1234".into()), kind: PushKind::Order("1105933950463697".into()) };
        assert_eq!(order(ae), Ok(expected));
        let ali = r#"{"havana_id":"1","seller_id":"5678","message_type":3,"data":{"status":"trade_close","order_status":"trade_close","trade_order_id":"234193410001028893","trade_id_str":"234193410001028893","status_update_time":1726595474000},"timestamp":1726595474,"site":"icbu_global"}"#;
        let expected =
            PushMessage { seller_id: Some("5678".into()), kind: PushKind::Order("234193410001028893".into()) };
        assert_eq!(order(ali), Ok(expected));
    }

    #[test]
    fn ids_and_types_are_read_as_numbers_and_as_text() {
        let text = order(r#"{"seller_id":7,"message_type":"53","data":{"orderId":" 8100000000000001 "}}"#).unwrap();
        assert_eq!(text, PushMessage { seller_id: Some("7".into()), kind: PushKind::Order("8100000000000001".into()) });
        // More digits than a double can carry stay what they are.
        let long = order(r#"{"message_type":53,"data":{"orderId":18100000000000000001}}"#).unwrap();
        assert_eq!(long, PushMessage { seller_id: None, kind: PushKind::Order("18100000000000000001".into()) });
    }

    #[test]
    fn other_types_are_no_errors_and_name_no_order() {
        for (kind, read) in [(65, PushKind::AuthorisationEnds), (0, PushKind::Test), (18, PushKind::Other(18))] {
            let text = format!(r#"{{"message_type":{kind},"data":{{"orderId":1}}}}"#);
            assert_eq!(order(&text), Ok(PushMessage { seller_id: None, kind: read }));
        }
    }

    #[test]
    fn each_reason_has_its_error() {
        for text in ["", "[]", "{}", r#"{"message_type":null}"#, r#"{"message_type":"x"}"#, "\u{fffd}"] {
            assert_eq!(order(text), Err(BadMessage::Malformed), "{text}");
        }
        let long = format!("\"{}\"", "1".repeat(65));
        for id in ["null", "-1", "1.5", "\"\"", "\"A/../B\"", "{}", &long] {
            let text = format!(r#"{{"message_type":53,"data":{{"orderId":{id}}}}}"#);
            assert_eq!(order(&text), Err(BadMessage::NoOrder), "{id}");
        }
        assert_eq!(order(r#"{"message_type":53}"#), Err(BadMessage::NoOrder));
        assert_eq!(read_push(&vec![b' '; BODY_BYTES_MAX + 1]), Err(BadMessage::TooLarge));
    }
}
