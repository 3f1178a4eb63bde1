//! The two shapes of an answer: as it is, for callers that asked for `simplify`, and the older one in which the
//! root carries the method's name and every list hides in an object of one key.

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::refusal::Refusal;

/// The answer as it goes over the wire. `outcome` has the simple shape; the other is made from it here.
#[must_use]
pub fn render(call: &Call, outcome: Result<Value, Refusal>, request_id: &str) -> Value {
    let mut body = match outcome {
        Ok(body) | Err(Refusal::Business { body, .. }) => body,
        Err(Refusal::Gateway(error)) => {
            let mut record = json!({"type": error.kind, "code": error.code, "msg": error.message,
                                    "request_id": request_id});
            if let Some(sub_code) = error.sub_code {
                record["sub_code"] = json!(sub_code);
                record["sub_msg"] = json!(error.message);
            }
            return json!({"error_response": record});
        }
    };
    if call.given("simplify") == Some("true") {
        body["request_id"] = json!(request_id);
        body["code"] = json!("0");
        return body;
    }
    let mut wrapped = wrap(body, call.method.contains("findorderbyid"));
    wrapped["request_id"] = json!(request_id);
    let root = format!("{}_response", call.method.replace('.', "_"));
    Value::Object(Map::from_iter([(root, wrapped)]))
}

fn wrap(value: Value, redefining: bool) -> Value {
    let Value::Object(fields) = value else { return value };
    let wrapped = fields.into_iter().map(|(name, value)| {
        let value = match value {
            Value::Array(items) => {
                let items = items.into_iter().map(|item| wrap(item, redefining)).collect();
                let only = Map::from_iter([(record_name(&name, redefining).to_owned(), Value::Array(items))]);
                Value::Object(only)
            }
            other => wrap(other, redefining),
        };
        (name, value)
    });
    Value::Object(wrapped.collect())
}

/// The one key a list hides under: the name of the record's class, which differs between API families.
fn record_name(list: &str, redefining: bool) -> &'static str {
    match (list, redefining) {
        ("target_list", _) => "order_dto",
        ("product_list", _) => "order_product_dto",
        ("child_order_list", false) => "global_aeop_tp_child_order_dto",
        ("child_order_list", true) => "aeop_tp_child_order_dto",
        ("child_order_ext_info_list", false) => "global_aeop_tp_order_product_info_dto",
        ("child_order_ext_info_list", true) => "aeop_tp_order_product_info_dto",
        ("logistic_info_list", false) => "global_aeop_tp_logistic_info_dto",
        ("logistic_info_list", true) => "aeop_tp_logistic_info_dto",
        ("child_order_discount_detail_list", _) => "global_aeop_tp_sale_discount_info",
        ("result_list", _) => "aeop_logistics_service_result",
        ("sub_trade_order_list", _) => "aeop_seller_shipment_sub_trade_order_dto",
        ("shipment_list", _) => "aeop_shipment_dto",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::Params;

    fn call(simplify: bool) -> Call {
        let mut params = Params::new();
        if simplify {
            params.insert("simplify".into(), "true".into());
        }
        Call { method: "aliexpress.solution.order.get".into(), prefix: String::new(), params, file: None }
    }

    fn body() -> Value {
        json!({"result": {"target_list": [{"order_id": 1, "product_list": [{"child_id": 2}]}]}})
    }

    #[test]
    fn lists_stay_lists_for_a_caller_that_asked_for_the_simple_shape() {
        let answer = render(&call(true), Ok(body()), "r");
        assert_eq!(answer["result"]["target_list"][0]["product_list"][0]["child_id"], 2);
        assert_eq!(answer["code"], "0");
    }

    #[test]
    fn every_list_hides_in_an_object_of_one_key_otherwise() {
        let answer = render(&call(false), Ok(body()), "r");
        let result = &answer["aliexpress_solution_order_get_response"]["result"];
        assert_eq!(result["target_list"]["order_dto"][0]["product_list"]["order_product_dto"][0]["child_id"], 2);
    }
}
