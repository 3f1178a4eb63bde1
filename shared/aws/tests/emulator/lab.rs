//! A table, five queues and a bucket of the test's own, in an emulator that all tests of a process share.

use async_trait::async_trait;
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::{
    config::Credentials,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tallyman_app::ports::{Clock, Lane};
use tallyman_aws::dynamo::{GSI_DAYS, GSI_EXCEPTIONS, GSI_OPEN};

const START_S_MAX: u64 = 60;
pub const LANES: [Lane; 5] = [Lane::Poll, Lane::Export, Lane::Shipments, Lane::Proof, Lane::Notify];

/// Kept for as long as the process lives.
struct Emulator {
    url: String,
    _shell: Child,
}

#[allow(clippy::disallowed_methods, reason = "tests are told by the environment where the emulator is")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn command() -> Option<String> {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent()?.to_owned();
    let python = environment("TALLYMAN_EMULATOR_PYTHON").map(|python| format!("'{python}' -m ministack"));
    let script = target.join("venv/emulator/bin/ministack");
    python.or_else(|| script.exists().then(|| format!("'{}'", script.display())))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn healthy(port: u16) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok::<_, std::io::Error>(answer == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// The shell ends the emulator, by its own id, as soon as its input ends: when this process does, however it does.
/// It outlives the Ctrl-C that ends us, which goes to all of us, to be able to.
fn start() -> Option<Emulator> {
    let emulator = command()?;
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let script = format!("trap '' INT; {emulator} & pid=$!; read _; kill $pid; wait $pid");
    let shell = Command::new("sh")
        .args(["-c", &script])
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .env("AWS_ENDPOINT_URL", &url)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !healthy(port) {
        assert!(begun.elapsed().as_secs() < START_S_MAX, "the emulator doesn't come up on port {port}");
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(Emulator { url, _shell: shell })
}

pub struct Lab {
    pub url: String,
    pub config: SdkConfig,
    pub table: String,
    pub bucket: String,
    pub prefix: String,
}

/// An SDK configuration for the emulator, with the same limits as in production and nothing of the environment.
pub async fn config(url: &str) -> SdkConfig {
    tallyman_aws::sdk_loader(tallyman_aws::http_client())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .load()
        .await
}

impl Lab {
    /// None when there is no emulator; the test is then skipped, unless that isn't allowed.
    pub async fn open() -> Option<Self> {
        static EMULATOR: OnceLock<Option<Emulator>> = OnceLock::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Some(emulator) = EMULATOR.get_or_init(start) else {
            let required = environment("TALLYMAN_REQUIRE_EMULATOR").is_some_and(|v| v == "1");
            assert!(!required, "there is no emulator, and TALLYMAN_REQUIRE_EMULATOR is 1");
            // Written past the test harness, which keeps what passing tests print to itself.
            let line = "SKIPPED: a test on the emulator: there is none (README.md of tallyman-aws)\n";
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = |kind| format!("tallyman-{kind}-{}-{number}", std::process::id());
        let lab = Self {
            url: emulator.url.clone(),
            config: config(&emulator.url).await,
            table: name("table"),
            bucket: name("proofs"),
            prefix: name("secrets"),
        };
        lab.create_table().await;
        Some(lab)
    }

    async fn create_table(&self) {
        let attribute = |name| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
        };
        let keys = |hash, range| {
            [(hash, KeyType::Hash), (range, KeyType::Range)]
                .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap())
                .to_vec()
        };
        let index = |name, hash, range| {
            let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
            let index = GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(keys(hash, range)));
            index.projection(projection).build().unwrap()
        };
        aws_sdk_dynamodb::Client::new(&self.config)
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(["pk", "sk", "ok", "os", "dk", "ds", "xk", "xs"].map(attribute).to_vec()))
            .set_key_schema(Some(keys("pk", "sk")))
            .global_secondary_indexes(index(GSI_OPEN, "ok", "os"))
            .global_secondary_indexes(index(GSI_DAYS, "dk", "ds"))
            .global_secondary_indexes(index(GSI_EXCEPTIONS, "xk", "xs"))
            .send()
            .await
            .unwrap();
    }

    pub async fn create_bucket(&self) {
        aws_sdk_s3::Client::new(&self.config).create_bucket().bucket(&self.bucket).send().await.unwrap();
    }

    pub async fn create_queues(&self) -> HashMap<Lane, String> {
        let client = aws_sdk_sqs::Client::new(&self.config);
        let mut urls = HashMap::new();
        for lane in LANES {
            let name = format!("{}-{lane:?}", self.table);
            let queue = client.create_queue().queue_name(name).send().await.unwrap();
            urls.insert(lane, queue.queue_url.unwrap());
        }
        urls
    }
}

/// A clock that stands still until it is told to go on.
pub struct StillClock(pub Mutex<Timestamp>);

impl StillClock {
    pub fn at(text: &str) -> Self {
        Self(Mutex::new(text.parse().unwrap()))
    }

    pub fn pass(&self, time: SignedDuration) {
        *self.0.lock().unwrap() += time;
    }
}

#[async_trait]
impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, wait: Duration) {
        self.pass(SignedDuration::try_from(wait).unwrap());
    }
}
