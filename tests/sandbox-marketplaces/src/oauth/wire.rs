//! The answers of the token calls. AliExpress writes numbers, Alibaba.com writes them as text, and each has fields of
//! its own.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::authority::Grant;
use crate::platform::Platform;

/// A pair as it goes over the wire; `left_out` leaves the refresh token out.
#[must_use]
pub fn render(platform: Platform, grant: &Grant, now: Timestamp, left_out: bool, request_id: &str) -> Value {
    let access_s = grant.access_ends.duration_since(now).as_secs();
    let refresh_s = grant.refresh_left_s(now);
    let seller = grant.seller;
    let mut answer = match platform {
        Platform::AliExpress => json!({
            "expires_in": access_s,
            "refresh_expires_in": refresh_s,
            "expire_time": grant.access_ends.as_millisecond(),
            "refresh_token_valid_time": grant.refresh_ends.map_or(now, |ends| ends).as_millisecond(),
            "havana_id": format!("17{}", seller.user_id),
            "user_id": seller.user_id,
            "seller_id": seller.user_id,
            "user_nick": seller.login_id,
            "account": format!("{}@example.com", seller.login_id),
            "account_id": seller.user_id,
            "account_platform": seller.platform,
            "sp": "ae",
            "locale": "zh_CN",
        }),
        Platform::Alibaba => json!({
            "expires_in": access_s.to_string(),
            "refresh_expires_in": refresh_s.to_string(),
            "account": format!("{}@example.com", seller.login_id),
            "account_id": seller.user_id,
            "account_platform": seller.platform,
            "country": seller.country,
            "user_info": {
                "country": seller.country,
                "loginId": seller.login_id,
                "user_id": seller.user_id,
                "seller_id": seller.user_id,
            },
        }),
    };
    answer["access_token"] = json!(grant.access);
    if !left_out {
        answer["refresh_token"] = json!(grant.refresh);
    }
    answer["code"] = json!("0");
    answer["request_id"] = json!(request_id);
    answer
}
