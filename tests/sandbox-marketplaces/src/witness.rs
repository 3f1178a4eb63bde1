//! Looks into the vault at the moment a notice arrives: the client's word that the proof came first is not enough.

use std::time::Duration;

use reqwest::{Client, Url};

/// How long a look may take; the client waits for its answer meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether a template may be used: plain HTTP to this machine only.
#[must_use]
pub fn is_allowed(template: &str) -> bool {
    let Ok(url) = Url::parse(&template.replace("{order_id}", "0")) else { return false };
    url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// Whether a listing under the template names an object. None when nobody can tell: a vault that does not answer
/// is not a missing proof.
pub async fn look(client: &Client, template: &str, order_id: &str) -> Option<bool> {
    // The id comes from the caller: anything but digits could lead the look elsewhere.
    if order_id.is_empty() || !order_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let answer = client.get(template.replace("{order_id}", order_id)).timeout(PATIENCE).send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    Some(answer.text().await.ok()?.contains("<Key>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_looked_at() {
        assert!(is_allowed("http://127.0.0.1:4566/b?list-type=2&prefix=proofs/{order_id}/"));
        assert!(is_allowed("http://localhost:4566/b?prefix={order_id}"));
        assert!(!is_allowed("http://169.254.169.254/latest/"));
        assert!(!is_allowed("http://127.0.0.1.example.com/{order_id}"));
        assert!(!is_allowed("file:///etc/passwd"));
    }
}
