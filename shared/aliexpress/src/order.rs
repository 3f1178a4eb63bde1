//! One order whole: `aliexpress.solution.order.info.get`, and what it leaves out.

use crate::{
    amounts::amounts,
    receiver::{self, Found},
    wire::{Child, Condition, Detail, Receiver, order_number, result},
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tallyman_app::ports::CallError;
use tallyman_domain::{
    Address, Buyer, CountryCode, Line, LineId, MarketplaceKind, MarketplaceOrderId, Order, Standing, TaxId, TaxIdKind,
    tax::find_in_text,
};
use tallyman_iop::{Call, Gateway, Text, Unfit, Verdict, decode, envelope, exact, read, verdict};

const DETAIL: &str = "aliexpress.solution.order.info.get";
const AT: &str = "result.data";
/// Only the dispute beside the head. The documents disagree whether the flag is a number or its binary digits; 1 is
/// the same in both.
const DISPUTE_ONLY: u8 = 1;

/// The order as AliExpress writes it. Without `extra` everything comes.
pub(crate) async fn data(
    gateway: &Gateway,
    id: &MarketplaceOrderId,
    extra: Option<u8>,
) -> Result<(Call, Value), CallError> {
    let mut param = json!({ "order_id": order_number(id) });
    if let Some(flag) = extra {
        param["ext_info_bit_flag"] = flag.into();
    }
    let answer = gateway.sync_call(DETAIL, &[("param1", param.to_string())]).await?;
    let result = result(&answer)?;
    if let Verdict::No(no) = verdict(result) {
        return Err(answer.call.business(&no));
    }
    let Some(data) = result.get("data").filter(|d| d.is_object()).cloned() else {
        let no = envelope::no(result);
        let said_why = !no.code.is_empty() || !no.message.is_empty();
        return Err(if said_why { answer.call.business(&no) } else { answer.call.unclear("no order in it") });
    };
    match read::text(&data, "id") {
        Some(other) if other != id.as_str() => {
            Err(answer.call.undecodable(Unfit::new(format!("{AT}.id"), "not the order that was asked for")))
        }
        _ => Ok((answer.call, data)),
    }
}

pub(crate) async fn standing(gateway: &Gateway, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
    let (call, data) = data(gateway, id, Some(DISPUTE_ONLY)).await?;
    standing_of(&data).map_err(|unfit| call.undecodable(unfit))
}

pub(crate) async fn read(gateway: &Gateway, id: &MarketplaceOrderId) -> Result<Order, CallError> {
    let (call, data) = data(gateway, id, None).await?;
    let undecodable = |unfit| call.undecodable(unfit);
    let mut detail: Detail = decode(&data, AT).map_err(undecodable)?;
    let children = children(&data).map_err(undecodable)?;
    let receiver = receiver::find(gateway, id, detail.receipt_address.take()).await?;
    let paid = detail.gmt_pay_success.get().is_some();
    let customs = match &receiver {
        Ok(Some(found)) if paid && detail.cpf_number.get().is_none() => {
            receiver::customs_number(gateway, id, found).await?
        }
        _ => None,
    };
    let standing = standing_of(&data).map_err(undecodable)?;
    Parts { id, detail, children, receiver, customs, standing }.order().map_err(undecodable)
}

fn standing_of(data: &Value) -> Result<Standing, Unfit> {
    let wire: Condition = decode(data, AT)?;
    Ok(Standing {
        status: wire.order_status.owned().ok_or_else(|| Unfit::new(format!("{AT}.order_status"), "missing"))?,
        end_reason: Text::first([&wire.order_end_reason, &wire.end_reason]).map(str::to_owned),
        logistics: wire.logistics_status.owned(),
        frozen: wire.frozen_status.is("IN_FROZEN"),
        disputed: wire.issue_status.is("IN_ISSUE"),
    })
}

fn children(data: &Value) -> Result<Vec<Child>, Unfit> {
    let at = |index| format!("{AT}.child_order_list[{index}]");
    read::list(data, "child_order_list")?.into_iter().enumerate().map(|(i, child)| decode(child, &at(i))).collect()
}

/// Everything that was read about an order.
struct Parts<'a> {
    id: &'a MarketplaceOrderId,
    detail: Detail,
    children: Vec<Child>,
    receiver: Found,
    customs: Option<String>,
    standing: Standing,
}

