#![doc = include_str!("../README.md")]

pub mod address;
pub mod authorisation;
pub mod carrier;
pub mod correction;
pub mod decide;
pub mod digest;
pub mod exception;
pub mod failures;
pub mod ids;
pub mod limit;
pub mod money;
pub mod notice;
pub mod order;
pub mod pacific;
pub mod proof;
pub mod reconcile;
pub mod settings;
pub mod shipment;
pub mod side_by_side;
pub mod state;
pub mod status;
pub mod tab;
pub mod tax;
pub mod trail;
pub mod warehouse;
pub mod words;

#[cfg(test)]
mod samples;

pub use address::{Address, CountryCode, UnknownCountry};
pub use authorisation::{Authorisation, Grant, Length, Phase, WhyReauth};
pub use carrier::{LiveService, ServiceChoice, Transport};
pub use decide::{Compared, Event, decide};
pub use digest::Digest;
pub use exception::{Exception, ExceptionKind, Finding, Owner};
pub use ids::{AccountId, BadId, ConnectionId, LineId, MarketplaceOrderId, OrderRef, SellerId, ShipmentId};
pub use money::{BadAmount, Currency, Money, parse_decimal};
pub use notice::{Extent, Notice, NoticeItem};
pub use order::{Adjustment, Amounts, Buyer, Grams, Line, Order};
pub use proof::{ProofFacts, ProofItem};
pub use settings::Settings;
pub use shipment::{Shipment, ShippedItem};
pub use state::{Effect, OrderState, pending};
pub use status::{MarketplaceKind, OrderStatus, Standing};
pub use tab::{Marks, Tab};
pub use tax::{TaxId, TaxIdKind};
pub use trail::Trail;
pub use warehouse::{NotShippable, WarehouseOrder};
pub use words::WordKind;
