//! A sandbox of one's own, a client that knows the key, and orders to send.

use std::time::Duration;

use reqwest::{Method, Response};
use sandbox_shipstation::{Config, Handle, spawn};
use serde_json::{Value, json};

/// A sandbox and a client for it.
pub struct Shop {
    pub handle: Handle,
    pub client: reqwest::Client,
}

/// One whose limit is out of the way.
pub async fn shop() -> Shop {
    shop_with(Config { rate_limit: 100_000, ..Config::default() }).await
}

pub async fn shop_with(config: Config) -> Shop {
    // The first call installs the TLS provider that the client below needs to be built.
    let handle = spawn(config).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Shop { handle, client }
}

impl Shop {
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> reqwest::Result<Response> {
        let request = self.client.request(method, format!("{}{path}", self.handle.url));
        let request = request.basic_auth("sandbox-key", Some("sandbox-secret"));
        match body {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        read(self.send(Method::GET, path, None).await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        read(self.send(Method::POST, path, Some(body)).await.unwrap()).await
    }

    /// A list call that must work.
    pub async fn list(&self, path: &str, name: &str) -> Vec<Value> {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body[name].as_array().unwrap().clone()
    }

    /// A control call that must work.
    pub async fn control(&self, name: &str, body: &Value) -> Value {
        let (status, answer) = self.post(&format!("/_sandbox/{name}"), body).await;
        assert_eq!(status, 200, "{name}: {answer}");
        answer
    }

    pub async fn books(&self) -> Value {
        let (status, books) = self.get("/_sandbox/books").await;
        assert_eq!(status, 200);
        books
    }

    /// Creates an order and gives back its id.
    pub async fn create(&self, order: &Value) -> i64 {
        let (status, answer) = self.post("/orders/createorder", order).await;
        assert_eq!(status, 200, "{answer}");
        answer["orderId"].as_i64().unwrap()
    }

    pub async fn order(&self, id: i64) -> Value {
        let (status, order) = self.get(&format!("/orders/{id}")).await;
        assert_eq!(status, 200, "{order}");
        order
    }

    /// The books once `ready` says so; fails after ten seconds.
    pub async fn books_when(&self, ready: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..200 {
            let books = self.books().await;
            if ready(&books) {
                return books;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it never happened: {}", self.books().await);
    }
}

pub async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Entries of one of the books' lists.
pub fn rows<'a>(books: &'a Value, name: &str) -> &'a Vec<Value> {
    books[name].as_array().unwrap()
}

/// A right order: two lines, five units.
pub fn order(key: &str) -> Value {
    json!({
        "orderNumber": format!("N-{key}"),
        "orderKey": key,
        "orderDate": "2026-03-02T10:11:12.0000000",
        "paymentDate": "2026-03-02T10:12:00.0000000",
        "orderStatus": "awaiting_shipment",
        "customerUsername": "buyer",
        "customerEmail": "buyer@example.com",
        "billTo": { "name": "Ana Bayer" },
        "shipTo": {
            "name": "Ana Bayer", "street1": "Calle Mayor 1", "city": "Madrid", "state": "Madrid",
            "postalCode": "28013", "country": "ES", "phone": "600000000",
        },
        "items": [
            { "lineItemKey": "L1", "sku": "A-1", "name": "Lamp", "quantity": 3, "unitPrice": 12.5 },
            { "lineItemKey": "L2", "sku": "B-2", "name": "Bulb", "quantity": 2, "unitPrice": 1.1 },
        ],
        "amountPaid": 43.2,
        "taxAmount": 1.0,
        "shippingAmount": 2.5,
        "internalNotes": "handle with care",
    })
}
