//! Where an order goes. AliExpress leaves the address out of some answers and masks it in others.

use crate::{
    order::customs_ask,
    wire::{Detail, Receiver, order_number, result},
};
use serde_json::{Value, json};
use tallyman_app::ports::CallError;
use tallyman_domain::{Address, CountryCode, MarketplaceOrderId};
use tallyman_iop::{Gateway, Text, Unfit, decode, read};

/// The receiver, nothing where AliExpress gives nothing, or why what it gives can't be used.
pub(crate) type Found = Result<Option<Receiver>, String>;

/// Completes what came with the order: asks for a missing address, decrypts a masked one.
pub(crate) async fn find(
    gateway: &Gateway,
    id: &MarketplaceOrderId,
    given: Option<Receiver>,
) -> Result<Found, CallError> {
    let receiver = match given {
        Some(given) if !street(&given).is_empty() => given,
        given => match ask(gateway, id, "aliexpress.solution.order.receiptinfo.get", "param1").await {
            Ok(asked) if is_empty(&asked) => match given.filter(|r| !is_empty(r)) {
                Some(given) => given,
                None => return Ok(Ok(None)),
            },
            Ok(asked) => asked,
            Err(CallError::Refused { code, .. }) => return Ok(Err(format!("AliExpress gives no address: {code}"))),
            Err(error) => return Err(error),
        },
    };
    if masked_fields(&receiver).is_empty() { Ok(Ok(Some(receiver))) } else { decrypt(gateway, id, receiver).await }
}

