//! One order whole: `/alibaba/order/get`.

use crate::{
    amounts::amounts,
    wire::{Phone, Product, Receiver, Trade, value},
};
use serde_json::Value;
use tallyman_app::ports::CallError;
use tallyman_domain::{
    Address, Buyer, CountryCode, Line, LineId, MarketplaceKind, MarketplaceOrderId, Order, Standing, tax::find_in_text,
};
use tallyman_iop::{Call, Gateway, Text, Unfit, decode, read};

/// Between a product's id and the count of its appearance, where one order has the same product twice.
const TWIN: &str = "__";

pub(crate) async fn data(gateway: &Gateway, id: &MarketplaceOrderId) -> Result<(Call, Value), CallError> {
    let params = [("e_trade_id", id.to_string()), ("language", "en_US".to_owned())];
    let answer = gateway.rest_call("/alibaba/order/get", &params, None).await?;
    let trade = value(&answer)?;
    match read::text(trade, "trade_id") {
        Some(other) if other != id.as_str() => {
            Err(answer.call.undecodable(Unfit::new("value.trade_id", "not the order that was asked for")))
        }
        _ => Ok((answer.call.clone(), trade.clone())),
    }
}

pub(crate) async fn standing(gateway: &Gateway, id: &MarketplaceOrderId) -> Result<Standing, CallError> {
    let (call, data) = data(gateway, id).await?;
    standing_of(&data).map_err(|unfit| call.undecodable(unfit))
}

pub(crate) async fn read(gateway: &Gateway, id: &MarketplaceOrderId) -> Result<Order, CallError> {
    let (call, data) = data(gateway, id).await?;
    order(id, &data).map_err(|unfit| call.undecodable(unfit))
}

fn standing_of(data: &Value) -> Result<Standing, Unfit> {
    let status = read::text(data, "trade_status").ok_or_else(|| Unfit::new("value.trade_status", "missing"))?;
    Ok(Standing { frozen: status.eq_ignore_ascii_case("frozen"), status, ..Standing::default() })
}

fn order(id: &MarketplaceOrderId, data: &Value) -> Result<Order, Unfit> {
    let trade: Trade = decode(data, "value")?;
    let records = read::list(data, "order_products")?;
    let at = |index| format!("value.order_products[{index}]");
    let products: Vec<Product> =
        records.iter().enumerate().map(|(i, record)| decode(record, &at(i))).collect::<Result<_, _>>()?;
    let placed_at = trade.create_date.as_ref().map(|time| time.at("value.create_date")).transpose()?.flatten();
    let placed_at = placed_at.ok_or_else(|| Unfit::new("value.create_date", "missing"))?;
    let modified_at = trade.modify_date.as_ref().map(|time| time.at("value.modify_date")).transpose()?.flatten();
    let (amounts, money_notes) = amounts(&trade, &products)?;
    let (ship_to, ship_to_problem) = match address(trade.shipping_address.as_ref()) {
        Ok(address) => (Some(address), None),
        Err(problem) => (None, Some(problem)),
    };
    let carrier = trade.carrier.as_ref();
    Ok(Order {
        id: id.clone(),
        marketplace: MarketplaceKind::Alibaba,
        standing: standing_of(data)?,
        placed_at,
        paid_at: None,
        modified_at: modified_at.unwrap_or(placed_at),
        ship_by: ship_by(&trade, &products),
        buyer: buyer(&trade),
        ship_to,
        ship_to_problem,
        lines: lines(&products, &records)?,
        amounts,
        payment_method: None,
        requested_service: carrier.and_then(|c| Text::first([&c.name, &c.code])).map(str::to_owned),
        buyer_note: trade.remark.owned(),
        internal_note: internal_note(&trade, money_notes),
        gift: false,
        gift_message: None,
        tax_ids: trade.remark.get().map(find_in_text).unwrap_or_default(),
    })
}

fn buyer(trade: &Trade) -> Buyer {
    let person = trade.buyer.as_ref();
    Buyer {
        login: person.and_then(|p| p.immutable_eid.owned()),
        name: person.and_then(|p| p.full_name.owned()),
        email: person.and_then(|p| p.email.owned()),
        phone: trade.shipping_address.as_ref().and_then(phone),
    }
}

/// The earliest of the days by which something must ship; those that don't read are left out.
fn ship_by(trade: &Trade, products: &[Product]) -> Option<jiff::Timestamp> {
    let dates = products.iter().map(|p| p.shipment_date.as_ref()).chain([trade.shipment_date.as_ref()]);
    dates.flatten().filter_map(|time| time.at("").ok().flatten()).min()
}

