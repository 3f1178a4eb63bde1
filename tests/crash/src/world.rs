//! A world of its own for each case: a table, a bucket, sandboxes and processes that nobody else has.

use crate::{
    call::{ALIBABA_PREFIX, ALIEXPRESS_PREFIX},
    emulator::{Object, Trouble},
    house::LANES,
    lab::{Lab, Setting},
    orders::{Sabotage, Seen},
    outside::{ANY_ORIGIN, Outside, Request, Targets},
    process::Process,
    todo::Todo,
};
use axum::body::Bytes;
use http::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// What can be put back: the state of a world before a step.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    items: Vec<Value>,
    secrets: BTreeMap<String, String>,
    objects: Vec<Object>,
    past: Vec<Past>,
    todos: Vec<Todo>,
    shipped: BTreeSet<i64>,
}

/// Something that happened to the sandboxes. Made again in the same order, it gives the same ids.
#[derive(Debug, Clone)]
pub(crate) enum Past {
    Calls(Vec<Request>),
    Ship(i64),
    /// A control of ShipStation: path and body.
    Warehouse(&'static str, Value),
    /// A control of a connection's marketplace: path and body.
    Market(String, String, Value),
    Rest,
}

/// ShipStation's lists know whole seconds: what was made in this one is not in them.
pub(crate) const REST: Duration = Duration::from_millis(1100);

/// How a world is made.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// `TALLYMAN_LEASE_S`.
    pub lease_s: u32,
    /// What goes wrong at each call.
    pub sabotage: Option<Sabotage>,
}

impl Default for Terms {
    fn default() -> Self {
        // Whoever is killed is gone: nobody else's lease has to be waited for longer than this.
        Self { lease_s: 1, sabotage: None }
    }
}

/// What a world is judged by beside its orders and shipments.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected {
    /// It may end with a person who has to authorise anew: where a new pair of tokens can't but be lost.
    pub perhaps_a_person: bool,
    /// It has to: the authorisation was taken back.
    pub a_person: bool,
    /// The buyers cancelled: nothing is to leave.
    pub cancelled: bool,
    /// Webhooks are subscribed, each once.
    pub subscriptions: bool,
    /// Tokens were renewed: nothing but a tick asks for them again.
    pub refresh: bool,
}

/// One world.
#[derive(Debug)]
pub struct World {
    /// What is common to all.
    pub lab: Arc<Lab>,
    /// Which connections it has.
    pub setting: Arc<Setting>,
    /// Its outside.
    pub outside: Arc<Outside>,
    /// What waits to be done: messages, jobs to repeat, webhooks.
    pub todos: Vec<Todo>,
    /// What it is judged by beside orders and shipments.
    pub expected: Expected,
    /// When its story began.
    pub began_at: jiff::Timestamp,
    /// All messages there ever were.
    pub ever: Vec<Todo>,
    /// Messages that failed five times.
    pub dead: Vec<Todo>,
    /// ShipStation's ids of the orders that were shipped.
    pub shipped: BTreeSet<i64>,
    /// The keys of the objects that the world began with.
    pub stored_before: Vec<String>,
    /// All calls since the story began.
    pub writes: Vec<Seen>,
    /// What happened, to be told when it went wrong.
    pub story: Vec<String>,
    processes: BTreeMap<String, Arc<Process>>,
    ours: BTreeMap<String, String>,
    pub(crate) past: Vec<Past>,
    pub(crate) hooks: Vec<String>,
    table: String,
    bucket: String,
    _sandboxes: (sandbox_marketplaces::Handle, sandbox_shipstation::Handle),
}

