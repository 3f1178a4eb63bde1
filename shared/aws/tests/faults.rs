//! What the services say and do on a bad day, under the real adapters: lost answers, half answers, throttling in each
//! service's own words, silence. The relay of the crash matrix stands between the adapters and the emulator.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test and its tools")]

#[allow(dead_code, reason = "shared with the tests of the ports' contracts")]
#[path = "emulator/lab.rs"]
mod lab;
#[path = "../src/samples.rs"]
mod samples;

use aws_config::SdkConfig;
use lab::Lab;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tallyman_app::ports::{Carriers, CursorStore, Hint, HintQueue, Kept, Lane, OrderStore, ProofVault, StoreError};
use tallyman_aws::{
    AwsFailure, DynamoCarriers, DynamoCursorStore, DynamoOrderStore, S3Vault, SecretsStore, SqsHintQueue, Table,
};
use tallyman_crash::{
    fault::Fault,
    orders::{At, Strike},
    outside::{Outside, Targets},
    relay::{Relay, serve},
};
use tallyman_domain::Digest;

const PROOF: &[u8] = b"a proof";

/// All adapters behind one relay.
struct Behind {
    relay: Arc<Relay>,
    config: SdkConfig,
    table: Table,
    lab: Lab,
    queues: HashMap<Lane, String>,
}

impl Behind {
    async fn open() -> Option<Self> {
        let lab = Lab::open().await?;
        lab.create_bucket().await;
        let queues = lab.create_queues().await;
        // The provider may be there already: another test was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
        let url = || lab.url.clone();
        let targets = Targets { emulator: url(), aliexpress: url(), alibaba: url(), shipstation: url() };
        let (relay, origin) = serve(Arc::new(Outside::new(targets, client, None))).await.unwrap();
        let config = lab::config(&origin).await;
        let table = Table::new(&config, &lab.table);
        // The first order on a shelf notes the shelf: a call of its own, which is struck elsewhere (`note_shelves`).
        DynamoOrderStore::on(&table).commit(&samples::numbered(7), &samples::state(1)).await.unwrap();
        Some(Self { relay, config, table, lab, queues })
    }

    /// An operation, by its name, and whether it succeeded.
    async fn run(&self, operation: &str) -> Result<(), StoreError> {
        let orders = DynamoOrderStore::on(&self.table);
        let cursors = DynamoCursorStore::new(&self.config, &self.lab.table);
        let carriers = DynamoCarriers::new(&self.config, &self.lab.table);
        let queue = SqsHintQueue::new(&self.config, self.queues.clone());
        let vault = S3Vault::new(&self.config, &self.lab.bucket);
        let clock = Arc::new(lab::StillClock::at("2026-11-20T10:00:00Z"));
        let secrets = SecretsStore::new(&self.config, &self.lab.prefix, clock);
        let (reference, now) = (samples::reference(), samples::at("2026-11-20T10:00:00Z"));
        match operation {
            "states" => orders.states(&[reference]).await.map(drop),
            "load" => orders.load(&reference).await.map(drop),
            "put_facts" => orders.put_facts(&[(reference.clone(), samples::order(&reference))]).await,
            "put_shipment" => orders.put_shipment(&reference, &samples::shipment("s1")).await,
            "commit" => orders.commit(&reference, &samples::state(1)).await,
            "note_shelves" => {
                let fresh = DynamoOrderStore::new(&self.config, &self.lab.table);
                fresh.commit(&samples::numbered(8), &samples::state(1)).await
            }
            "open" => orders.open(&reference.connection, None, 10).await.map(drop),
            "cursor" => cursors.cursor("c").await.map(drop),
            "advance" => cursors.advance("c", now).await,
            "services" => carriers.services(&reference.connection).await.map(drop),
            "send" => queue.send(&[Hint::Export { orders: vec![reference] }], Duration::ZERO).await,
            "keep" => vault.keep("k.png", PROOF, Digest::of_bytes(PROOF)).await.map(drop),
            "read" => vault.read("k.png").await.map(drop),
            _ => {
                use tallyman_app::ports::SecretStore as _;
                secrets.secret("connection/none").await.map(drop)
            }
        }
    }

    /// Runs it with a fault at its first call. Returns how often the service took it.
    async fn struck(&self, operation: &str, fault: Fault) -> (Result<(), StoreError>, usize) {
        self.relay.begin(Some(Strike { at: At::Nth(1), fault }), None);
        let result = self.run(operation).await;
        (result, self.relay.end().iter().filter(|seen| seen.status.is_some()).count())
    }
}

const OPERATIONS: [&str; 14] = [
    "states",
    "load",
    "put_facts",
    "put_shipment",
    "commit",
    "note_shelves",
    "open",
    "cursor",
    "advance",
    "services",
    "send",
    "keep",
    "read",
    "secret",
];

/// The code that an error carries for people and for `AwsFailure`.
fn code(error: &StoreError) -> String {
    let StoreError::Failed { source, .. } = error else { panic!("{error}") };
    source.downcast_ref::<AwsFailure>().unwrap().code.clone()
}