/// The customs number, where the country asks for one. Its absence is no reason to hold the order.
pub(crate) async fn customs_number(
    gateway: &Gateway,
    id: &MarketplaceOrderId,
    receiver: &Receiver,
) -> Result<Option<String>, CallError> {
    if !country(receiver).is_ok_and(customs_ask) {
        return Ok(None);
    }
    match ask(gateway, id, "aliexpress.solution.order.delivery.info.get", "single_order_query").await {
        Ok(receiver) => Ok(receiver.tax_number.owned().filter(|number| !number.contains('*'))),
        Err(CallError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Both address methods answer with the same fields.
async fn ask(
    gateway: &Gateway,
    id: &MarketplaceOrderId,
    method: &str,
    param: &'static str,
) -> Result<Receiver, CallError> {
    let query = json!({ "order_id": order_number(id) }).to_string();
    let answer = gateway.sync_call(method, &[(param, query)]).await?;
    if answer.body.get("result").is_some_and(Value::is_null) || says_only_success(&answer.body) {
        // An order that waits for its address has none.
        return Ok(Receiver::default());
    }
    decode(result(&answer)?, "result").map_err(|unfit| answer.call.undecodable(unfit))
}

/// Success, and no result: some answers leave out what is null.
fn says_only_success(body: &Value) -> bool {
    body.get("result").is_none() && read::text(body, "code").is_some()
}

async fn decrypt(gateway: &Gateway, id: &MarketplaceOrderId, masked: Receiver) -> Result<Found, CallError> {
    let refused = |code: &str| Ok(Err(format!("the receiver is masked and AliExpress does not decrypt it: {code}")));
    let query = json!({ "order_id": order_number(id) }).to_string();
    let found = match gateway.sync_call("aliexpress.trade.new.redefining.findorderbyid", &[("param1", query)]).await {
        Ok(answer) => answer.body,
        Err(CallError::Refused { code, .. }) => return refused(&code),
        Err(error) => return Err(error),
    };
    let target = found.get("result").filter(|r| r.get("target").is_some()).unwrap_or(&found).get("target");
    let Some(oaid) = target.and_then(|t| read::text(t, "oaid")) else { return refused("it gives no oaid") };
    let params = [("orderId", id.to_string()), ("oaid", oaid)];
    let answer = match gateway.sync_call("aliexpress.trade.seller.order.decrypt", &params).await {
        Ok(answer) => answer,
        Err(CallError::Refused { code, .. }) => return refused(&code),
        Err(error) => return Err(error),
    };
    let holder = answer.body.get("result").filter(|r| r.is_object()).unwrap_or(&answer.body);
    let Some(clear) = holder.get("result_obj").filter(|o| o.is_object()) else {
        return refused(&read::text(holder, "result_code").unwrap_or_default());
    };
    uncover(masked, clear).map_err(|unfit| answer.call.undecodable(unfit))
}

/// Puts the clear fields in place of the masked ones. The address is used only when nothing it needs stays masked.
fn uncover(mut receiver: Receiver, clear: &Value) -> Result<Found, Unfit> {
    let clear: Receiver = decode(clear, "result_obj")?;
    // A buyer may write a star; a mask is more than one.
    let is_clear = |text: &Text| text.get().is_some_and(|t| !t.contains("**"));
    let mut done = Vec::new();
    for (name, masked, clear) in [
        ("contact_person", &mut receiver.contact_person, clear.contact_person),
        ("detail_address", &mut receiver.detail_address, clear.detail_address),
        ("address2", &mut receiver.address2, clear.address2),
        ("mobile_no", &mut receiver.mobile_no, clear.mobile_no),
        ("phone_number", &mut receiver.phone_number, clear.phone_number),
        ("buyer_signer_fullname", &mut receiver.buyer_signer_fullname, clear.buyer_signer_fullname),
    ] {
        if is_clear(&clear) {
            *masked = clear;
            done.push(name);
        }
    }
    let street = ["detail_address", "address2"].iter().any(|name| done.contains(name));
    let left: Vec<_> = masked_fields(&receiver).into_iter().filter(|name| !done.contains(name)).collect();
    for name in left {
        match name {
            // `address` repeats the street and is never decrypted; a phone is missed less than a parcel.
            "address" if street => receiver.address = Text::default(),
            "localized_address" => receiver.localized_address = Text::default(),
            "mobile_no" => receiver.mobile_no = Text::default(),
            "phone_number" => receiver.phone_number = Text::default(),
            _ => return Ok(Err(format!("{name} of the receiver stays masked after decryption"))),
        }
    }
    Ok(Ok(Some(receiver)))
}

fn masked_fields(r: &Receiver) -> Vec<&'static str> {
    let fields = [
        ("contact_person", &r.contact_person),
        ("detail_address", &r.detail_address),
        ("address", &r.address),
        ("address2", &r.address2),
        ("localized_address", &r.localized_address),
        ("city", &r.city),
        ("province", &r.province),
        ("zip", &r.zip),
        ("mobile_no", &r.mobile_no),
        ("phone_number", &r.phone_number),
    ];
    fields.into_iter().filter(|(_, text)| text.get().is_some_and(|t| t.contains('*'))).map(|(name, _)| name).collect()
}

fn is_empty(r: &Receiver) -> bool {
    Text::first([&r.contact_person, &r.detail_address, &r.address, &r.address2, &r.city, &r.country]).is_none()
}

fn country(r: &Receiver) -> Result<CountryCode, String> {
    let named = Text::first([&r.country, &r.country_name]).ok_or("the address has no country")?;
    CountryCode::parse(named)
        .or_else(|problem| r.country_name.get().and_then(|name| CountryCode::parse(name).ok()).ok_or(problem))
        .map_err(|problem| problem.to_string())
}

/// The receiver as an address, or why not.
pub(crate) fn address(r: &Receiver, detail: &Detail) -> Result<Address, String> {
    let street = street(r);
    if street.is_empty() {
        return Err("the address has no street".to_owned());
    }
    let name = Text::first([&r.contact_person, &r.buyer_signer_fullname, &detail.buyer_signer_fullname]);
    Ok(Address {
        name: name.ok_or("the address has no recipient")?.to_owned(),
        company: None,
        street,
        city: r.city.owned().unwrap_or_default(),
        province: r.province.owned(),
        postal_code: r.zip.owned(),
        country: country(r)?,
        phone: phone(r),
    })
}

/// The street's lines, each once. Sometimes `address` is the other two in one line; then it goes.
fn street(r: &Receiver) -> Vec<String> {
    let plain = |text: &str| text.to_lowercase().replace(',', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let [first, detail, second] = [&r.address, &r.detail_address, &r.address2].map(|t| t.get().unwrap_or_default());
    let both = plain(&format!("{detail} {second}"));
    let first = if plain(first) == both { "" } else { first };
    let mut lines: Vec<&str> = Vec::new();
    for line in [first, detail, second] {
        if !line.is_empty() && !lines.iter().any(|known| plain(known) == plain(line)) {
            lines.push(line);
        }
    }
    lines.into_iter().map(str::to_owned).collect()
}

/// The mobile number, else the fixed one, with the country's code in front.
pub(crate) fn phone(r: &Receiver) -> Option<String> {
    let fixed = || {
        let parts: Vec<_> = [r.phone_area.get(), r.phone_number.get()].into_iter().flatten().collect();
        r.phone_number.get().map(|_| parts.join(" "))
    };
    let number = r.mobile_no.owned().or_else(fixed)?;
    match r.phone_country.get().map(|code| code.trim_start_matches('+')).filter(|code| !code.is_empty()) {
        Some(code) if !number.starts_with('+') => Some(format!("+{code} {number}")),
        _ => Some(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(fields: Value) -> Receiver {
        decode(&fields, "r").unwrap()
    }

    #[test]
    fn street_lines_come_once_each_and_a_repeated_whole_goes() {
        let of =
            |a: &str, d: &str, s: &str| street(&receiver(json!({"address": a, "detail_address": d, "address2": s})));
        assert_eq!(of("", "Main St 5", "Apt 3"), ["Main St 5", "Apt 3"]);
        assert_eq!(of("Main St 5, Apt 3", "Main St 5", "Apt 3"), ["Main St 5", "Apt 3"]);
        assert_eq!(of("MAIN ST  5", "Main St 5", ""), ["Main St 5"]);
        assert_eq!(of("Rua 15", "Rua 15", "5"), ["Rua 15", "5"]);
        assert_eq!(of("Building C", "Main St 5", "Apt 3"), ["Building C", "Main St 5", "Apt 3"]);
        assert!(of("", "", " ").is_empty());
    }

    #[test]
    fn a_phone_is_the_mobile_number_or_the_parts_of_the_fixed_one() {
        let of = |fields: Value| phone(&receiver(fields));
        let mobile = json!({"phone_country": "+55", "mobile_no": 11_987_654_321_u64, "phone_number": "1"});
        assert_eq!(of(mobile).as_deref(), Some("+55 11987654321"));
        let fixed = json!({"phone_country": "49", "phone_area": "30", "phone_number": "123456"});
        assert_eq!(of(fixed).as_deref(), Some("+49 30 123456"));
        assert_eq!(of(json!({"mobile_no": "+1 555"})).as_deref(), Some("+1 555"));
        assert_eq!(of(json!({"phone_country": "49", "phone_area": "30"})), None);
    }

    #[test]
    fn what_stays_masked_is_dropped_where_it_is_not_needed_and_reported_where_it_is() {
        let masked = || {
            receiver(
                json!({"contact_person": "J***", "address": "M***", "detail_address": "M***", "mobile_no": "1***"}),
            )
        };
        let found = uncover(masked(), &json!({"contact_person": "Jane", "detail_address": "Main *5"})).unwrap();
        let found = found.unwrap().unwrap();
        assert_eq!((found.contact_person.get(), street(&found)), (Some("Jane"), vec!["Main *5".to_owned()]));
        assert_eq!(phone(&found), None);
        let problem = uncover(masked(), &json!({"contact_person": "Jane"})).unwrap().unwrap_err();
        assert!(problem.starts_with("detail_address"), "{problem}");
    }
}
