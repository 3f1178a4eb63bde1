#![doc = include_str!("../README.md")]

use serde_json::Value;
use std::sync::Arc;
use tallyman_alibaba::Alibaba;
use tallyman_aliexpress::AliExpress;
use tallyman_app::{
    connection::Connection,
    ports::{CallGate, Clock, Marketplace},
};
use tallyman_domain::{ConnectionId, MarketplaceKind};
use tallyman_iop::Credentials;

/// Where the marketplaces are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// `ALIEXPRESS_BASE_URL`.
    pub aliexpress_base_url: String,
    /// `ALIBABA_BASE_URL`.
    pub alibaba_base_url: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            aliexpress_base_url: "https://api-sg.aliexpress.com".to_owned(),
            alibaba_base_url: "https://openapi-api.alibaba.com".to_owned(),
        }
    }
}

/// Why a connection can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Its secret lacks something.
    #[error("the secret of connection {connection} has no {field}")]
    Missing {
        /// Which connection.
        connection: ConnectionId,
        /// Which field.
        field: &'static str,
    },
}

/// The marketplace of a connection. `http` brings the time-outs and must not follow redirects; every request has to
/// pass the gate.
///
/// # Errors
/// [`ConnectError::Missing`] when the secret lacks a field or has it empty.
pub fn connect(
    connection: &Connection,
    secret: &Value,
    endpoints: &Endpoints,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    gate: Arc<dyn CallGate>,
) -> Result<Box<dyn Marketplace>, ConnectError> {
    let field = |field: &'static str| {
        let text = secret.get(field).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| ConnectError::Missing { connection: connection.id.clone(), field })
    };
    let credentials = Credentials {
        app_key: field("app_key")?,
        app_secret: field("app_secret")?,
        access_token: field("access_token")?,
    };
    Ok(match connection.marketplace {
        MarketplaceKind::AliExpress => {
            Box::new(AliExpress::new(http, &endpoints.aliexpress_base_url, credentials, clock).gated(gate))
        }
        MarketplaceKind::Alibaba => {
            Box::new(Alibaba::new(http, &endpoints.alibaba_base_url, credentials, clock).gated(gate))
        }
    })
}

mod authoriser;

pub use authoriser::{AuthEndpoints, authoriser};

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tallyman_app::ports::OpenGate;
    use tallyman_domain::{AccountId, MarketplaceOrderId, Settings};
    use tallyman_iop::testing;

    fn connection(marketplace: MarketplaceKind) -> Connection {
        Connection {
            id: ConnectionId::parse("ae-main").unwrap(),
            marketplace,
            account: AccountId::parse("warehouse").unwrap(),
            app_budget: None,
            paused: false,
            removed: false,
            settings: Settings::default(),
        }
    }

    #[tokio::test]
    async fn each_kind_of_connection_talks_to_its_own_marketplace() {
        let (ae, ab) = (testing::Marketplace::answering(&[]), testing::Marketplace::answering(&[]));
        let endpoints = Endpoints { aliexpress_base_url: ae.base_url.clone(), alibaba_base_url: ab.base_url.clone() };
        let secret = json!({"app_key": "1", "app_secret": "s", "access_token": "t", "refresh_token": "r"});
        for kind in [MarketplaceKind::AliExpress, MarketplaceKind::Alibaba] {
            let market =
                connect(&connection(kind), &secret, &endpoints, testing::http(), testing::clock(), Arc::new(OpenGate))
                    .unwrap();
            let _ = market.standing(&MarketplaceOrderId::parse("1").unwrap()).await;
        }
        assert_eq!(ae.calls(), ["aliexpress.solution.order.info.get"]);
        assert_eq!(ab.calls(), ["/alibaba/order/get"]);
    }

    #[test]
    fn a_missing_field_is_named_with_its_connection() {
        let connect = |secret: Value| {
            let connection = connection(MarketplaceKind::AliExpress);
            let made = connect(
                &connection,
                &secret,
                &Endpoints::default(),
                testing::http(),
                testing::clock(),
                Arc::new(OpenGate),
            );
            made.err().map(|error| error.to_string())
        };
        assert_eq!(connect(json!({"app_key": "1", "app_secret": "s", "access_token": "t"})), None);
        for (secret, field) in [
            (json!({}), "app_key"),
            (json!({"app_key": "1", "app_secret": " "}), "app_secret"),
            (json!({"app_key": "1", "app_secret": "s", "access_token": null}), "access_token"),
        ] {
            assert_eq!(connect(secret), Some(format!("the secret of connection ae-main has no {field}")));
        }
    }
}
