//! Turns a ready order into one of those that must not be shipped, each for a reason of its own.

use crate::model::{Order, Shipment};
use crate::platform::Platform;

/// What is the matter with an order.
#[derive(Debug, Clone, Copy)]
enum Why {
    /// No money yet.
    Unpaid,
    /// Paid, and held or unknown.
    Held,
    /// Already on its way, or there.
    Sent,
    /// Ended, for this reason.
    Ended(&'static str, bool),
    /// Ready in every way but that nobody said where to.
    NoAddress,
    /// Ready, and all of it in the marketplace's warehouse.
    Warehouse,
}

use Why::{Ended, Held, NoAddress, Sent, Unpaid, Warehouse};

const ALIEXPRESS: [(&str, Why); 17] = [
    ("PLACE_ORDER_SUCCESS", Unpaid),
    ("RISK_CONTROL", Held),
    ("IN_CANCEL", Held),
    ("IN_FROZEN", Held),
    ("IN_ISSUE", Held),
    ("FINISH", Ended("buyer_confirm_goods", true)),
    ("FINISH", Ended("buyer_cancel_notpay_order", false)),
    ("AWAITING_LUNAR_ECLIPSE", Held),
    ("WAIT_BUYER_ACCEPT_GOODS", Sent),
    ("WAIT_SELLER_EXAMINE_MONEY", Unpaid),
    ("WAIT_SELLER_SEND_GOODS", Warehouse),
    ("FINISH", Ended("cancel_order_close_trade", true)),
    ("RISK_CONTROL_HOLD", Held),
    ("PAYMENT_PROCESSING", Unpaid),
    ("FUND_PROCESSING", Sent),
    ("WAIT_COMPLETE_ADDRESS", NoAddress),
    ("WAIT_GROUP", Unpaid),
];

const ALIBABA: [(&str, Why); 16] = [
    ("undeliver", NoAddress),
    ("unpay", Unpaid),
    ("frozen", Held),
    ("trade_close", Ended("", false)),
    ("trade_success", Sent),
    ("charge_back", Held),
    ("paying", Unpaid),
    ("to_be_audited", Held),
    ("lunar_eclipse", Held),
    ("delivering", Sent),
    ("wait_confirm_receipt", Sent),
    ("paid", Held),
    ("captured", Held),
    ("waiting_for_delivery_confirmation", Sent),
    ("wait_confirm_modify", Unpaid),
    ("trade_unavailable", Unpaid),
];

/// Gives the order the state whose turn it is.
pub fn make(platform: Platform, order: &mut Order, turn: usize) {
    let (status, why) = match platform {
        Platform::AliExpress => ALIEXPRESS[turn % ALIEXPRESS.len()],
        Platform::Alibaba => ALIBABA[turn % ALIBABA.len()],
    };
    order.status = status.to_owned();
    match why {
        Unpaid => order.paid_at = None,
        Held => {}
        Sent => send(platform, order),
        Ended(reason, paid) => end(platform, order, reason, paid),
        NoAddress => order.address = None,
        Warehouse => order.lines.iter_mut().for_each(|line| line.warehouse = true),
    }
}

fn end(platform: Platform, order: &mut Order, reason: &str, paid: bool) {
    if !paid {
        order.paid_at = None;
    }
    if reason == "buyer_confirm_goods" {
        send(platform, order);
    }
    order.end_reason = (!reason.is_empty()).then(|| reason.to_owned());
}

/// Shipped long ago by somebody else: not in the books of notices.
fn send(platform: Platform, order: &mut Order) {
    let (service, kind) = match platform {
        Platform::AliExpress => ("EMS", "all"),
        Platform::Alibaba => ("EMS", "POST"),
    };
    order.declared_all = true;
    order.lines.iter_mut().for_each(|line| line.shipped = line.quantity);
    order.shipments.push(Shipment {
        voucher_id: format!("88{}", &order.id[..8]),
        tracking_number: format!("EA{}CN", &order.id[order.id.len() - 9..]),
        service: service.to_owned(),
        kind: kind.to_owned(),
        tracking_website: None,
        at: order.modified_at,
        lines: Vec::new(),
    });
}
