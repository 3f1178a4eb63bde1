//! Telling AliExpress that a parcel it was told of goes under another number or with another carrier.

use crate::{
    lines,
    notice::{confirmed, method_is_closed, params},
};
use tallyman_app::ports::CallError;
use tallyman_domain::{Extent, Notice, state::Told};
use tallyman_iop::Gateway;

/// For what was told of the order.
const MODIFY: &str = "aliexpress.logistics.sellermodifiedshipmentfortop";
/// For what was told line by line.
const MODIFY_LINES: &str = "aliexpress.logistics.redefining.sellermodifiedshipmentsupportsubtradeorder";

/// Corrects in the way it was told: line by line what was told line by line. An app that may not call that method
/// corrects it of the order.
pub(crate) async fn send(gateway: &Gateway, notice: &Notice, old: &Told) -> Result<(), CallError> {
    if let Some(mut params) = lines::params(notice).filter(|_| old.extent == Extent::Part) {
        params.extend([("old_logistics_no", old.number.clone()), ("old_service_name", old.code.clone())]);
        match gateway.sync_call(MODIFY_LINES, &params).await {
            Err(CallError::Refused { code, .. }) if method_is_closed(&code) => {}
            answer => return lines::told(&answer?, notice),
        }
    }
    let renamed = |name| match name {
        "service_name" => "new_service_name",
        "logistics_no" => "new_logistics_no",
        name => name,
    };
    let mut params: Vec<_> = params(notice).into_iter().map(|(name, value)| (renamed(name), value)).collect();
    params.extend([("old_logistics_no", old.number.clone()), ("old_service_name", old.code.clone())]);
    confirmed(&gateway.sync_call(MODIFY, &params).await?)
}