impl Parts<'_> {
    fn order(self) -> Result<Order, Unfit> {
        let Self { detail, children, .. } = &self;
        let path = |field: &str| format!("{AT}.{field}");
        let placed_at =
            detail.gmt_create.pacific(&path("gmt_create"))?.ok_or_else(|| Unfit::new(path("gmt_create"), "missing"))?;
        let (amounts, foreign) = amounts(detail, children)?;
        let (ship_to, ship_to_problem) = self.ship_to();
        let mine = children.iter().filter(|child| !child.is_theirs());
        Ok(Order {
            id: self.id.clone(),
            marketplace: MarketplaceKind::AliExpress,
            placed_at,
            paid_at: detail.gmt_pay_success.pacific(&path("gmt_pay_success"))?,
            modified_at: detail.gmt_modified.pacific(&path("gmt_modified"))?.unwrap_or(placed_at),
            // The end of the *current* status: only while the seller has to ship is that the time to ship by.
            ship_by: matches!(self.standing.status.as_str(), "WAIT_SELLER_SEND_GOODS" | "SELLER_PART_SEND_GOODS")
                .then(|| detail.over_time_left.pacific("").ok().flatten())
                .flatten(),
            buyer: self.buyer(),
            ship_to,
            ship_to_problem,
            lines: lines(children)?,
            amounts,
            payment_method: detail.payment_type.owned(),
            requested_service: joined(
                mine.clone().map(|c| Text::first([&c.logistics_service_name, &c.logistics_type])),
                ", ",
            ),
            buyer_note: joined([detail.memo.get()].into_iter().chain(mine.map(|child| child.buyer_memo.get())), "\n"),
            internal_note: self.internal_note(foreign),
            gift: false,
            gift_message: None,
            tax_ids: self.tax_ids(),
            standing: self.standing,
        })
    }

    fn ship_to(&self) -> (Option<Address>, Option<String>) {
        match &self.receiver {
            Ok(None) => (None, None),
            Ok(Some(found)) => match receiver::address(found, &self.detail) {
                Ok(address) => (Some(address), None),
                Err(problem) => (None, Some(problem)),
            },
            Err(problem) => (None, Some(problem.clone())),
        }
    }

    fn found(&self) -> Option<&Receiver> {
        self.receiver.as_ref().ok()?.as_ref()
    }

    fn buyer(&self) -> Buyer {
        let detail = &self.detail;
        let person = detail.buyer_info.as_ref();
        let both = person.and_then(|p| joined([p.first_name.get(), p.last_name.get()], " "));
        let decrypted = self.found().and_then(|r| r.buyer_signer_fullname.owned());
        Buyer {
            login: person.and_then(|p| p.login_id.owned()).or_else(|| detail.buyerloginid.owned()),
            name: decrypted.or_else(|| detail.buyer_signer_fullname.owned()).or(both),
            email: None,
            phone: self.found().and_then(receiver::phone),
        }
    }

    fn tax_ids(&self) -> Vec<TaxId> {
        let cpf = |text: &Text| TaxId::new(TaxIdKind::Tin, text.get()?);
        let of_receiver = self.found().into_iter().flat_map(|r| [cpf(&r.cpf_no), unknown(r.tax_number.get())]);
        let memos = [&self.detail.memo].into_iter().chain(self.children.iter().map(|child| &child.buyer_memo));
        let mut ids: Vec<TaxId> = Vec::new();
        let all = [cpf(&self.detail.cpf_number), unknown(self.customs.as_deref())].into_iter().chain(of_receiver);
        for id in all.flatten().chain(memos.filter_map(Text::get).flat_map(find_in_text)) {
            // The same number under another name is the same number.
            if !ids.iter().any(|known| known.value == id.value) {
                ids.push(id);
            }
        }
        ids
    }

    fn internal_note(&self, foreign: Vec<String>) -> Option<String> {
        let detail = &self.detail;
        let theirs = self.children.iter().filter(|child| child.is_theirs()).count();
        let titled = |title: &str, parts: [Option<&str>; 2]| joined(parts, " ").map(|text| format!("{title}: {text}"));
        let notes = [
            detail.issue_info.as_ref().and_then(|i| titled("Dispute", [i.issue_status.get(), i.issue_model.get()])),
            detail.refund_info.as_ref().and_then(|r| titled("Refund", [r.refund_status.get(), r.refund_reason.get()])),
            titled("Pick-up", [detail.offline_pickup_type.get(), detail.offline_pickup_point_code.get()]),
            self.found().and_then(|r| titled("Address in the local script", [r.localized_address.get(), None])),
            (theirs > 0).then(|| format!("Lines that AliExpress's warehouse sends, left out: {theirs}")),
        ];
        joined(notes.iter().map(Option::as_deref).chain(foreign.iter().map(|note| Some(note.as_str()))), "\n")
    }
}

