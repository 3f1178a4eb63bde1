//! Answering a buyer who asks to cancel.

use crate::wire::{order_number, result};
use serde_json::json;
use tallyman_app::ports::{CallError, CancelAnswer};
use tallyman_domain::MarketplaceOrderId;
use tallyman_iop::{Gateway, Verdict, verdict};

const ACCEPT: &str = "aliexpress.trade.seller.order.acceptcancel";
const REFUSE: &str = "aliexpress.trade.seller.order.refusecancel";

pub(crate) async fn answer(
    gateway: &Gateway,
    id: &MarketplaceOrderId,
    buyer: &str,
    answer: &CancelAnswer,
) -> Result<(), CallError> {
    let mut request = json!({ "buyer_login_id": buyer, "order_id": order_number(id) });
    let method = match answer {
        CancelAnswer::Accept => ACCEPT,
        CancelAnswer::Refuse { reason } => {
            request["memo"] = reason.as_str().into();
            REFUSE
        }
    };
    let answer = gateway.sync_call(method, &[("param_order_cancel_request", request.to_string())]).await?;
    match verdict(result(&answer)?) {
        Verdict::Yes => Ok(()),
        Verdict::No(no) => Err(answer.call.business(&no)),
        Verdict::Silent => Err(answer.call.unclear("it says neither yes nor no")),
    }
}
