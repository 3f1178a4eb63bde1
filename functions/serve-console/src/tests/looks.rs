//! What holds for every page: its headers, and nothing inline.

use super::{
    access::path as path_of,
    browser::Browser,
    orders::{order, stock},
    world::World,
};
use crate::{guard::Access, routes::ROUTES, session::Role};
use http::{Method, header};

#[tokio::test]
async fn every_answer_of_every_route_carries_every_header_and_no_page_anything_inline() {
    for route in ROUTES {
        let world = World::new().await;
        let mut browser = Browser::signed_in(&world, Some(Role::Operator));
        stock(&world, &order(81)).await;
        let path = route.path.replace("{marketplace}", "alibaba");
        let path = path_of(&path.replace("/static/{file}", &crate::assets::style()));
        let answer = browser.send(route.method.clone(), &path, &[]).await;
        let says = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap());
        assert_eq!(
            says("content-security-policy"),
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' https://marketplace.example; \
             frame-ancestors 'none'; base-uri 'none'",
            "{path}"
        );
        assert_eq!(says("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(says("referrer-policy"), "same-origin", "{path}");
        assert!(says("strict-transport-security").contains("max-age=31536000"), "{path}");
        let kept = if path.starts_with("/static/") { "public, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(says("cache-control"), kept, "{path}");
        if answer.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/html; charset=utf-8") {
            for inline in ["<script", "<style", " style=", " onclick=", " onload=", "javascript:"] {
                assert!(!answer.body.contains(inline), "{path}: {inline}");
            }
            assert!(answer.body.starts_with("<!doctype html>\n<html lang=\"en\">"), "{path}");
            assert_eq!(answer.body.matches("<h1>").count(), 1, "{path}");
        }
    }
}

#[tokio::test]
async fn every_form_carries_the_sessions_token_and_every_input_has_a_label() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    for route in ROUTES.iter().filter(|r| r.method == Method::GET && r.access == Access::SignedIn(Role::Operator)) {
        let path = route.path.replace("{marketplace}", "alibaba").replace("{id}", "main");
        let body = browser.get(&path).await.body;
        for form in body.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            assert!(form.contains(&format!("name=\"csrf\" value=\"{}\"", browser.csrf)), "{path}");
            let ids =
                form.split("<input id=\"").chain(form.split("<select id=\"")).filter_map(|rest| rest.split_once('"'));
            for (id, _) in ids.filter(|(id, _)| id.chars().all(|c| c.is_ascii_lowercase() || c == '_')) {
                assert!(form.contains(&format!("<label for=\"{id}\">")), "{path} {id}");
            }
        }
    }
}

#[tokio::test]
async fn what_people_enter_is_text_on_the_page_and_nothing_else() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, Some(Role::Operator));
    let evil = "\"><script>alert(1)</script>";
    let form = [("name", evil), ("app_key", evil), ("app_secret", "hush-hush"), ("account", evil), ("months", evil)];
    let answer = browser.post("/connect/aliexpress", &form).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(
        !answer.body.contains("<script") && answer.body.contains("&#60;script&#62;")
            || answer.body.contains("&lt;script")
    );
    assert!(!answer.body.contains("hush-hush"), "a secret is never sent back");
    assert!(answer.body.contains("Use 1 to 24 small letters"), "{}", answer.body);
}
