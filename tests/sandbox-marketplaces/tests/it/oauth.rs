//! What the tests of authorisation share: a browser without scripts, and signed token calls.

use reqwest::{Client, Response, Url, redirect};
use sandbox_marketplaces::Config;
use sandbox_marketplaces::platform::{ALIBABA, ALIEXPRESS, Credentials};
use serde_json::{Value, json};

use crate::client::{Sandbox, params, sandbox_with, signed};

pub const CALLBACK: &str = "http://127.0.0.1:9/oauth/back?shop=1";

/// One marketplace with the app's callback URL registered.
pub struct Market {
    pub sandbox: Sandbox,
    pub known: &'static Credentials,
    pub base: String,
    browser: Client,
}

pub async fn aliexpress() -> Market {
    market(&ALIEXPRESS, |sandbox| sandbox.handle.aliexpress_url.clone()).await
}

pub async fn alibaba() -> Market {
    market(&ALIBABA, |sandbox| sandbox.handle.alibaba_url.clone()).await
}

async fn market(known: &'static Credentials, base: impl Fn(&Sandbox) -> String) -> Market {
    let config = Config { list_delay_s: 0, redirect_uris: vec![CALLBACK.to_owned()], ..Config::default() };
    let sandbox = sandbox_with(config).await;
    let browser = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
    Market { base: base(&sandbox), sandbox, known, browser }
}

/// A parameter of the address that a redirect leads to.
pub fn led_to(answer: &Response, name: &str) -> Option<String> {
    let target = answer.headers().get("location")?.to_str().unwrap();
    assert!(target.starts_with(CALLBACK), "{target}");
    let url: Url = target.parse().unwrap();
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

impl Market {
    /// A right request to authorise, with fields replaced or (empty value) left out.
    pub fn request(&self, over: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut fields = vec![
            ("response_type", "code"),
            ("force_auth", "true"),
            ("client_id", self.known.app_key),
            ("redirect_uri", CALLBACK),
            ("state", "s/1+2 &=ü"),
        ];
        for (name, value) in over {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        fields.retain(|(_, value)| !value.is_empty());
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub async fn page(&self, fields: &[(String, String)]) -> Response {
        self.browser.get(format!("{}/oauth/authorize", self.base)).query(fields).send().await.unwrap()
    }

    pub async fn press(&self, button: &str, over: &[(&str, &str)]) -> Response {
        let mut form = self.request(over);
        form.push((button.to_owned(), "1".to_owned()));
        self.browser.post(format!("{}/oauth/authorize", self.base)).form(&form).send().await.unwrap()
    }

    pub async fn code_of(&self, seller: &str) -> String {
        led_to(&self.press("grant", &[("seller", seller)]).await, "code").unwrap()
    }

    /// A rightly signed token call.
    pub async fn call(&self, kind: &str, given: &[(&str, &str)]) -> Value {
        self.try_call(kind, given).await.unwrap()
    }

    pub async fn try_call(&self, kind: &str, given: &[(&str, &str)]) -> reqwest::Result<Value> {
        let path = format!("/auth/token/{kind}");
        let form = signed(self.known, &path, params(self.known, given));
        let answer = self.sandbox.http.post(format!("{}/rest{path}", self.base)).form(&form).send().await?;
        answer.error_for_status()?.json().await
    }

    pub async fn tokens_of(&self, seller: &str) -> Value {
        let answer = self.call("create", &[("code", &self.code_of(seller).await)]).await;
        assert_eq!(answer["code"], "0", "{answer}");
        answer
    }

    pub async fn refresh(&self, token: &Value) -> Value {
        self.call("refresh", &[("refresh_token", token["refresh_token"].as_str().unwrap())]).await
    }

    /// The code of a data call with this token: `0` when it is good.
    pub async fn data(&self, access_token: &str) -> String {
        let answer = if self.known.app_key == ALIEXPRESS.app_key {
            let service = "aliexpress.logistics.redefining.listlogisticsservice";
            self.sandbox.ae(service, &[("session", access_token)]).await
        } else {
            let given = [("access_token", access_token), ("role", "seller")];
            self.sandbox.ali("/alibaba/order/list", &given).await
        };
        code(&answer)
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        self.sandbox.control(&self.base, path, body).await
    }

    pub async fn books(&self) -> Value {
        self.sandbox.http.get(format!("{}/_sandbox/oauth", self.base)).send().await.unwrap().json().await.unwrap()
    }

    pub async fn app(&self, settings: Value) {
        self.control("oauth/app", settings).await;
    }

    pub async fn later(&self, ahead_s: i64) {
        self.control("oauth/clock", json!({"ahead_s": ahead_s})).await;
    }
}

pub fn code(answer: &Value) -> String {
    let code = answer["error_response"]["code"].as_str().or(answer["code"].as_str());
    code.unwrap_or_default().to_owned()
}
