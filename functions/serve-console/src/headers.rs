//! What every answer tells the browser: nothing from elsewhere, nothing inline, nothing kept.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use url::Url;

/// The policy of every page. A form may lead to ourselves, and from there to where sellers give consent: browsers hold
/// the redirect after a form against `form-action` too.
pub(crate) fn policy(consent: &[String]) -> String {
    let origins: Vec<_> = consent.iter().filter_map(|url| origin(url)).collect();
    let forms = ["'self'".to_owned()].into_iter().chain(origins).collect::<Vec<_>>().join(" ");
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    )
}

fn origin(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Sets them; an answer that says itself how long it may be kept (a style sheet) is believed.
pub(crate) fn set(response: &mut Response, policy: &HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Nobody else learns our addresses. Not `no-referrer`: by that browsers send `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_forms_to_lead_to_consent_pages_and_nothing_inline() {
        let policy =
            policy(&["https://api-sg.aliexpress.com/oauth".into(), "http://127.0.0.1:4572".into(), "junk".into()]);
        assert_eq!(
            policy,
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' https://api-sg.aliexpress.com \
             http://127.0.0.1:4572; frame-ancestors 'none'; base-uri 'none'"
        );
        assert!(!policy.contains("unsafe"));
    }
}
