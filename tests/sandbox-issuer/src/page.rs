//! The pages. No script, no style sheet from elsewhere.

use std::fmt::Write as _;

use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};

use crate::users;

/// The sign-in page. `hidden` is what the request said and has to come back with the form.
#[must_use]
pub fn sign_in(hidden: &[(&str, &str)]) -> Response {
    let mut form = String::new();
    for (name, value) in hidden {
        let _ = writeln!(form, r#"<input type="hidden" name="{}" value="{}">"#, escape(name), escape(value));
    }
    form.push_str(r#"<p><label for="user">Sign in as</label> <select id="user" name="user">"#);
    for user in &users::ALL {
        let _ = write!(form, r#"<option value="{0}">{0}</option>"#, user.id);
    }
    form.push_str(
        r#"</select></p>
<p><button type="submit" id="sign-in" name="sign-in" value="1">Sign in</button>
<button type="submit" id="cancel" name="cancel" value="1">Cancel</button></p>"#,
    );
    html(StatusCode::OK, &format!("<form method=\"post\" action=\"/authorize\">\n{form}\n</form>"))
}

/// A request that goes no further.
#[must_use]
pub fn error(message: &str) -> Response {
    html(StatusCode::BAD_REQUEST, &format!("<p id=\"error\">{}</p>", escape(message)))
}

/// Nobody is signed in.
#[must_use]
pub fn signed_out() -> Response {
    html(StatusCode::OK, "<p id=\"signed-out\">Signed out.</p>")
}

fn html(status: StatusCode, body: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sandbox issuer</title></head>\n\
         <body>\n<h1>Sandbox issuer</h1>\n{body}\n</body></html>\n"
    );
    (status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
