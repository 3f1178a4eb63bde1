//! The two marketplaces: what differs between them is chosen here and nowhere else.

use serde_json::Value;

use crate::call::{Call, Scene};
use crate::model::Order;
use crate::refusal::Refusal;
use crate::state::State;
use crate::{alibaba, aliexpress};

/// A marketplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// AliExpress, under `/sync`.
    AliExpress,
    /// Alibaba.com, under `/rest`.
    Alibaba,
}

/// What an authorised seller's app signs with. Made up, and the same in every sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Credentials {
    /// Public id of the app.
    pub app_key: &'static str,
    /// Signs.
    pub app_secret: &'static str,
    /// The seller's authorisation.
    pub access_token: &'static str,
    /// Renews it, once.
    pub refresh_token: &'static str,
}

/// The AliExpress app and seller.
pub const ALIEXPRESS: Credentials = Credentials {
    app_key: "ae-app-501",
    app_secret: "ae-not-a-secret-9d41",
    access_token: "50000-sandbox-ae-seller-token",
    refresh_token: "50001-sandbox-ae-refresh-token",
};

/// The Alibaba.com app and seller.
pub const ALIBABA: Credentials = Credentials {
    app_key: "ali-app-502",
    app_secret: "ali-not-a-secret-77c2",
    access_token: "50000-sandbox-ali-seller-token",
    refresh_token: "50001-sandbox-ali-refresh-token",
};

impl Platform {
    /// Who may call.
    #[must_use]
    pub const fn credentials(self) -> &'static Credentials {
        match self {
            Self::AliExpress => &ALIEXPRESS,
            Self::Alibaba => &ALIBABA,
        }
    }

    /// Hands the call to its API.
    ///
    /// # Errors
    /// The API's refusal, or that there is no such API.
    pub fn dispatch(self, state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
        match self {
            Self::AliExpress => aliexpress::dispatch(state, scene),
            Self::Alibaba => alibaba::dispatch(state, scene),
        }
    }

    /// The answer as it goes over the wire. Under `/rest`, errors are flat at both.
    #[must_use]
    pub fn envelope(self, call: &Call, outcome: Result<Value, Refusal>, request_id: &str) -> Value {
        match self {
            Self::AliExpress if call.prefix.is_empty() => aliexpress::envelope::render(call, outcome, request_id),
            Self::AliExpress | Self::Alibaba => alibaba::envelope::render(outcome, request_id),
        }
    }

    /// The order a shipment notice is about; none if the call is not a notice.
    #[must_use]
    pub fn notice_order(self, call: &Call) -> Option<String> {
        match self {
            Self::AliExpress => aliexpress::shipping::notice_order(call),
            Self::Alibaba => alibaba::shipping::notice_order(call).or_else(|| alibaba::corrections::notice_order(call)),
        }
    }

    /// Paid, released and waiting for the seller's parcel.
    #[must_use]
    pub fn is_ready(self, order: &Order) -> bool {
        match self {
            Self::AliExpress => matches!(order.status.as_str(), "WAIT_SELLER_SEND_GOODS" | "SELLER_PART_SEND_GOODS"),
            Self::Alibaba => order.status == "undeliver",
        }
    }
}
