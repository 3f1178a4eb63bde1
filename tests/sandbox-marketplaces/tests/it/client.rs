//! A client of both sandboxes, which signs rightly unless told otherwise.

use std::time::Duration;

use jiff::Timestamp;
use sandbox_marketplaces::platform::{ALIBABA, ALIEXPRESS, Credentials};
use sandbox_marketplaces::signing::{Params, sign};
use sandbox_marketplaces::{Config, Handle, clock, spawn};
use serde_json::{Value, json};

/// Both sandboxes with a client for them.
pub struct Sandbox {
    pub handle: Handle,
    pub http: reqwest::Client,
}

/// Sandboxes whose lists do not lag and whose calls do not hang for long.
pub async fn sandbox() -> Sandbox {
    sandbox_with(Config { list_delay_s: 0, hang: Duration::from_millis(300), ..Config::default() }).await
}

pub async fn sandbox_with(config: Config) -> Sandbox {
    let handle = spawn(config).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Sandbox { handle, http }
}

pub fn pacific(at: Timestamp) -> String {
    clock::to_pacific(at)
}

pub fn ago(seconds: i64) -> Timestamp {
    clock::now() - clock::seconds(seconds)
}

/// Parameters of a call, system ones included, not yet signed.
pub fn params(known: &Credentials, given: &[(&str, &str)]) -> Params {
    let mut params = Params::new();
    params.insert("app_key".into(), known.app_key.into());
    params.insert("timestamp".into(), clock::now().as_millisecond().to_string());
    params.insert("sign_method".into(), "sha256".into());
    for (name, value) in given {
        params.insert((*name).into(), (*value).into());
    }
    params
}

pub fn signed(known: &Credentials, prefix: &str, mut params: Params) -> Params {
    let signature = sign(known.app_secret, prefix, &params);
    params.insert("sign".into(), signature);
    params
}

pub fn ae_params(method: &str, given: &[(&str, &str)]) -> Params {
    let mut params = params(&ALIEXPRESS, given);
    params.insert("method".into(), method.into());
    params.entry("session".into()).or_insert_with(|| ALIEXPRESS.access_token.into());
    params.entry("simplify".into()).or_insert_with(|| "true".into());
    params
}

pub fn ali_params(given: &[(&str, &str)]) -> Params {
    let mut params = params(&ALIBABA, given);
    params.entry("access_token".into()).or_insert_with(|| ALIBABA.access_token.into());
    params
}

impl Sandbox {
    /// A rightly signed AliExpress call, simplified shape.
    pub async fn ae(&self, method: &str, given: &[(&str, &str)]) -> Value {
        self.ae_raw(&signed(&ALIEXPRESS, "", ae_params(method, given))).await
    }

    pub async fn ae_raw(&self, params: &Params) -> Value {
        let url = format!("{}/sync", self.handle.aliexpress_url);
        self.http.post(url).form(params).send().await.unwrap().json().await.unwrap()
    }

    /// A rightly signed Alibaba.com call.
    pub async fn ali(&self, path: &str, given: &[(&str, &str)]) -> Value {
        self.ali_raw(path, &signed(&ALIBABA, path, ali_params(given))).await
    }

    pub async fn ali_raw(&self, path: &str, params: &Params) -> Value {
        let url = format!("{}/rest{path}", self.handle.alibaba_url);
        self.http.post(url).form(params).send().await.unwrap().json().await.unwrap()
    }

    /// Uploads an attachment: system parameters in the query, the file unsigned.
    pub async fn upload(&self, file_name: &str, bytes: Vec<u8>) -> Value {
        let path = "/alibaba/order/attachment/upload";
        let query = signed(&ALIBABA, path, ali_params(&[("file_name", file_name)]));
        let part = reqwest::multipart::Part::bytes(bytes).file_name(file_name.to_owned());
        let form = reqwest::multipart::Form::new().part("data", part);
        let url = format!("{}/rest{path}", self.handle.alibaba_url);
        self.http.post(url).query(&query).multipart(form).send().await.unwrap().json().await.unwrap()
    }

    pub async fn control(&self, base: &str, path: &str, body: Value) -> Value {
        let answer = self.http.post(format!("{base}/_sandbox/{path}")).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    pub async fn ae_control(&self, path: &str, body: Value) -> Value {
        self.control(&self.handle.aliexpress_url, path, body).await
    }

    pub async fn ali_control(&self, path: &str, body: Value) -> Value {
        self.control(&self.handle.alibaba_url, path, body).await
    }

    pub async fn ae_books(&self) -> Value {
        self.books(&self.handle.aliexpress_url).await
    }

    pub async fn ali_books(&self) -> Value {
        self.books(&self.handle.alibaba_url).await
    }

    async fn books(&self, base: &str) -> Value {
        self.http.get(format!("{base}/_sandbox/books")).send().await.unwrap().json().await.unwrap()
    }

    /// An AliExpress order ready to ship, with the fields given laid over it.
    pub async fn ae_order(&self, id: &str, over: Value) {
        self.ae_control("orders", order(id, "WAIT_SELLER_SEND_GOODS", &over)).await;
    }

    /// An Alibaba.com order ready to ship, with the fields given laid over it.
    pub async fn ali_order(&self, id: &str, over: Value) {
        self.ali_control("orders", order(id, "undeliver", &over)).await;
    }
}

fn order(id: &str, status: &str, over: &Value) -> Value {
    let mut order = json!({
        "id": id, "status": status, "paid_at": ago(60), "created_at": ago(90), "modified_at": ago(60),
        "buyer": {"login_id": "us1", "first_name": "Ann", "last_name": "Lee", "country": "US"},
        "address": {"contact_person": "Ann Lee", "line1": "Main St 1", "city": "Austin", "province": "Texas",
                    "country": "US", "country_name": "United States", "zip": "78701",
                    "phone_country": "+1", "mobile": "5550100"},
        "lines": [{"id": format!("{id}1"), "product_id": "1005001", "sku_code": "A-1", "name": "Thing",
                   "quantity": 3, "unit_price": "10.00", "options": [["Color", "Red"]]}],
    });
    for (name, value) in over.as_object().unwrap() {
        order[name] = value.clone();
    }
    order
}
