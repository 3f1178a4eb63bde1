//! What Alibaba.com writes. Every field is optional here; what an order can't do without is checked where it is mapped.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tallyman_app::ports::CallError;
use tallyman_domain::{Money, pacific};
use tallyman_iop::{Answer, Text, Unfit, Verdict, read, verdict};

/// The `value` of an answer. Most methods say no in the envelope; some might inside.
pub(crate) fn value(answer: &Answer) -> Result<&Value, CallError> {
    let value = answer.body.get("value").filter(|v| !v.is_null());
    let value = value.ok_or_else(|| answer.call.unclear("no value in it"))?;
    match verdict(value) {
        Verdict::No(no) => Err(answer.call.business(&no)),
        Verdict::Yes | Verdict::Silent => Ok(value),
    }
}

/// An amount.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Cash {
    amount: Text,
    currency: Text,
}

impl Cash {
    pub(crate) fn money(&self, path: &str) -> Result<Option<Money>, Unfit> {
        read::money(self.amount.get(), self.currency.get(), path)
    }
}

/// A time: milliseconds, and the same as Pacific text.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Time {
    timestamp: Text,
    format_date: Text,
}

impl Time {
    /// The instant; the milliseconds go first, since the text is ambiguous once a year.
    pub(crate) fn at(&self, path: &str) -> Result<Option<Timestamp>, Unfit> {
        let milliseconds = self.timestamp.get().and_then(|t| t.parse().ok());
        if let Some(at) = milliseconds.and_then(|ms| Timestamp::from_millisecond(ms).ok()) {
            return Ok(Some(at));
        }
        match Text::first([&self.format_date, &self.timestamp]) {
            None => Ok(None),
            Some(text) => pacific::parse(text).map(Some).map_err(|_| Unfit::new(path, "not a date and time")),
        }
    }
}

/// One order of a list.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Seen {
    pub trade_id: Text,
    pub trade_status: Text,
    pub modify_date: Option<Time>,
}

/// An order's head. Its products are read one by one.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Trade {
    pub create_date: Option<Time>,
    pub modify_date: Option<Time>,
    pub shipment_date: Option<Time>,
    pub pay_step: Text,
    pub fulfillment_channel: Text,
    pub shipping_address: Option<Receiver>,
    pub product_total_amount: Option<Cash>,
    pub shipment_fee: Option<Cash>,
    pub discount_amount: Option<Cash>,
    pub adjust_amount: Option<Cash>,
    pub total_amount: Option<Cash>,
    pub advance_amount: Option<Cash>,
    pub balance_amount: Option<Cash>,
    pub carrier: Option<Carrier>,
    pub buyer: Option<Person>,
    pub remark: Text,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Carrier {
    pub code: Text,
    pub name: Text,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Person {
    pub immutable_eid: Text,
    pub full_name: Text,
    pub email: Text,
}

/// Who receives, and where.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Receiver {
    pub country: Text,
    pub country_code: Text,
    pub province: Text,
    pub city: Text,
    pub address: Text,
    pub alternate_address: Text,
    pub zip: Text,
    pub port: Text,
    pub contact_person: Text,
    pub mobile: Option<Phone>,
    pub telephone: Option<Phone>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Phone {
    pub country: Text,
    pub area: Text,
    pub number: Text,
}

/// One product.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Product {
    pub product_id: Text,
    pub sku_id: Text,
    pub sku_code: Text,
    pub model_number: Text,
    pub name: Text,
    pub quantity: Text,
    pub unit: Text,
    pub unit_price: Option<Cash>,
    pub product_image: Text,
    pub shipment_date: Option<Time>,
}
