//! Telling AliExpress about a shipment, and asking what it was told.

use crate::{correction, lines, order, wire::order_number};
use serde_json::Value;
use tallyman_app::ports::{CallError, ReadBack};
use tallyman_domain::{Extent, MarketplaceOrderId, Notice};
use tallyman_iop::{Answer, Gateway, Verdict, read, verdict};

/// Carries all that a notice can say, but for what is in the parcel.
const SHIP: &str = "aliexpress.logistics.sellershipmentfortop";
/// The same without the carrier behind `OTHER...`, for apps that may only call the "solution" group.
const SHIP_PLAIN: &str = "aliexpress.solution.order.fulfill";
const SHIPMENTS: &str = "aliexpress.logistics.querysellershipmentinfo";
const NOTE_CHARS_MAX: usize = 512;

/// Tells line by line where that is possible, else of the order.
///
/// A method that the app may not call has done nothing, so the next one is tried.
pub(crate) async fn send(gateway: &Gateway, notice: &Notice) -> Result<(), CallError> {
    if let Some(old) = &notice.replaces {
        return correction::send(gateway, notice, old).await;
    }
    if let Some(params) = lines::params(notice) {
        match gateway.sync_call(lines::SHIP_LINES, &params).await {
            Err(CallError::Refused { code, .. }) if method_is_closed(&code) => {}
            answer => return lines::told(&answer?, notice),
        }
    }
    let params = params(notice);
    match gateway.sync_call(SHIP, &params).await {
        Err(CallError::Refused { code, .. }) if method_is_closed(&code) => {
            let plain: Vec<_> =
                params.into_iter().filter(|(name, _)| !matches!(*name, "actual_carrier" | "package_type")).collect();
            confirmed(&gateway.sync_call(SHIP_PLAIN, &plain).await?)
        }
        answer => confirmed(&answer?),
    }
}

pub(crate) fn method_is_closed(code: &str) -> bool {
    ["InsufficientPermission", "InvalidApiPath", "isv.insufficient-permission"].iter().any(|c| code.contains(c))
}

pub(crate) fn params(notice: &Notice) -> Vec<(&'static str, String)> {
    let send_type = match notice.extent {
        Extent::All => "all",
        Extent::Part => "part",
    };
    let mut params = vec![
        ("out_ref", notice.order.order.to_string()),
        ("service_name", notice.service.code.clone()),
        ("logistics_no", notice.tracking_number.trim().to_owned()),
        ("send_type", send_type.to_owned()),
        ("description", description(&notice.note_to_buyer)),
    ];
    params.extend(notice.consolidated.then(|| ("package_type", "consolidation".to_owned())));
    params.extend(notice.service.tracking_website.clone().map(|site| ("tracking_website", site)));
    params.extend(notice.service.actual_carrier.clone().map(|carrier| ("actual_carrier", carrier)));
    params
}

/// AliExpress takes English only: what is outside ASCII goes, and line breaks become spaces.
fn description(note: &str) -> String {
    let ascii = note.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| matches!(c, ' '..='~'));
    ascii.take(NOTE_CHARS_MAX).collect()
}

/// Only a flag that says yes is a yes. It stands at the root or in `result`, by method.
pub(crate) fn confirmed(answer: &Answer) -> Result<(), CallError> {
    let places = [Some(&answer.body), answer.body.get("result")];
    let verdicts: Vec<_> = places.into_iter().flatten().map(verdict).collect();
    if let Some(Verdict::No(no)) = verdicts.iter().find(|v| matches!(v, Verdict::No(_))) {
        return Err(unsure(answer, answer.call.business(no)));
    }
    if verdicts.contains(&Verdict::Yes) { Ok(()) } else { Err(answer.call.unclear("it says neither yes nor no")) }
}

/// "System exception, try again later" doesn't say that nothing happened: only the gateway's own limit does.
fn unsure(answer: &Answer, error: CallError) -> CallError {
    match error {
        CallError::Throttled { .. } => answer.call.unclear("the service had a failure of its own"),
        error => error,
    }
}

/// Asks both places where a number shows. One that shows it is enough; only both together can say that it isn't there.
pub(crate) async fn read_back(
    gateway: &Gateway,
    id: &MarketplaceOrderId,
    number: &str,
    service: &str,
) -> Result<ReadBack, CallError> {
    let params = [
        ("trade_order_id", order_number(id).to_string().trim_matches('"').to_owned()),
        ("logistics_no", number.trim().to_owned()),
        ("service_name", service.to_owned()),
    ];
    match gateway.sync_call(SHIPMENTS, &params).await {
        Ok(answer) => match shown(&answer, number) {
            Shown::Whole => return Ok(ReadBack::Present),
            // Neither told nor untold: sending it again would be refused at the lines that have it.
            Shown::InPart => return Ok(ReadBack::Unknowable),
            Shown::Not => {}
        },
        // It refuses where it knows of no shipment; the order itself decides then.
        Err(CallError::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    let (call, data) = order::data(gateway, id, None).await?;
    let records = read::list(&data, "logistic_info_list").map_err(|unfit| call.undecodable(unfit))?;
    let there = records.into_iter().any(|record| is_number(record, number));
    Ok(if there { ReadBack::Present } else { ReadBack::Absent })
}

fn is_number(record: &Value, number: &str) -> bool {
    read::text(record, "logistics_no").is_some_and(|n| n.eq_ignore_ascii_case(number.trim()))
}

/// How an answer shows a number.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    /// At every line that names it.
    Whole,
    /// At one line, and with an error at another.
    InPart,
    /// Nowhere, or merely echoed beside an error.
    Not,
}

fn shown(answer: &Answer, number: &str) -> Shown {
    let body = answer.body.get("result").filter(|r| r.is_object()).unwrap_or(&answer.body);
    if matches!(verdict(body), Verdict::No(_)) {
        return Shown::Not;
    }
    let lines = lines::echo(body);
    let named = lines.into_iter().flat_map(|line| lines::parcels(line).into_iter().map(move |parcel| (line, parcel)));
    let named = named.filter(|(_, parcel)| is_number(parcel, number));
    let (bad, good): (Vec<_>, Vec<_>) = named.partition(|(line, parcel)| lines::failed(line) || lines::failed(parcel));
    match (good.is_empty(), bad.is_empty()) {
        (true, _) => Shown::Not,
        (false, true) => Shown::Whole,
        (false, false) => Shown::InPart,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_to_the_buyer_is_short_and_ascii() {
        assert_eq!(description("Thanks!\nVielen Dänk ✓"), "Thanks! Vielen Dnk ");
        assert_eq!(description(&"x".repeat(600)).len(), 512);
    }
}
