//! The carriers AliExpress knows, and what their tracking numbers look like.

use regex_lite::Regex;
use serde_json::{Value, json};

/// Key, display name, company, pattern of a tracking number.
type Service = (&'static str, &'static str, &'static str, &'static str);

/// `[a-zA-z]` in the China Post pattern also takes `[`, `]`, `^`, `_` and the like: the real list has it so.
const SERVICES: [Service; 17] = [
    ("CAINIAO_STANDARD", "AliExpress Standard Shipping", "CAINIAO", "^[A-Z0-9]{8,35}$"),
    ("CAINIAO_ECONOMY", "AliExpress Saver Shipping", "CAINIAO", "^[A-Z0-9]{8,35}$"),
    ("CAINIAO_PREMIUM", "AliExpress Premium Shipping", "CAINIAO", "^[A-Za-z0-9]{8,35}$"),
    ("CPAM", "China Post Registered Air Mail", "CPAM", "^[a-zA-z]{2}[A-Za-z0-9]{9}[a-zA-z]{2}$"),
    ("EMS", "EMS", "EMS", "^[A-Z]{2}[0-9]{9}[A-Z]{2}$"),
    ("EMS_ZX_ZX_US", "ePacket", "EMS", "^L[A-Z][0-9]{9}CN$"),
    ("SGP", "Singapore Post", "SGP", "^R[A-Z][0-9]{9}SG$"),
    ("YANWEN_JYT", "China Post Ordinary Small Packet Plus", "YANWEN", "^[A-Z0-9]{10,20}$"),
    ("DHL", "DHL", "DHL", "^([0-9]{10}|[A-Z]{3}[0-9]{7,20})$"),
    ("UPS", "UPS Express Saver", "UPS", "^1Z[A-Z0-9]{16}$"),
    ("FEDEX", "Fedex IP", "FEDEX", "^([0-9]{12}|[0-9]{15}|[0-9]{20})$"),
    ("TNT", "TNT", "TNT", "^[0-9]{9}$"),
    ("USPS", "USPS", "USPS", "^([0-9]{20,22}|[0-9]{26}|[A-Z]{2}[0-9]{9}US)$"),
    ("ROYAL_MAIL", "Royal Mail", "ROYALMAIL", "^[A-Z]{2}[0-9]{9}GB$"),
    ("OTHER", "Seller's Shipping Method", "OTHER", "^[A-Za-z0-9-]{4,40}$"),
    ("OTHER_US_LOCAL", "Seller's Shipping Method - US local", "OTHER", "^[A-Za-z0-9-]{4,40}$"),
    ("OTHER_US_OVERSEAS", "Seller's Shipping Method - US overseas", "OTHER", "^[A-Za-z0-9-]{4,40}$"),
];

/// `aliexpress.logistics.redefining.listlogisticsservice`
#[must_use]
pub fn list() -> Value {
    let records: Vec<Value> = (1..)
        .zip(SERVICES)
        .map(|(rank, (key, display, company, pattern))| {
            json!({"service_name": key, "display_name": display, "logistics_company": company,
                   "tracking_no_regex": pattern, "min_process_day": 1, "max_process_day": 5, "recommend_order": rank})
        })
        .collect();
    json!({"result_success": true, "result_list": records})
}

/// What is wrong with a carrier and number, if anything.
#[must_use]
pub fn objection(service: &str, number: &str) -> Option<(&'static str, &'static str)> {
    let Some((.., pattern)) = SERVICES.iter().find(|(key, ..)| *key == service) else {
        return Some(("SERVICE_NOT_EXIST", "The logistics service does not exist"));
    };
    let fits = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(number));
    (!fits).then_some(("LOGISTICS_NO_INVALID", "该货运跟踪号未通过物流风控审核,请更换货运跟踪号后重试。"))
}

/// Carriers the marketplace does not follow itself.
#[must_use]
pub fn is_other(service: &str) -> bool {
    service.starts_with("OTHER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_is_anchored() {
        for (key, .., pattern) in SERVICES {
            assert!(Regex::new(pattern).is_ok(), "{key}");
            assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{key}");
        }
    }

    #[test]
    fn a_number_of_another_carrier_is_objected_to() {
        assert!(objection("UPS", "1Z999AA10123456784").is_none());
        assert!(objection("UPS", "9400110200881234567890").is_some());
        assert!(objection("PIGEON", "1").is_some());
    }
}