#[tokio::test]
async fn whatever_answer_gets_lost_once_the_operation_succeeds_all_the_same() {
    for fault in [Fault::FailAfter, Fault::TimeoutAfter, Fault::CutAnswer] {
        // A table of its own for each fault: a second commit of the same version has to be a conflict.
        let Some(behind) = Behind::open().await else { return };
        for operation in OPERATIONS {
            // The body of an object is read by the adapter, after the SDK's own tries.
            if (operation, fault) == ("read", Fault::CutAnswer) {
                continue;
            }
            let (result, taken) = behind.struck(operation, fault).await;
            assert!(result.is_ok(), "{operation}, {fault:?}: {result:?}");
            assert!(taken >= 2, "{operation}, {fault:?}: the SDK did not try again");
        }
    }
}

#[tokio::test]
async fn a_request_that_never_arrives_is_made_again_by_the_sdk_and_takes_effect_once() {
    let Some(behind) = Behind::open().await else { return };
    for operation in OPERATIONS {
        let (result, taken) = behind.struck(operation, Fault::CutBefore).await;
        assert!(result.is_ok(), "{operation}: {result:?}");
        assert!(taken >= 1, "{operation}");
    }
    assert!(matches!(behind.run("commit").await, Err(StoreError::Conflict { .. })), "a second commit of version 1");
}

#[tokio::test]
async fn a_service_that_goes_on_failing_is_an_error_and_nothing_took_effect() {
    let Some(behind) = Behind::open().await else { return };
    // One of each kind: each costs the SDK's tries and the pauses between them.
    let each_kind = ["states", "put_facts", "commit", "advance", "send", "keep", "read", "secret"];
    for operation in each_kind {
        let (result, taken) = behind.struck(operation, Fault::FailBefore).await;
        assert!(matches!(result, Err(StoreError::Failed { .. })), "{operation}: {result:?}");
        assert_eq!(taken, 0, "{operation}");
    }
    // Nothing stands in the way of doing each for the first time.
    for operation in each_kind {
        assert!(behind.run(operation).await.is_ok(), "{operation}");
    }
}

#[tokio::test]
async fn a_commit_whose_every_answer_is_lost_took_effect_once_and_the_next_worker_sees_it() {
    let Some(behind) = Behind::open().await else { return };
    let (result, taken) = behind.struck("commit", Fault::FailAfterAll).await;
    assert!(matches!(result, Err(StoreError::Failed { .. })), "{result:?}");
    assert_eq!(taken, 3, "the SDK's tries");
    let orders = DynamoOrderStore::new(&behind.lab.config, &behind.lab.table);
    let stored = orders.states(&[samples::reference()]).await.unwrap();
    assert_eq!(stored[&samples::reference()].version, 1);
    assert!(matches!(behind.run("commit").await, Err(StoreError::Conflict { .. })), "a second commit of version 1");
}

#[tokio::test]
async fn a_proof_whose_every_answer_is_lost_is_there_and_is_not_written_over() {
    let Some(behind) = Behind::open().await else { return };
    let (result, _) = behind.struck("keep", Fault::FailAfterAll).await;
    // The second try may meet the first one's effect: then it is known to be there.
    assert!(matches!(result, Ok(()) | Err(StoreError::Failed { .. })), "{result:?}");
    let vault = S3Vault::new(&behind.lab.config, &behind.lab.bucket);
    let other = b"another";
    assert_eq!(vault.keep("k.png", other, Digest::of_bytes(other)).await.unwrap(), Kept::Already);
    assert_eq!(vault.read("k.png").await.unwrap().unwrap(), PROOF);
}

#[tokio::test]
async fn half_of_a_proof_is_never_taken_for_a_proof() {
    let Some(behind) = Behind::open().await else { return };
    behind.run("keep").await.unwrap();
    let (result, _) = behind.struck("read", Fault::CutAnswer).await;
    assert_eq!(code(&result.unwrap_err()), "half an answer");
}

#[tokio::test]
async fn a_service_that_goes_on_throttling_is_an_error_in_its_own_words_and_nothing_took_effect() {
    let Some(behind) = Behind::open().await else { return };
    for (operation, expected) in [
        ("commit", "ProvisionedThroughputExceededException"),
        ("put_facts", "ProvisionedThroughputExceededException"),
        ("states", "ProvisionedThroughputExceededException"),
        ("send", "RequestThrottled"),
        ("keep", "SlowDown"),
        ("secret", "ThrottlingException"),
    ] {
        let (result, taken) = behind.struck(operation, Fault::Throttle).await;
        let code = code(&result.unwrap_err());
        assert!(code.ends_with(expected), "{operation}: {code}");
        assert_eq!(taken, 0, "{operation}");
    }
    assert_eq!(S3Vault::new(&behind.lab.config, &behind.lab.bucket).read("k.png").await.unwrap(), None);
}

#[tokio::test]
async fn a_service_that_falls_silent_is_given_up_within_the_operations_own_limit() {
    if Behind::open().await.is_none() {
        return;
    }
    // A relay each, all silent at the same time: so only one limit has to be waited for.
    let one = async |operation: &'static str| {
        let own = Behind::open().await.unwrap();
        let begun = Instant::now();
        let (result, taken) = own.struck(operation, Fault::Silence).await;
        (operation, result, taken, begun.elapsed())
    };
    let all = futures::future::join_all([one("commit"), one("send"), one("keep"), one("secret")]).await;
    for (operation, result, taken, elapsed) in all {
        assert_eq!(code(&result.unwrap_err()), "time-out", "{operation}");
        assert!(taken >= 2, "{operation}: one silent try must not use up all the time");
        assert!(elapsed < Duration::from_secs(17), "{operation}: {elapsed:?}");
    }
}
