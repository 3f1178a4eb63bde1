//! An order as the sandbox keeps it. Both marketplaces render their own wire shape from it.
//!
//! Every field but the id has a default, so that a test can insert an order by naming only what it is about.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::clock;

/// A marketplace order with everything that happened to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Digits only; 16 of them at AliExpress, 18 at Alibaba.com.
    pub id: String,
    /// The marketplace's own status code.
    #[serde(default)]
    pub status: String,
    /// Why a finished order ended (AliExpress).
    #[serde(default)]
    pub end_reason: Option<String>,
    /// ISO 4217.
    #[serde(default = "usd")]
    pub currency: String,
    /// When the buyer placed it.
    #[serde(default = "clock::now")]
    pub created_at: Timestamp,
    /// When the money arrived; none while unpaid.
    #[serde(default)]
    pub paid_at: Option<Timestamp>,
    /// Moves with every change.
    #[serde(default = "clock::now")]
    pub modified_at: Timestamp,
    /// Latest moment to ship.
    #[serde(default)]
    pub ship_by: Option<Timestamp>,
    /// Who bought.
    #[serde(default)]
    pub buyer: Buyer,
    /// Where it goes; none while the buyer has not said.
    #[serde(default)]
    pub address: Option<Address>,
    /// Receiver data comes with asterisks and has to be decrypted (AliExpress).
    #[serde(default)]
    pub masked: bool,
    /// What the buyer wrote.
    #[serde(default)]
    pub memo: Option<String>,
    /// Customs identity.
    #[serde(default)]
    pub tax: Tax,
    /// What the buyer paid for shipping.
    #[serde(default)]
    pub shipping_fee: Decimal,
    /// Coupons and seller discounts on the whole order, as a positive amount.
    #[serde(default)]
    pub discount: Decimal,
    /// The carrier the buyer asked for, by the marketplace's code.
    #[serde(default)]
    pub carrier: Option<String>,
    /// What was bought.
    #[serde(default)]
    pub lines: Vec<Line>,
    /// What the marketplace was told about shipping, in order.
    #[serde(default)]
    pub shipments: Vec<Shipment>,
    /// An AliExpress shipment with `send_type=all` was accepted: nothing may follow.
    #[serde(default)]
    pub declared_all: bool,
    /// Another seller's: this one may not see it.
    #[serde(default)]
    pub foreign: bool,
    /// A client of this sandbox shipped it (seeded shipments do not count).
    #[serde(default)]
    pub notified: bool,
}

fn usd() -> String {
    "USD".to_owned()
}

/// The buyer's account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Buyer {
    /// Account name.
    pub login_id: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// ISO 3166 alpha-2.
    pub country: String,
}

impl Buyer {
    /// Given name, then family name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// A ship-to address.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// The receiver, who need not be the buyer.
    pub contact_person: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, door.
    pub line2: Option<String>,
    /// City.
    pub city: String,
    /// State, province, oblast.
    pub province: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// English name of the country.
    pub country_name: String,
    /// Not every country has one.
    pub zip: Option<String>,
    /// Dialling code, with the plus.
    pub phone_country: String,
    /// Mobile number without the dialling code.
    pub mobile: String,
}

/// Numbers the customs want. Where each appears on the wire is the marketplace's business.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tax {
    /// VAT, PCCC or the like of the receiver; the EU's one-stop number for imports too.
    pub tax_number: Option<String>,
    /// Brazilian personal number.
    pub cpf_number: Option<String>,
    /// Passport, asked for by some customs.
    pub passport_no: Option<String>,
}

/// One line of an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// Child order id (AliExpress) or SKU id (Alibaba.com).
    pub id: String,
    /// The product's id.
    #[serde(default)]
    pub product_id: String,
    /// The seller's own code; buyers' custom lines have none.
    #[serde(default)]
    pub sku_code: Option<String>,
    /// Title.
    #[serde(default)]
    pub name: String,
    /// Pieces.
    #[serde(default = "one")]
    pub quantity: u32,
    /// What is in each of them: more than one in a kit or a lot (AliExpress).
    #[serde(default = "one")]
    pub lot: u32,
    /// Price of a piece.
    #[serde(default)]
    pub unit_price: Decimal,
    /// Color, Size and so on.
    #[serde(default)]
    pub options: Vec<(String, String)>,
    /// Discount on this line, part of the order's discount.
    #[serde(default)]
    pub discount: Decimal,
    /// Sent by the marketplace's warehouse, not by the seller (AliExpress).
    #[serde(default)]
    pub warehouse: bool,
    /// Pieces shipped so far (Alibaba.com batches).
    #[serde(default)]
    pub shipped: u32,
}

const fn one() -> u32 {
    1
}

/// One accepted shipment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shipment {
    /// Voucher id (Alibaba.com) or ship order id (AliExpress).
    pub voucher_id: String,
    /// The carrier's number.
    pub tracking_number: String,
    /// The marketplace's carrier code.
    pub service: String,
    /// `all` or `part` at AliExpress, `EXPRESS` or `POST` at Alibaba.com.
    pub kind: String,
    /// Where an unlisted carrier can be followed.
    #[serde(default)]
    pub tracking_website: Option<String>,
    /// When it was accepted.
    pub at: Timestamp,
    /// The lines it was declared for, one by one (AliExpress); none when it was declared for the order.
    #[serde(default)]
    pub lines: Vec<DeclaredLine>,
}

/// A line of an AliExpress order as a shipment was declared for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredLine {
    /// Its place in the order, from 1.
    pub index: u32,
    /// `all` or `part`. Nothing may follow for a line after `all`.
    pub send_type: String,
}

impl Order {
    /// Price of all lines before any discount.
    #[must_use]
    pub fn items_total(&self) -> Decimal {
        self.lines.iter().map(|line| line.unit_price * Decimal::from(line.quantity)).sum()
    }

    /// What the buyer pays.
    #[must_use]
    pub fn total(&self) -> Decimal {
        self.items_total() + self.shipping_fee - self.discount
    }

    /// At least one line is the seller's to send.
    #[must_use]
    pub fn seller_has_to_send(&self) -> bool {
        self.lines.iter().any(|line| !line.warehouse)
    }

    /// Takes a new status and moves the modification time.
    pub fn set_status(&mut self, status: &str, at: Timestamp) {
        status.clone_into(&mut self.status);
        self.modified_at = at;
    }
}
