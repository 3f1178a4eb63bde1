//! Telling Alibaba.com about a shipment: proof first, then the notice; and asking what it was told.

use crate::{
    correction,
    order::{self, goods_id},
    wire::value,
};
use serde_json::{Value, json};
use tallyman_app::ports::{CallError, ReadBack};
use tallyman_domain::{Extent, MarketplaceOrderId, Notice, NoticeItem, Transport};
use tallyman_iop::{Answer, File, Gateway, Verdict, read, verdict};

const UPLOAD: &str = "/alibaba/order/attachment/upload";
const SHIP: &str = "/alibaba/v2/order/shipping";
const SHIP_PART: &str = "/alibaba/order/v2/multi/shipping";

pub(crate) async fn upload(gateway: &Gateway, file_name: &str, png: Vec<u8>) -> Result<String, CallError> {
    let file = File { field: "data", name: file_name.to_owned(), media_type: "image/png", bytes: png };
    let answer = gateway.rest_call(UPLOAD, &[("file_name", file_name.to_owned())], Some(file)).await?;
    value(&answer)?;
    read::text(&answer.body, "value").ok_or_else(|| answer.call.unclear("no path to the file in it"))
}

pub(crate) async fn send(gateway: &Gateway, notice: &Notice) -> Result<(), CallError> {
    if let Some(old) = &notice.replaces {
        return correction::send(gateway, notice, old).await;
    }
    let sent = match notice.extent {
        Extent::All => ship(gateway, notice).await,
        Extent::Part => return ship_part(gateway, notice).await,
    };
    match sent {
        // Once a part is told, the order as a whole can't be any more: what is left goes as the last part. The refusal
        // says that nothing was told, so a second call tells nothing twice.
        Err(CallError::Refused { .. }) if is_partly_told(gateway, &notice.order.order).await => {
            ship_part(gateway, notice).await
        }
        other => other,
    }
}

async fn is_partly_told(gateway: &Gateway, id: &MarketplaceOrderId) -> bool {
    order::standing(gateway, id).await.is_ok_and(|standing| standing.status == "partial_delivering")
}

async fn ship(gateway: &Gateway, notice: &Notice) -> Result<(), CallError> {
    let request = shipping_request(notice).to_string();
    confirmed(&gateway.rest_call(SHIP, &[("shipping_request", request)], None).await?)
}

async fn ship_part(gateway: &Gateway, notice: &Notice) -> Result<(), CallError> {
    let mut shipping = shipping_request(notice);
    let trade_id = notice.order.order.as_str();
    shipping["goods"] = notice.items.iter().map(|item| goods(item, trade_id)).collect();
    let request = json!({"requests": [{"shipping_request": shipping}]}).to_string();
    confirmed(&gateway.rest_call(SHIP_PART, &[("param_multi_shipping_create_request", request)], None).await?)
}

/// Code 0 says yes; a flag inside may still say no.
pub(crate) fn confirmed(answer: &Answer) -> Result<(), CallError> {
    match answer.body.get("value").map_or(Verdict::Silent, verdict) {
        Verdict::No(no) => Err(match answer.call.business(&no) {
            // A failure of its own doesn't say that nothing happened: only the gateway's limit does.
            CallError::Throttled { .. } => answer.call.unclear("the service had a failure of its own"),
            error => error,
        }),
        Verdict::Yes | Verdict::Silent if read::text(&answer.body, "code").is_some() => Ok(()),
        Verdict::Yes | Verdict::Silent => Err(answer.call.unclear("it says neither yes nor no")),
    }
}

pub(crate) fn shipping_request(notice: &Notice) -> Value {
    let mut request = json!({
        "trade_id": notice.order.order.as_str(),
        "service_provider": notice.service.code,
        "logistics_type": match notice.service.transport {
            Transport::Express => "EXPRESS",
            Transport::Post => "POST",
        },
        "tracking_number": notice.tracking_number.trim(),
    });
    if let Some(digits) = &notice.contact_mobile {
        request["contact_mobile"] = digits.as_str().into();
    }
    if let Some((file_name, file_path)) = &notice.proof {
        request["attachments"] = json!([{"file_name": file_name, "file_path": file_path}]);
    }
    request
}

pub(crate) fn goods(item: &NoticeItem, trade_id: &str) -> Value {
    let quantity = item.quantity.normalize().to_string();
    json!({"product_id": goods_id(&item.line), "quantity": quantity, "trade_id": trade_id})
}

pub(crate) async fn read_back(
    gateway: &Gateway,
    order: &MarketplaceOrderId,
    number: &str,
) -> Result<ReadBack, CallError> {
    let params = [("trade_id", order.to_string()), ("data_select", "logistic_order".to_owned())];
    let answer = gateway.rest_call("/order/logistics/query", &params, None).await?;
    let records = read::list(value(&answer)?, "shipping_order_list").map_err(|unfit| answer.call.undecodable(unfit))?;
    let there = records.into_iter().any(|record| {
        // A list of one may come without its brackets and then without the voucher's name.
        let voucher = record.get("voucher").unwrap_or(record);
        read::text(voucher, "tracking_number").is_some_and(|n| n.eq_ignore_ascii_case(number.trim()))
    });
    Ok(if there { ReadBack::Present } else { ReadBack::Absent })
}