impl World {
    /// A new one, with its connections registered and its orders paid.
    ///
    /// # Errors
    /// When emulator or sandboxes don't do as they are told.
    pub async fn open(lab: &Arc<Lab>, setting: &Arc<Setting>, terms: Terms) -> Result<Self, Trouble> {
        let number = lab.number();
        let (table, bucket) = (format!("crash-{number}"), format!("crash-proofs-{number}"));
        let aws = &setting.aws;
        aws.json("DynamoDB_20120810.CreateTable", &lab.house.table(&table)).await?;
        aws.s3(Method::PUT, &format!("/{bucket}"), Bytes::new()).await?;
        for (name, text) in &setting.secrets {
            let secret = json!({ "Name": format!("{table}/{name}"), "SecretString": text });
            aws.json("secretsmanager.CreateSecret", &secret).await?;
        }
        let marketplaces = sandbox_marketplaces::spawn(sandbox_marketplaces::Config {
            list_delay_s: 0,
            allowance: sandbox_marketplaces::limits::Allowance { per_second: 100_000, per_day: 10_000_000 },
            ..Default::default()
        })
        .await?;
        let shipstation = sandbox_shipstation::spawn(sandbox_shipstation::Config {
            rate_limit: 1_000_000,
            public_url: Some(ANY_ORIGIN.to_owned()),
            ..Default::default()
        })
        .await?;
        let targets = Targets {
            emulator: setting.url.clone(),
            aliexpress: marketplaces.aliexpress_url.clone(),
            alibaba: marketplaces.alibaba_url.clone(),
            shipstation: shipstation.url.clone(),
        };
        let ours = variables(setting, terms.lease_s, &table, &bucket);
        let world = Self {
            lab: lab.clone(),
            setting: setting.clone(),
            outside: Arc::new(Outside::new(targets, lab.client.clone(), terms.sabotage)),
            todos: Vec::new(),
            expected: Expected::default(),
            began_at: now(),
            ever: Vec::new(),
            dead: Vec::new(),
            shipped: BTreeSet::new(),
            stored_before: Vec::new(),
            writes: Vec::new(),
            story: Vec::new(),
            processes: BTreeMap::new(),
            ours,
            past: Vec::new(),
            hooks: Vec::new(),
            table,
            bucket,
            _sandboxes: (marketplaces, shipstation),
        };
        for (connection, orders) in &setting.orders {
            let marketplace = world.marketplace(connection);
            for order in orders {
                world.control(marketplace, "orders", order).await?;
            }
            // The marketplace looks into the vault at the moment a notice arrives.
            let template =
                format!("{}/{}?list-type=2&prefix=proofs/{connection}/{{order_id}}/", world.setting.url, world.bucket);
            world.control(marketplace, "witness", &json!({ "url_template": template })).await?;
        }
        Ok(world)
    }

    /// The sandbox of a connection.
    #[must_use]
    pub fn marketplace(&self, connection: &str) -> &str {
        if connection.starts_with("ali") { &self.outside.targets.alibaba } else { &self.outside.targets.aliexpress }
    }

    /// A new world in which everything is as it was.
    ///
    /// # Errors
    /// When emulator or sandboxes don't do as they are told.
    pub async fn restored(
        lab: &Arc<Lab>,
        setting: &Arc<Setting>,
        terms: Terms,
        snapshot: &Snapshot,
    ) -> Result<Self, Trouble> {
        let mut world = Self::open(lab, setting, terms).await?;
        setting.aws.put_items(&world.table, &snapshot.items).await?;
        for (name, text) in snapshot.secrets.iter().filter(|(name, text)| setting.secrets.get(*name) != Some(*text)) {
            let secret = json!({ "SecretId": format!("{}/{name}", world.table), "SecretString": text });
            setting.aws.json("secretsmanager.PutSecretValue", &secret).await?;
        }
        for object in &snapshot.objects {
            setting.aws.put_object(&format!("/{}/{}", world.bucket, object.key), object).await?;
        }
        for past in &snapshot.past {
            match past {
                Past::Calls(calls) => world.outside.replay(calls).await?,
                Past::Ship(order) => drop(world.label(*order).await?),
                Past::Warehouse(path, body) => {
                    world.control(&world.outside.targets.shipstation, path, body).await?;
                }
                Past::Market(connection, path, body) => {
                    world.control(world.marketplace(connection), path, body).await?;
                }
                Past::Rest => tokio::time::sleep(REST).await,
            }
        }
        world.stored_before = snapshot.objects.iter().map(|object| object.key.clone()).collect();
        world.past.clone_from(&snapshot.past);
        world.began_at = now();
        world.todos = snapshot.todos.iter().map(|todo| todo.clone().ending(world.began_at)).collect();
        world.ever.clone_from(&world.todos);
        world.shipped.clone_from(&snapshot.shipped);
        Ok(world)
    }

    /// What can be put back.
    ///
    /// # Errors
    /// When the emulator doesn't do as it is told.
    pub async fn snapshot(&mut self) -> Result<Snapshot, Trouble> {
        self.keep_calls();
        Ok(Snapshot {
            items: self.items().await?,
            secrets: self.secrets().await?,
            objects: self.objects().await?,
            past: self.past.clone(),
            todos: self.todos.clone(),
            shipped: self.shipped.clone(),
        })
    }

    /// The table's items. The configuration is put there before anything else.
    ///
    /// # Errors
    /// When the emulator doesn't do as it is told.
    pub async fn items(&self) -> Result<Vec<Value>, Trouble> {
        self.setting.aws.scan(&self.table).await
    }

    /// The secrets, by their names below the stack's.
    ///
    /// # Errors
    /// When the emulator doesn't do as it is told.
    pub async fn secrets(&self) -> Result<BTreeMap<String, String>, Trouble> {
        let mut secrets = BTreeMap::new();
        for name in self.setting.secrets.keys() {
            let text = self.setting.aws.secret(&format!("{}/{name}", self.table)).await?;
            secrets.insert(name.clone(), text);
        }
        Ok(secrets)
    }

