//! What AliExpress writes. Every field is optional here; what an order can't do without is checked where it is mapped.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use tallyman_app::ports::CallError;
use tallyman_domain::{MarketplaceOrderId, Money};
use tallyman_iop::{Answer, Text, Unfit, read};

/// The `result` of an answer.
pub(crate) fn result(answer: &Answer) -> Result<&Value, CallError> {
    answer.body.get("result").filter(|r| r.is_object()).ok_or_else(|| answer.call.unclear("no result in it"))
}

/// An order's number as it goes into a JSON parameter: a number wherever it is one.
pub(crate) fn order_number(id: &MarketplaceOrderId) -> Value {
    id.as_str().parse::<u64>().map_or_else(|_| Value::from(id.as_str()), Value::from)
}

/// One order of a list.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Seen {
    pub order_id: Text,
    pub order_status: Text,
    pub gmt_update: Text,
}

/// An amount. `amount_str` stands in for `amount` in child orders, and `cent` for both.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Cash {
    amount: Text,
    amount_str: Text,
    cent: Text,
    cent_factor: Text,
    currency_code: Text,
    currency: Option<CashCurrency>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct CashCurrency {
    currency_code: Text,
}

impl Cash {
    pub(crate) fn money(&self, path: &str) -> Result<Option<Money>, Unfit> {
        let currency = self.currency_code.get().or_else(|| self.currency.as_ref()?.currency_code.get());
        if let Some(amount) = Text::first([&self.amount, &self.amount_str]) {
            return read::money(Some(amount), currency, path);
        }
        let Some(cents) = self.cent.decimal(path)? else { return Ok(None) };
        let factor = self.cent_factor.decimal(path)?.filter(|f| !f.is_zero()).unwrap_or(Decimal::ONE_HUNDRED);
        read::money(Some(&(cents / factor).to_string()), currency, path)
    }
}

/// Where an order stands.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Condition {
    pub order_status: Text,
    pub logistics_status: Text,
    pub frozen_status: Text,
    pub issue_status: Text,
    pub order_end_reason: Text,
    pub end_reason: Text,
}

/// An order's head. Its lists are read one record at a time.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Detail {
    pub gmt_create: Text,
    pub gmt_modified: Text,
    pub gmt_pay_success: Text,
    pub over_time_left: Text,
    pub buyerloginid: Text,
    pub buyer_signer_fullname: Text,
    pub buyer_info: Option<Person>,
    pub receipt_address: Option<Receiver>,
    pub order_amount: Option<Cash>,
    pub init_oder_amount: Option<Cash>,
    pub logistics_amount: Option<Cash>,
    pub order_discount_info: Option<Cash>,
    pub payment_type: Text,
    pub memo: Text,
    pub cpf_number: Text,
    pub offline_pickup_type: Text,
    pub offline_pickup_point_code: Text,
    pub issue_info: Option<Issue>,
    pub refund_info: Option<Refund>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Person {
    pub login_id: Text,
    pub first_name: Text,
    pub last_name: Text,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Issue {
    pub issue_status: Text,
    pub issue_model: Text,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Refund {
    pub refund_status: Text,
    pub refund_reason: Text,
}

/// Who receives, and where. `decrypt` answers with some of the same fields.
#[derive(Debug, Deserialize, Default, Clone)]
#[serde(default)]
pub(crate) struct Receiver {
    pub contact_person: Text,
    pub address: Text,
    pub detail_address: Text,
    pub address2: Text,
    pub localized_address: Text,
    pub city: Text,
    pub province: Text,
    pub zip: Text,
    pub country: Text,
    pub country_name: Text,
    pub phone_country: Text,
    pub phone_area: Text,
    pub phone_number: Text,
    pub mobile_no: Text,
    pub tax_number: Text,
    pub cpf_no: Text,
    pub buyer_signer_fullname: Text,
}

/// One line.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Child {
    pub id: Text,
    pub child_order_id: Text,
    pub order_sort_id: Text,
    pub product_id: Text,
    pub product_name: Text,
    pub product_count: Text,
    pub lot_num: Text,
    pub product_price: Option<Cash>,
    pub product_attributes: Value,
    pub product_standard: Text,
    pub sku_code: Text,
    pub product_img_url: Text,
    pub buyer_memo: Text,
    pub logistics_type: Text,
    pub logistics_service_name: Text,
    pub send_goods_operator: Text,
    pub logistics_warehouse_type: Text,
    pub child_order_discount_info: Option<Cash>,
    pub child_order_adjust_amount: Option<Cash>,
}

impl Child {
    /// Does AliExpress's own warehouse send it?
    pub(crate) fn is_theirs(&self) -> bool {
        self.send_goods_operator.is("WAREHOUSE_SEND_GOODS")
            || self.logistics_warehouse_type.is("cainiaoInternationalWarehouse")
    }
}