fn unknown(number: Option<&str>) -> Option<TaxId> {
    TaxId::of_unknown_kind(number?)
}

/// What is there, each once, in order.
fn joined<'a>(parts: impl IntoIterator<Item = Option<&'a str>>, between: &str) -> Option<String> {
    let mut once: Vec<&str> = Vec::new();
    for part in parts.into_iter().flatten() {
        if !once.contains(&part) {
            once.push(part);
        }
    }
    (!once.is_empty()).then(|| once.join(between))
}

fn lines(children: &[Child]) -> Result<Vec<Line>, Unfit> {
    let mut lines: Vec<Line> = Vec::new();
    for (position, child) in children.iter().enumerate().filter(|(_, child)| !child.is_theirs()) {
        let line = line(child, position)?;
        let id = if lines.iter().any(|known| known.id == line.id) {
            LineId::parse(format!("{}-{}", line.id, position + 1)).unwrap_or(line.id)
        } else {
            line.id
        };
        lines.push(Line { id, ..line });
    }
    Ok(lines)
}

fn line(child: &Child, position: usize) -> Result<Line, Unfit> {
    let path = |field: &str| format!("{AT}.child_order_list[{position}].{field}");
    let missing = |field: &str| Unfit::new(path(field), "missing");
    let id = Text::first([&child.child_order_id, &child.id]).ok_or_else(|| missing("child_order_id"))?;
    let count = child.product_count.decimal(&path("product_count"))?.ok_or_else(|| missing("product_count"))?;
    let lot = lot(child);
    let price = child.product_price.as_ref().map(|p| p.money(&path("product_price"))).transpose()?.flatten();
    let index = child.order_sort_id.get().and_then(|t| t.parse().ok()).filter(|index| *index > 0);
    Ok(Line {
        id: LineId::parse(id).map_err(|_| Unfit::new(path("child_order_id"), "not a line id"))?,
        index: index.unwrap_or_default(),
        sku: child.sku_code.owned(),
        product_id: child.product_id.owned(),
        name: child.product_name.get().or(child.sku_code.get()).ok_or_else(|| missing("product_name"))?.to_owned(),
        quantity: (count * lot).normalize(),
        unit_price: price.map(|mut money| {
            money.amount = (money.amount / lot).round_dp(4).normalize();
            money
        }),
        weight: None,
        image_url: child.product_img_url.owned(),
        options: options(child),
        warehouse_location: None,
    })
}

/// How many pieces one ordered unit has.
fn lot(child: &Child) -> Decimal {
    child.lot_num.decimal("").ok().flatten().filter(|lot| *lot >= Decimal::ONE).unwrap_or(Decimal::ONE)
}

/// Colour, size and the like: JSON in a text. The seller's own word for a value goes before AliExpress's. Options that
/// don't read are left out: the SKU says the same.
fn options(child: &Child) -> Vec<(String, String)> {
    let inner = match &child.product_attributes {
        Value::String(text) => exact::nested(text).unwrap_or_default(),
        other => other.clone(),
    };
    let first = |record: &Value, names: [&str; 3]| names.iter().find_map(|name| read::text(record, name));
    let option = |record: &Value| {
        let name = first(record, ["pName", "p_name", "name"])?;
        Some((name, first(record, ["selfDefineValue", "pValue", "value"])?))
    };
    let found: Vec<_> = read::list(&inner, "sku").unwrap_or_default().into_iter().filter_map(option).collect();
    let standard = || child.product_standard.owned().map(|text| ("Specification".to_owned(), text));
    if found.is_empty() { standard().into_iter().collect() } else { found }
}

/// The countries whose customs ask for a number of the recipient or, in Europe, of the sale.
pub(crate) fn customs_ask(country: CountryCode) -> bool {
    const ASK: &str = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE \
        GB NO CH IS BR KR CL MX AR PE CO EC UY TR ZA IN ID UA KZ IL SA AU NZ";
    ASK.split(' ').any(|code| code == country.as_str())
}