fn internal_note(trade: &Trade, money: Vec<String>) -> Option<String> {
    let titled = |title: &str, text: &Text| text.get().map(|text| format!("{title}: {text}"));
    let port = trade.shipping_address.as_ref().and_then(|r| titled("Port", &r.port));
    let steps = titled("Payment step", &trade.pay_step).filter(|_| !trade.pay_step.is("FULL"));
    let notes: Vec<_> = [titled("Fulfilment channel", &trade.fulfillment_channel), port, steps]
        .into_iter()
        .flatten()
        .chain(money)
        .collect();
    (!notes.is_empty()).then(|| notes.join("\n"))
}

fn address(receiver: Option<&Receiver>) -> Result<Address, String> {
    let r = receiver.ok_or("the order has no ship-to address")?;
    let street: Vec<_> = [r.address.owned(), r.alternate_address.owned()].into_iter().flatten().collect();
    let street = match street.as_slice() {
        [] => return Err("the address has no street".to_owned()),
        [first, second] if first.eq_ignore_ascii_case(second) => vec![first.clone()],
        _ => street,
    };
    let named = Text::first([&r.country_code, &r.country]).ok_or("the address has no country")?;
    let by_name = || r.country.get().and_then(|name| CountryCode::parse(name).ok());
    let country = CountryCode::parse(named).or_else(|problem| by_name().ok_or(problem));
    Ok(Address {
        name: r.contact_person.owned().ok_or("the address has no recipient")?,
        company: None,
        street,
        city: r.city.owned().unwrap_or_default(),
        province: r.province.owned(),
        postal_code: r.zip.owned(),
        country: country.map_err(|problem| problem.to_string())?,
        phone: phone(r),
    })
}

/// The mobile number, else the fixed one, with the country's code in front.
fn phone(receiver: &Receiver) -> Option<String> {
    let join = |phone: &Phone| {
        let number = phone.number.get()?;
        let number = phone.area.get().map_or_else(|| number.to_owned(), |area| format!("{area} {number}"));
        Some(match phone.country.get().map(|code| code.trim_start_matches('+')).filter(|code| !code.is_empty()) {
            Some(code) if !number.starts_with('+') => format!("+{code} {number}"),
            _ => number,
        })
    };
    [&receiver.mobile, &receiver.telephone].into_iter().flatten().find_map(join)
}

fn lines(products: &[Product], records: &[&Value]) -> Result<Vec<Line>, Unfit> {
    let mut lines: Vec<Line> = Vec::new();
    for (position, (product, record)) in products.iter().zip(records).enumerate() {
        let path = |field: &str| format!("value.order_products[{position}].{field}");
        let missing = |field: &str| Unfit::new(path(field), "missing");
        let base = Text::first([&product.sku_id, &product.product_id]).ok_or_else(|| missing("sku_id"))?;
        let is_base = |line: &&Line| goods_id(&line.id) == base;
        let id = match lines.iter().filter(is_base).count() {
            0 => LineId::parse(base),
            twins => LineId::parse(format!("{base}{TWIN}{}", twins + 1)),
        };
        let price = product.unit_price.as_ref().map(|p| p.money(&path("unit_price"))).transpose()?.flatten();
        lines.push(Line {
            id: id.map_err(|_| Unfit::new(path("sku_id"), "not a line id"))?,
            index: u32::try_from(position + 1).unwrap_or(u32::MAX),
            sku: Text::first([&product.sku_code, &product.model_number]).map(str::to_owned),
            product_id: product.product_id.owned(),
            name: product.name.owned().ok_or_else(|| missing("name"))?,
            quantity: product.quantity.decimal(&path("quantity"))?.ok_or_else(|| missing("quantity"))?,
            unit_price: price,
            weight: None,
            image_url: product.product_image.owned(),
            options: options(product, record),
            warehouse_location: None,
        });
    }
    Ok(lines)
}

/// The id that a notice's `goods` name a line by.
pub(crate) fn goods_id(line: &LineId) -> &str {
    line.as_str().split_once(TWIN).map_or(line.as_str(), |(id, _)| id)
}

/// The SKU's attributes, then the model and the unit, where they say something that the rest doesn't.
fn options(product: &Product, record: &Value) -> Vec<(String, String)> {
    let attributes = read::list(record, "sku_attributes").unwrap_or_default();
    let attribute = |a: &Value| Some((read::text(a, "key")?, read::text(a, "value")?));
    let mut options: Vec<_> = attributes.into_iter().filter_map(attribute).collect();
    // Without a SKU code the model is the SKU.
    let model = product.model_number.owned().filter(|_| product.sku_code.get().is_some());
    options.extend(model.map(|model| ("Model".to_owned(), model)));
    let pieces = ["piece", "pieces", "piece/pieces", "pcs"].iter().any(|name| product.unit.is(name));
    options.extend(product.unit.owned().filter(|_| !pieces).map(|unit| ("Unit".to_owned(), unit)));
    options
}
