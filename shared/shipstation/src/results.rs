//! What `POST /orders/createorders` says became of each order.

use crate::http::short;
use crate::read::{Broken, Whole, decode, filled};
use serde::Deserialize;
use std::collections::HashMap;
use tallyman_app::ports::ExportResult;
use tallyman_domain::WarehouseOrder;

#[derive(Deserialize)]
struct Answer {
    results: Vec<ResultJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResultJson {
    order_key: Option<String>,
    order_id: Option<Whole>,
    success: bool,
    error_message: Option<String>,
}

/// What became of each order, in the order they were sent. Matched by key; an answer that doesn't say for every
/// order what became of it, or says two things of one, is no answer.
pub(crate) fn results(body: &[u8], orders: &[WarehouseOrder]) -> Result<Vec<ExportResult>, Broken> {
    let answer: Answer = decode(body)?;
    let mut told: HashMap<String, ResultJson> = HashMap::with_capacity(answer.results.len());
    for result in answer.results {
        let Some(key) = result.order_key.clone() else { continue };
        let this = (result.success, result.order_id.map(|id| id.0));
        if let Some(before) = told.insert(key, result)
            && (before.success, before.order_id.map(|id| id.0)) != this
        {
            return Err(Broken::Text("an answer that says two things of one order"));
        }
    }
    orders.iter().map(|order| result(order, told.get(&order.key))).collect()
}

fn result(order: &WarehouseOrder, told: Option<&ResultJson>) -> Result<ExportResult, Broken> {
    let told = told.ok_or(Broken::Text("an answer without one of the orders"))?;
    let outcome = match (told.success, told.order_id) {
        (true, Some(Whole(id))) if id > 0 => Ok(id),
        (true, _) => return Err(Broken::Text("an answer without the id of an order that was taken")),
        (false, _) => {
            let said = filled(told.error_message.clone()).unwrap_or_else(|| "no reason given".into());
            Err(short(&impersonal(&said, std::slice::from_ref(order))))
        }
    };
    Ok(ExportResult { key: order.key.clone(), outcome })
}

/// ShipStation may quote what it was sent. Whatever of it is about the buyer is taken out.
pub(crate) fn impersonal(text: &str, orders: &[WarehouseOrder]) -> String {
    let mut values: Vec<&str> = orders.iter().flat_map(personal).filter(|value| value.trim().len() > 2).collect();
    values.sort_unstable_by_key(|value| std::cmp::Reverse(value.len())); // a name inside an e-mail comes after it
    values.iter().fold(text.to_owned(), |text, value| text.replace(value, "…"))
}

fn personal(order: &WarehouseOrder) -> impl Iterator<Item = &str> {
    let to = &order.ship_to;
    let optional = [
        &order.customer,
        &order.email,
        &order.customer_notes,
        &order.internal_notes,
        &order.gift_message,
        &to.company,
        &to.postal_code,
        &to.phone,
    ];
    let always = [&order.bill_to_name, &to.name, &to.city];
    always
        .into_iter()
        .chain(optional.into_iter().flatten())
        .chain(&to.street)
        .chain(order.custom_fields.iter().flatten())
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::tests::order;

    #[test]
    fn results_are_matched_by_key_and_one_refusal_is_not_its_neighbours() {
        let body = br#"{"hasErrors":true,"results":[
        {"orderId":2,"orderNumber":"b","orderKey":"ali:2","success":true,"errorMessage":null},
        {"orderId":null,"orderNumber":"a","orderKey":"ali:1","success":false,"errorMessage":"Order is locked"},
        {"orderId":9,"orderNumber":"x","orderKey":"other:9","success":true,"errorMessage":null}]}"#;
        let results = results(body, &[order("ali:1"), order("ali:2")]).unwrap();
        assert_eq!(results[0], ExportResult { key: "ali:1".into(), outcome: Err("Order is locked".into()) });
        assert_eq!(results[1], ExportResult { key: "ali:2".into(), outcome: Ok(2) });
    }

    #[test]
    fn an_answer_that_leaves_an_order_open_is_no_answer() {
        let orders = [order("ali:1"), order("ali:2")];
        for rest in [
            "",
            r#",{"orderId":2,"orderKey":null,"orderNumber":"ali:2","success":true}"#,
            r#",{"orderId":null,"orderKey":"ali:2","success":true}"#,
            r#",{"orderId":0,"orderKey":"ali:2","success":true}"#,
            r#",{"orderId":2,"orderKey":"ali:2","success":true},{"orderId":3,"orderKey":"ali:2","success":true}"#,
        ] {
            let body = format!(r#"{{"results":[{{"orderId":1,"orderKey":"ali:1","success":true}}{rest}]}}"#);
            assert!(matches!(results(body.as_bytes(), &orders), Err(Broken::Text(_))), "{rest}");
        }
        assert!(matches!(results(br#"{"hasErrors":false}"#, &orders), Err(Broken::Field { .. })));
    }

    #[test]
    fn a_refusal_does_not_repeat_what_is_about_the_buyer() {
        let said = "Email 'jane@example.com' of Jane Doe at 1 High St, LS1 1AA is bad";
        assert_eq!(impersonal(said, &[order("ali:1")]), "Email '…' of … at …, … is bad");
        let body =
            format!(r#"{{"results":[{{"orderId":0,"orderKey":"ali:1","success":false,"errorMessage":"{said}"}}]}}"#);
        let result = results(body.as_bytes(), &[order("ali:1")]).unwrap().remove(0);
        assert_eq!(result.outcome, Err("Email '…' of … at …, … is bad".into()));
    }

    #[test]
    fn a_refusal_without_a_reason_says_so() {
        for reason in ["null", r#""""#] {
            let body = format!(r#"{{"results":[{{"orderKey":"ali:1","success":false,"errorMessage":{reason}}}]}}"#);
            let result = results(body.as_bytes(), &[order("ali:1")]).unwrap().remove(0);
            assert_eq!(result.outcome, Err("no reason given".into()));
        }
    }
}
