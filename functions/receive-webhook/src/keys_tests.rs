//! Fetching ShipStation's keys: from one budget, however many processes want them.

use crate::keys::{Keys, NobodyCanTell};
use crate::push_tests::web;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex};
use tallyman_app::{
    connection::Account,
    ports::{BudgetStore, StoreError},
};
use tallyman_domain::limit::Book;
use tallyman_sim::{ManualClock, MemoryBudgets, samples};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A modulus of 2048 bits; nothing is verified with it here.
const KEY_SET: &str = r#"{"keys":[{"kid":"k1","kty":"RSA","e":"AQAB","n":"{n}"}]}"#;

/// Counts who asks for keys, and answers each in its turn; the last answer again and again.
pub(crate) struct KeyServer {
    pub(crate) url: String,
    asked: Arc<Mutex<usize>>,
}

impl KeyServer {
    pub(crate) async fn answering(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let answers: Vec<String> = answers.iter().map(ToString::to_string).collect();
        let asked = Arc::new(Mutex::new(0));
        let counted = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4_096];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                let nth = {
                    let mut counted = counted.lock().unwrap();
                    *counted += 1;
                    *counted - 1
                };
                let answer = answers.get(nth).or(answers.last()).unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

fn key_set() -> String {
    let body = KEY_SET.replace("{n}", &format!("{}w", "x".repeat(341)));
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

const BUSY: &str = "HTTP/1.1 429 Too Many\r\nretry-after: 90\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
const DOWN: &str = "HTTP/1.1 503 Down\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

#[derive(Clone, Default)]
struct Shared(Arc<MemoryBudgets>);

#[async_trait]
impl BudgetStore for Shared {
    async fn book(&self, budget: &str) -> Result<Book, StoreError> {
        self.0.book(budget).await
    }
    async fn swap(&self, budget: &str, book: &Book) -> Result<Option<Book>, StoreError> {
        self.0.swap(budget, book).await
    }
}

struct World {
    server: KeyServer,
    clock: Arc<ManualClock>,
    budgets: Shared,
    account: Account,
}

impl World {
    async fn answering(answers: &[&str]) -> Self {
        let start: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        Self {
            server: KeyServer::answering(answers).await,
            clock: Arc::new(ManualClock::at(start)),
            budgets: Shared::default(),
            account: samples::account(),
        }
    }

    /// A process with a cache of its own.
    fn process(&self) -> Keys {
        Keys::new(web(), self.server.url.clone(), self.clock.clone(), Box::new(self.budgets.clone()))
    }

    fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

#[tokio::test]
async fn a_key_is_fetched_once_a_process_and_an_unknown_one_is_refused() {
    let world = World::answering(&[&key_set()]).await;
    let process = world.process();
    for _ in 0..5 {
        assert!(process.find(&world.account, "k1").await.unwrap().is_some());
        assert!(process.find(&world.account, "made-up").await.unwrap().is_none());
    }
    assert_eq!(world.server.asked(), 1);
    let book = world.budgets.book(&world.account.budget_v2()).await.unwrap();
    assert_eq!(book.used_this_minute(world.clock_ms()), 1, "it is a call like any other");
}

impl World {
    fn clock_ms(&self) -> i64 {
        use tallyman_app::ports::Clock as _;
        self.clock.now().as_millisecond()
    }
}

#[tokio::test]
async fn who_was_told_to_wait_makes_all_processes_wait_and_senders_come_again() {
    let world = World::answering(&[BUSY, &key_set()]).await;
    assert_eq!(world.process().find(&world.account, "k1").await.err(), Some(NobodyCanTell));
    for _ in 0..4 {
        world.advance(20);
        assert_eq!(world.process().find(&world.account, "k1").await.err(), Some(NobodyCanTell));
        assert_eq!(world.server.asked(), 1, "Retry-After is everybody's");
    }
    world.advance(11);
    assert!(world.process().find(&world.account, "k1").await.unwrap().is_some());
    assert_eq!(world.server.asked(), 2);
}

#[tokio::test]
async fn a_key_server_that_is_down_is_asked_once_a_minute_and_nobody_is_called_a_liar() {
    let world = World::answering(&[DOWN, &key_set()]).await;
    let process = world.process();
    for _ in 0..3 {
        assert_eq!(process.find(&world.account, "k1").await.err(), Some(NobodyCanTell));
    }
    assert_eq!(world.server.asked(), 1);
    world.advance(60);
    assert!(process.find(&world.account, "k1").await.unwrap().is_some());
}

#[tokio::test]
async fn a_flood_of_processes_stays_within_two_hundred_calls_a_minute() {
    let world = World::answering(&[&key_set()]).await;
    let begun_ms = world.clock_ms();
    let mut found = 0;
    // The clock stands still but for the sleeps of those who wait for their slot.
    while world.clock_ms() - begun_ms < 60_000 {
        found += usize::from(world.process().find(&world.account, "k1").await.is_ok());
    }
    assert_eq!(found, world.server.asked());
    assert!((190..=200).contains(&found), "{found} of 200 in a minute");
}