    /// The bucket's objects.
    ///
    /// # Errors
    /// When the emulator doesn't do as it is told.
    pub async fn objects(&self) -> Result<Vec<Object>, Trouble> {
        self.setting.aws.objects(&self.bucket).await
    }

    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Registers the connections of the setting.
    ///
    /// # Errors
    /// When the emulator doesn't do as it is told.
    pub async fn register(&self) -> Result<(), Trouble> {
        self.setting.aws.put_items(&self.table, &self.setting.configuration).await
    }

    pub(crate) fn keep_calls(&mut self) {
        let kept: usize =
            self.past.iter().map(|past| if let Past::Calls(calls) = past { calls.len() } else { 0 }).sum();
        let journal = self.outside.journal();
        if journal.len() > kept {
            self.past.push(Past::Calls(journal[kept..].to_vec()));
        }
    }

    /// The running process of a function, or a new one.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn process(&mut self, function: &str) -> Result<Arc<Process>, Trouble> {
        if let Some(process) = self.processes.get(function).filter(|process| !process.is_gone()) {
            return Ok(process.clone());
        }
        let process = self.new_process(function).await?;
        self.processes.insert(function.to_owned(), process.clone());
        Ok(process)
    }

    /// A process beside the running one.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn new_process(&self, function: &str) -> Result<Arc<Process>, Trouble> {
        let environment = |origin: &str| {
            let mut ours = self.ours.clone();
            let mut set = |name: &str, value: String| ours.insert(name.to_owned(), value);
            set("ALIEXPRESS_BASE_URL", format!("{origin}{ALIEXPRESS_PREFIX}"));
            set("ALIBABA_BASE_URL", format!("{origin}{ALIBABA_PREFIX}"));
            set("ALIBABA_AUTH_BASE_URL", format!("{origin}{ALIBABA_PREFIX}"));
            set("SHIPSTATION_BASE_URL", origin.to_owned());
            let mut all = self.lab.house.environment(function, &ours);
            all.extend(lambda_variables(function, origin));
            all
        };
        let binary = self.lab.binaries.join(function);
        Ok(Arc::new(
            Process::start(&binary, self.outside.clone(), self.lab.house.timeout(function), environment).await?,
        ))
    }

    /// The lane whose queue this is.
    #[must_use]
    pub fn lane(&self, queue: &str) -> &'static str {
        let place = self.setting.queues.iter().position(|url| url == queue);
        place.and_then(|place| LANES.get(place)).copied().unwrap_or("NOTIFY")
    }

    /// Ends processes and removes what the emulator keeps.
    ///
    /// # Errors
    /// When the emulator doesn't do as it is told.
    pub async fn close(mut self) -> Result<(), Trouble> {
        for process in std::mem::take(&mut self.processes).into_values() {
            process.end().await;
        }
        let aws = &self.setting.aws;
        for object in self.objects().await? {
            aws.s3(Method::DELETE, &format!("/{}/{}", self.bucket, object.key), Bytes::new()).await?;
        }
        aws.s3(Method::DELETE, &format!("/{}", self.bucket), Bytes::new()).await?;
        for name in self.setting.secrets.keys() {
            let asked = json!({ "SecretId": format!("{}/{name}", self.table), "ForceDeleteWithoutRecovery": true });
            aws.json("secretsmanager.DeleteSecret", &asked).await?;
        }
        aws.json("DynamoDB_20120810.DeleteTable", &json!({ "TableName": self.table })).await?;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "functions and sandboxes live by the machine's time")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// What the deployed stack fills in, and the short waits that a case can afford.
fn variables(setting: &Setting, lease_s: u32, table: &str, bucket: &str) -> BTreeMap<String, String> {
    let mut ours: BTreeMap<String, String> = BTreeMap::new();
    let mut set = |name: &str, value: &str| ours.insert(name.to_owned(), value.to_owned());
    set("TALLYMAN_TABLE", table);
    set("TALLYMAN_PROOF_BUCKET", bucket);
    set("TALLYMAN_SECRETS_PREFIX", table);
    set("TALLYMAN_ALARM_TOPIC", &setting.topic);
    set("TALLYMAN_WEBHOOK_BASE_URL", "https://hooks.example.com");
    set("SHIPENGINE_JWKS_URL", "http://127.0.0.1:9/jwks");
    set("TALLYMAN_CONFIRM_DELAY_S", "0");
    set("TALLYMAN_LEASE_S", &lease_s.to_string());
    set("TALLYMAN_POLL_MARGIN_S", "0");
    set("TALLYMAN_STUCK_AFTER_S", "0");
    set("TALLYMAN_MARKETPLACE_INTERVAL_MS", "0");
    for (lane, url) in LANES.iter().zip(&setting.queues) {
        set(&format!("TALLYMAN_QUEUE_{lane}"), url);
    }
    ours
}

/// What Lambda itself sets.
fn lambda_variables(function: &str, origin: &str) -> BTreeMap<String, String> {
    let pairs = [
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "crash"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "crash"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", origin),
        ("NO_PROXY", "127.0.0.1"),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
