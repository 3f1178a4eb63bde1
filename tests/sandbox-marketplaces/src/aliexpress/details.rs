//! One order in full. Receiver data of some orders is starred out and has to be decrypted with its `oaid`.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::call::Scene;
use crate::model::{Line, Order};
use crate::refusal::Refusal;
use crate::state::State;

use super::receiver;
use super::wire::{self, id_value, long_money, order_in};

/// `aliexpress.solution.order.info.get`
pub fn info(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let order = order_in(state, scene.call, "param1")?;
    let time_stamp = scene.at.as_millisecond().to_string();
    Ok(json!({"result": {"time_stamp": time_stamp, "data": data(order)}}))
}

/// `aliexpress.trade.new.redefining.findorderbyid`
pub fn find_by_id(state: &State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let order = order_in(state, scene.call, "param1")?;
    let mut target = data(order);
    if order.masked {
        target["oaid"] = json!(receiver::oaid(order));
    }
    Ok(json!({"target": target}))
}

fn data(order: &Order) -> Value {
    let mut data = json!({
        "id": id_value(order, &order.id),
        "order_status": order.status,
        "order_end_reason": order.end_reason,
        "logistics_status": wire::logistics_status(order),
        "fund_status": wire::fund_status(order),
        "frozen_status": wire::frozen_status(order),
        "issue_status": wire::issue_status(order),
        "order_amount": long_money(order, order.total()),
        "init_oder_amount": long_money(order, order.items_total() + order.shipping_fee),
        "order_discount_info": long_money(order, order.discount),
        "logistics_amount": long_money(order, order.shipping_fee),
        "settlement_currency": order.currency,
        "pay_amount_by_settlement_cur": wire::amount(order.total()),
        "payment_type": "migs",
        "is_phone": false,
        "memo": order.memo,
        "cpf_number": order.tax.cpf_number,
        "buyerloginid": order.buyer.login_id,
        "buyer_signer_fullname": receiver::shown(order, &order.buyer.full_name()),
        "buyer_info": {
            "login_id": order.buyer.login_id,
            "first_name": receiver::shown(order, &order.buyer.first_name),
            "last_name": order.buyer.last_name,
            "country": order.buyer.country,
        },
        "receipt_address": receiver::address(order),
        "child_order_list": children(order),
        "child_order_ext_info_list": order.lines.iter().map(|line| product(order, line)).collect::<Vec<_>>(),
        "logistic_info_list": parcels(order),
    });
    let ended = matches!(order.status.as_str(), "FINISH" | "ARCHIVE").then_some(order.modified_at);
    wire::set_times(
        &mut data,
        &[
            ("gmt_create", Some(order.created_at)),
            ("gmt_modified", Some(order.modified_at)),
            ("gmt_pay_success", order.paid_at),
            ("gmt_trade_end", ended),
            ("over_time_left", order.ship_by),
        ],
    );
    wire::without_nulls(data)
}

fn children(order: &Order) -> Vec<Value> {
    (1..).zip(&order.lines).map(|(index, line)| child(order, line, index)).collect()
}

fn child(order: &Order, line: &Line, index: u32) -> Value {
    let total = line.unit_price * Decimal::from(line.quantity);
    let mut child = json!({
        "id": id_value(order, &line.id),
        "child_order_id": line.id,
        "product_id": id_value(order, &line.product_id),
        "product_name": line.name,
        "product_count": line.quantity,
        "product_unit": "piece",
        "product_standard": "",
        "product_attributes": attributes(line),
        "sku_code": line.sku_code,
        "product_price": long_money(order, line.unit_price),
        "init_order_amt": long_money(order, total),
        "child_order_discount_info": long_money(order, line.discount),
        "order_status": order.status,
        "order_sort_id": index,
        "logistics_type": order.carrier,
        "logistics_service_name": order.carrier,
        "logistics_amount": long_money(order, Decimal::ZERO),
        "logistics_warehouse_type": line.warehouse.then_some("cainiaoInternationalWarehouse"),
        "send_goods_operator": wire::send_goods_operator(line.warehouse),
        "lot_num": line.lot,
        "goods_prepare_time": 3,
        "buyer_memo": order.memo,
        "fund_status": wire::fund_status(order),
        "frozen_status": wire::frozen_status(order),
        "issue_status": wire::issue_status(order),
        "product_img_url": format!("http://127.0.0.1/img/{}.jpg", line.product_id),
    });
    if !line.discount.is_zero() {
        child["child_order_discount_detail_list"] = json!([{
            "promotion_id": format!("5{}", line.product_id),
            "promotion_type": "coupon",
            "promotion_owner": if index.is_multiple_of(2) { "Platform" } else { "Seller" },
            "discount_detail": {"amount": wire::amount(line.discount), "currency_code": order.currency},
        }]);
    }
    child
}

/// The chosen options, as JSON text within JSON.
fn attributes(line: &Line) -> String {
    let options: Vec<Value> = (0..)
        .zip(&line.options)
        .map(|(order, (name, value))| json!({"order": order, "pId": 14 + order, "pName": name, "pValue": value}))
        .collect();
    json!({"sku": options}).to_string()
}

fn product(order: &Order, line: &Line) -> Value {
    json!({
        "product_id": id_value(order, &line.product_id),
        "product_name": line.name,
        "quantity": line.quantity,
        "unit_price": {"amount": wire::amount(line.unit_price), "currency_code": order.currency},
        "sku": attributes(line),
    })
}

fn parcels(order: &Order) -> Option<Vec<Value>> {
    let parcel = |shipment: &crate::model::Shipment| {
        let mut parcel = json!({
            "logistics_no": shipment.tracking_number,
            "logistics_service_name": shipment.service,
            "logistics_type_code": shipment.service,
            "ship_order_id": id_value(order, &shipment.voucher_id),
            "receive_status": "default",
            "have_tracking_info": false,
        });
        wire::set_times(&mut parcel, &[("gmt_send", Some(shipment.at))]);
        parcel
    };
    (!order.shipments.is_empty()).then(|| order.shipments.iter().map(parcel).collect())
}
