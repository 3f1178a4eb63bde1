//! The pages that a seller sees. No script, no style sheet from elsewhere.

use std::fmt::Write as _;

use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};

use super::sellers;
use crate::platform::Platform;

/// The consent page. `hidden` is what the request said and has to come back with the form.
#[must_use]
pub fn consent(platform: Platform, hidden: &[(&str, &str)]) -> Response {
    let mut form = String::new();
    for (name, value) in hidden {
        let _ = writeln!(form, r#"<input type="hidden" name="{}" value="{}">"#, escape(name), escape(value));
    }
    form.push_str(r#"<p><label for="seller">Sign in as</label> <select id="seller" name="seller">"#);
    for seller in sellers::of(platform) {
        let _ = write!(form, r#"<option value="{}">{}</option>"#, seller.id, escape(seller.name));
    }
    form.push_str("</select></p>\n");
    if platform == Platform::Alibaba {
        form.push_str(
            r#"<p><label for="months">Authorise for</label> <select id="months" name="months">
<option value="">as long as the app asks</option><option value="1">1 month</option>
<option value="3">3 months</option><option value="6">6 months</option></select></p>
"#,
        );
    }
    form.push_str(
        r#"<p><button type="submit" id="grant" name="grant" value="1">Authorise</button>
<button type="submit" id="refuse" name="refuse" value="1">Refuse</button></p>"#,
    );
    let body = format!(
        "<h1>{} (sandbox)</h1>\n<p>An app wants to read your orders and report shipments.</p>\n\
         <form method=\"post\" action=\"/oauth/authorize\">\n{form}\n</form>",
        title(platform)
    );
    html(StatusCode::OK, "Authorise", &body)
}

/// A request that goes no further.
#[must_use]
pub fn error(platform: Platform, code: &str, message: &str) -> Response {
    let body = format!(
        "<h1>{} (sandbox)</h1>\n<p id=\"error\" data-code=\"{}\">{}: {}</p>",
        title(platform),
        escape(code),
        escape(code),
        escape(message)
    );
    html(StatusCode::BAD_REQUEST, "Error", &body)
}

fn title(platform: Platform) -> &'static str {
    match platform {
        Platform::AliExpress => "AliExpress",
        Platform::Alibaba => "Alibaba.com",
    }
}

fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n{body}\n</body></html>\n"
    );
    (status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_says_is_text_on_the_page_and_nothing_else() {
        assert_eq!(escape(r#""><script>'&"#), "&quot;&gt;&lt;script&gt;&#39;&amp;");
    }
}
