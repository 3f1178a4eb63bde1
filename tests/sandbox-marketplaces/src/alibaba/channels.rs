//! The carriers Alibaba.com knows.
//!
//! The shape of the answer is an assumption: no answer of the real API was seen. Only the name of the API and of its
//! parameter are known.

use serde_json::{Value, json};

use crate::call::Scene;
use crate::refusal::Refusal;

/// Code, name, kind, and whether the receiver's last four digits are needed.
const CHANNELS: [(&str, &str, &str, bool); 12] = [
    ("UPS", "UPS", "EXPRESS", false),
    ("DHL", "DHL", "EXPRESS", false),
    ("FEDEX", "FedEx", "EXPRESS", false),
    ("TNT", "TNT", "EXPRESS", false),
    ("USPS", "USPS", "POST", false),
    ("EMS", "EMS", "POST", false),
    ("CHINA_POST", "China Post", "POST", false),
    ("ROYAL_MAIL", "Royal Mail", "POST", false),
    ("DEUTSCHE_POST", "Deutsche Post", "POST", false),
    ("SF", "SF Express", "EXPRESS", false),
    ("JT", "J&T Express", "EXPRESS", true),
    ("OTHER", "Other", "EXPRESS", false),
];

/// `/alibaba/seller/order/shipping/channels`
pub fn list(scene: &Scene<'_>) -> Result<Value, Refusal> {
    scene.call.record("param_channel_request")?;
    let channels: Vec<Value> = CHANNELS
        .iter()
        .map(|(code, name, kind, _)| json!({"code": code, "name": name, "logistics_type": kind}))
        .collect();
    Ok(json!({"channels": channels}))
}

/// Whether the code is in the list.
#[must_use]
pub fn knows(code: &str) -> bool {
    CHANNELS.iter().any(|(known, ..)| *known == code)
}

/// Whether this carrier follows parcels only for who knows the receiver's last four digits.
#[must_use]
pub fn wants_mobile(code: &str) -> bool {
    CHANNELS.iter().any(|(known, .., wanted)| *known == code && *wanted)
}
