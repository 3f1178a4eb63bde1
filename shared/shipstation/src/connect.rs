//! A client of an account's secret.

use crate::ShipStation;
use serde_json::Value;
use tallyman_app::ports::Warehouse;

/// Makes the client of a registered account: its secret is a JSON object with `api_key` and `api_secret`.
///
/// # Errors
/// A text that names the missing field, or the unusable base URL; never a value.
pub fn connect(secret: &Value, base_url: &str, http: reqwest::Client) -> Result<Box<dyn Warehouse>, String> {
    let field = |name: &str| {
        secret.get(name).and_then(Value::as_str).ok_or_else(|| format!("its secret has no {name}; register it again"))
    };
    let client =
        ShipStation::new(http, base_url, field("api_key")?, field("api_secret")?).map_err(|e| e.to_string())?;
    Ok(Box::new(client))
}
