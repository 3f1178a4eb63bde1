//! A server that answers what it is told to, byte by byte, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tallyman_domain::{
    Address, CountryCode, Grams, LineId, OrderStatus, WarehouseOrder, warehouse::CustomsItem, warehouse::WarehouseLine,
};
use tallyman_shipstation::ShipStation;

pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone)]
pub struct Seen {
    /// `GET /shipments?… HTTP/1.1`
    pub line: String,
    pub head: String,
    pub body: Vec<u8>,
}

/// An answer as it goes over the line. An empty one is never given: the client waits until it gives up.
pub type Reply = Vec<u8>;

pub fn reply(status: u16, headers: &str, body: &str) -> Reply {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}").into_bytes()
}

pub fn json(body: &str) -> Reply {
    reply(200, "content-type: application/json\r\n", body)
}

impl Server {
    /// Answers one connection after the other.
    pub fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let book = Arc::clone(&seen);
        std::thread::spawn(move || {
            for reply in replies {
                let (mut stream, _) = listener.accept().unwrap();
                book.lock().unwrap().push(request(&mut stream));
                if reply.is_empty() {
                    std::thread::sleep(Duration::from_secs(3));
                }
                let _ = stream.write_all(&reply); // a client that has read enough hangs up
            }
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn client(&self) -> ShipStation {
        client(&self.url)
    }
}

pub fn client(url: &str) -> ShipStation {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.timeout(Duration::from_secs(1)).build().unwrap();
    ShipStation::new(http, url, "the-key", "the-secret").unwrap()
}

fn request(stream: &mut TcpStream) -> Seen {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let got = stream.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..got]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let length = head
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
        if bytes.len() >= end + 4 + length {
            let line = head.lines().next().unwrap().to_owned();
            return Seen { line, head, body: bytes[end + 4..].to_vec() };
        }
    }
}

/// An order that has everything.
pub fn order(key: &str) -> WarehouseOrder {
    let line = |key: Option<&str>| WarehouseLine {
        key: key.map(|key| LineId::parse(key).unwrap()),
        sku: Some("CUP-1".into()),
        name: "Cup".into(),
        quantity: 3,
        unit_price: Some("10.10".parse().unwrap()),
        weight: Some(Grams("120.5".parse().unwrap())),
        image_url: Some("https://img.example/1.jpg".into()),
        options: vec![("Colour".into(), "Blue".into())],
        location: Some("A-1".into()),
        adjustment: key.is_none(),
    };
    WarehouseOrder {
        key: key.into(),
        number: "8123".into(),
        status: OrderStatus::AwaitingShipment,
        placed_at: "2026-07-01T19:00:00Z".parse().unwrap(),
        paid_at: Some("2026-07-01T19:05:00Z".parse().unwrap()),
        ship_by: Some("2026-07-05".parse().unwrap()),
        customer: Some("jane77".into()),
        email: Some("jane@example.com".into()),
        bill_to_name: "Jane Doe".into(),
        ship_to: Address {
            name: "Jane Doe".into(),
            company: Some("Doe Ltd".into()),
            street: vec!["1 High St".into(), "Flat 2".into()],
            city: "Leeds".into(),
            province: Some("West Yorkshire".into()),
            postal_code: Some("LS1 1AA".into()),
            country: CountryCode::parse("GB").unwrap(),
            phone: Some("+44 20 7946 0958".into()),
        },
        lines: vec![line(Some("8123001")), line(None)],
        amount_paid: Some("30.30".parse().unwrap()),
        tax: Some("0.00".parse().unwrap()),
        shipping: Some("2.5".parse().unwrap()),
        customer_notes: Some("Ring twice".into()),
        internal_notes: Some("Fragile".into()),
        gift: true,
        gift_message: Some("Happy birthday".into()),
        payment_method: Some("Card".into()),
        requested_service: Some("ePacket".into()),
        weight: Some(Grams("361.5".parse().unwrap())),
        customs: vec![CustomsItem {
            description: "Cup".into(),
            quantity: 3,
            value_usd: "30.30".parse().unwrap(),
            tariff_code: Some("6912".into()),
            country_of_origin: "CN".into(),
        }],
        custom_fields: [Some("IOSS IM3720000224".into()), Some("c2".into()), Some("c3".into())],
        store_id: Some(304_352),
        source: "AliExpress".into(),
    }
}
