//! The carriers that Alibaba.com takes notices for.

use crate::wire::value;
use serde_json::Value;
use tallyman_app::ports::CallError;
use tallyman_domain::LiveService;
use tallyman_iop::{Gateway, read};

const PATH: &str = "/alibaba/seller/order/shipping/channels";

pub(crate) async fn services(gateway: &Gateway) -> Result<Vec<LiveService>, CallError> {
    let answer = gateway.rest_call(PATH, &[("param_channel_request", "{}".to_owned())], None).await?;
    let records = records(value(&answer)?).ok_or_else(|| answer.call.unclear("no list of carriers in it"))?;
    let mut services = Vec::with_capacity(records.len());
    for record in records {
        match service(record) {
            Some(service) => services.push(service),
            None => tracing::warn!("a carrier of Alibaba.com has no code"),
        }
    }
    Ok(services)
}

/// The first list of objects in `value`, at its root or one or two names below it: the shape isn't published.
fn records(value: &Value) -> Option<&Vec<Value>> {
    let list = |v: &Value| v.as_array().is_some_and(|records| records.iter().all(Value::is_object));
    if list(value) {
        return value.as_array();
    }
    let fields = value.as_object()?;
    fields
        .values()
        .find(|v| list(v))
        .or_else(|| fields.values().filter_map(Value::as_object).flat_map(|o| o.values()).find(|v| list(v)))
        .and_then(Value::as_array)
}

fn service(record: &Value) -> Option<LiveService> {
    let first = |names: &[&str]| names.iter().find_map(|name| read::text(record, name));
    let code = first(&["code", "service_provider", "key", "channel_code", "value"])?;
    let name = first(&["name", "display_name", "channel_name", "service_provider_name", "label"]);
    let transport = first(&["logistics_type", "type"]).map(|t| t.to_ascii_uppercase());
    Some(LiveService {
        name: name.unwrap_or_else(|| code.clone()),
        code,
        tracking_pattern: first(&["tracking_no_regex", "tracking_number_regex"]),
        transport: transport.filter(|t| t == "EXPRESS" || t == "POST"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_carrier_list_is_found_wherever_it_is() {
        let list = json!([{"service_provider": "UPS", "name": "UPS", "logistics_type": "express"}]);
        for value in [list.clone(), json!({"channels": list}), json!({"data": {"channel": list}, "total": 1})] {
            let service = service(&records(&value).unwrap()[0]).unwrap();
            assert_eq!((service.code.as_str(), service.transport.as_deref()), ("UPS", Some("EXPRESS")), "{value}");
        }
        assert_eq!(records(&json!({"total": 0})), None);
        assert_eq!(records(&json!("UPS")), None);
        assert_eq!(service(&json!({"name": "nameless"})), None);
    }
}
