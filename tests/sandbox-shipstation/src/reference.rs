//! What hardly ever changes in an account: its stores and carriers.

use axum::Json;
use serde_json::{Value, json};

use crate::answer::Answer;

/// The store that orders go to when no `storeId` is given: the first manual one.
pub const MANUAL_STORE: i64 = 300_001;
/// A second manual store, meant for AliExpress orders.
pub const ALIEXPRESS_STORE: i64 = 300_002;
/// A third manual store, meant for Alibaba.com orders.
pub const ALIBABA_STORE: i64 = 300_003;

const STORES: [(i64, &str); 3] =
    [(MANUAL_STORE, "Manual orders"), (ALIEXPRESS_STORE, "AliExpress"), (ALIBABA_STORE, "Alibaba.com")];

/// Whether the account has this store.
pub fn is_store(id: i64) -> bool {
    STORES.iter().any(|(store, _)| *store == id)
}

/// `GET /stores`
pub async fn stores() -> Answer {
    let all = STORES.iter().map(|(id, name)| {
        json!({
            "storeId": id, "storeName": name, "marketplaceId": 0, "marketplaceName": "ShipStation",
            "accountName": null, "email": null, "integrationUrl": null, "active": true,
            "companyName": "", "phone": "", "publicEmail": "", "website": "",
            "refreshDate": null, "lastRefreshAttempt": null,
            "createDate": "2024-01-02T09:00:00.000", "modifyDate": "2024-01-02T09:00:00.000", "autoRefresh": false,
        })
    });
    Ok(Json(Value::Array(all.collect())))
}

/// `GET /carriers`
pub async fn carriers() -> Answer {
    let all = crate::carriers::SERVICES.iter().enumerate().map(|(place, service)| {
        json!({
            "name": service.display, "code": service.carrier, "accountNumber": format!("SANDBOX-{place}"),
            "requiresFundedAccount": service.carrier == "stamps_com", "balance": 100.0, "nickname": null,
            "shippingProviderId": 35_725 + place, "primary": place == 0,
        })
    });
    Ok(Json(Value::Array(all.collect())))
}
