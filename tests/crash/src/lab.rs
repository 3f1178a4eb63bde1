//! What all worlds share: the binaries, the emulators, and settings with their registered connections.

use crate::{
    emulator::{Aws, Emulator, Trouble},
    house::{House, LANES},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The connections of the sandboxes' sellers.
pub const ALIEXPRESS: &str = "ae-crash";
/// The connections of the sandboxes' sellers.
pub const ALIBABA: &str = "ali-crash";
const ACCOUNT: &str = "main";
/// Orders that are sown to find some that suit.
const SOWN_MAX: usize = 50;

/// What all worlds share.
#[derive(Debug)]
pub struct Lab {
    /// The template.
    pub house: House,
    /// Where the function binaries are.
    pub binaries: PathBuf,
    /// For everything that the harness asks.
    pub client: reqwest::Client,
    emulators: Vec<Emulator>,
    next: AtomicUsize,
}

/// Connections, registered in one emulator, and the orders that their sellers have.
#[derive(Debug)]
pub struct Setting {
    /// The emulator.
    pub url: String,
    /// A plain client for it.
    pub aws: Aws,
    /// The stack's name, and the prefix of its secrets.
    pub stack: String,
    /// Queue URLs in the order of the lanes.
    pub queues: Vec<String>,
    /// The items that registering left in the table.
    pub configuration: Vec<Value>,
    /// The secrets that registering made, by their names below the stack's.
    pub secrets: BTreeMap<String, String>,
    /// The topic that people are told by.
    pub topic: String,
    /// What the path of ShipStation's webhooks ends with.
    pub webhook_secret: String,
    /// Orders by connection.
    pub orders: BTreeMap<String, Vec<Value>>,
}

impl Lab {
    /// Starts the emulators.
    ///
    /// # Errors
    /// When they don't come up.
    pub async fn open(binaries: PathBuf, emulators: usize) -> Result<Self, Trouble> {
        // The provider may be there already: another part of the process was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_secs(40))
            .build()?;
        let target = crate::emulator::target();
        let starting = (0..emulators.max(1)).map(|_| Emulator::start(&target, &client));
        let emulators = futures::future::try_join_all(starting).await?;
        Ok(Self { house: House::default(), binaries, client, emulators, next: AtomicUsize::new(1) })
    }

    /// A number that nothing else has.
    pub fn number(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Registers connections with the product's own command, and seeds their sellers' orders.
    ///
    /// # Errors
    /// When the command, the emulator or a sandbox refuses.
    pub async fn setting(&self, paid: &[(&str, u32)], pieces_min: u64) -> Result<Arc<Setting>, Trouble> {
        let number = self.number();
        let emulator = &self.emulators[number % self.emulators.len()];
        let aws = Aws::new(self.client.clone(), &emulator.url);
        let (stack, table) = (format!("crash-{number}"), format!("crash-registered-{number}"));
        aws.json("DynamoDB_20120810.CreateTable", &self.house.table(&table)).await?;
        let mut queues = Vec::new();
        for lane in LANES {
            let asked = json!({ "QueueName": format!("{stack}-{lane}") });
            let made = aws.json("AmazonSQS.CreateQueue", &asked).await?;
            queues.push(made["QueueUrl"].as_str().unwrap_or_default().to_owned());
        }
        self.describe_stack(&aws, &stack, &table).await?;
        let connections: Vec<&str> = paid.iter().map(|(connection, _)| *connection).collect();
        self.register(&emulator.url, &stack, &connections).await?;
        let configuration = aws.scan(&table).await?;
        let mut secrets = BTreeMap::new();
        let of_connections = connections.iter().map(|connection| format!("connection/{connection}"));
        let account = format!("account/{ACCOUNT}");
        for name in of_connections.chain([account.clone()]) {
            let text = aws.secret(&format!("{stack}/{name}")).await?;
            secrets.insert(name, text);
        }
        let secret: Value = serde_json::from_str(&secrets[&account])?;
        let made = [("Action", "CreateTopic"), ("Version", "2010-03-31"), ("Name", &*format!("{stack}-alarms"))];
        let made = aws.form("sns", &made).await?;
        let topic = made.split("<TopicArn>").nth(1).and_then(|rest| rest.split('<').next()).ok_or("no topic")?;
        Ok(Arc::new(Setting {
            url: emulator.url.clone(),
            aws,
            stack,
            queues,
            configuration,
            secrets,
            topic: topic.to_owned(),
            webhook_secret: secret["webhook_secret"].as_str().unwrap_or_default().to_owned(),
            orders: self.orders(paid, pieces_min).await?,
        }))
    }

    /// A stack that says where things are: the command asks for nothing else of it.
    async fn describe_stack(&self, aws: &Aws, stack: &str, table: &str) -> Result<(), Trouble> {
        let outputs: serde_json::Map<String, Value> = self
            .house
            .outputs()
            .into_iter()
            .map(|name| {
                let value =
                    if name == "TableName" { table.to_owned() } else { format!("{stack}-{name}").to_lowercase() };
                (name, json!({ "Value": value }))
            })
            .collect();
        let nothing = json!({ "Type": "AWS::SQS::Queue", "Properties": { "QueueName": format!("{stack}-unused") } });
        let body = json!({ "Resources": { "Unused": nothing }, "Outputs": outputs }).to_string();
        let pairs =
            [("Action", "CreateStack"), ("Version", "2010-05-15"), ("StackName", stack), ("TemplateBody", &body)];
        aws.form("cloudformation", &pairs).await.map(drop)
    }

    async fn register(&self, url: &str, stack: &str, connections: &[&str]) -> Result<(), Trouble> {
        let file = crate::emulator::target().join("crash").join(format!("{stack}.toml"));
        std::fs::write(&file, connections_file(connections))?;
        let output = Command::new(self.binaries.join("tallyman"))
            .args(["--stack", stack, "register"])
            .arg(&file)
            .env_clear()
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .output()?;
        std::fs::remove_file(&file)?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("the connections can't be registered: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// The same seed gives the same orders; a sandbox of their own makes them. Those with fewer pieces are left out.
    async fn orders(&self, paid: &[(&str, u32)], pieces_min: u64) -> Result<BTreeMap<String, Vec<Value>>, Trouble> {
        let sandbox = sandbox_marketplaces::spawn(sandbox_marketplaces::Config::default()).await?;
        let mut orders = BTreeMap::new();
        for (connection, count) in paid {
            let url = if connection.starts_with("ali") { &sandbox.alibaba_url } else { &sandbox.aliexpress_url };
            let wanted = usize::try_from(*count)?;
            let mut mine = Vec::new();
            for _ in 0..SOWN_MAX {
                if mine.len() == wanted {
                    break;
                }
                let sown = self.client.post(format!("{url}/_sandbox/seed")).json(&json!({ "paid": 1 }));
                let sown: Value = sown.send().await?.json().await?;
                let id = sown["ids"][0].as_str().ok_or("the sandbox sowed nothing")?;
                let order: Value = self.client.get(format!("{url}/_sandbox/orders/{id}")).send().await?.json().await?;
                let lines = order["lines"].as_array().into_iter().flatten();
                if lines.filter_map(|line| line["quantity"].as_u64()).sum::<u64>() >= pieces_min {
                    mine.push(order);
                }
            }
            if mine.len() < wanted {
                return Err(format!("of {SOWN_MAX} orders too few have {pieces_min} pieces").into());
            }
            orders.insert((*connection).to_owned(), mine);
        }
        Ok(orders)
    }
}

/// As a user would write it. The account's limit is no subject here: 6000 calls a minute, as good as none.
fn connections_file(connections: &[&str]) -> String {
    let mut file = format!(
        "[[account]]\nid = \"{ACCOUNT}\"\napi_key = \"sandbox-key\"\napi_secret = \"sandbox-secret\"\ncalls_per_minute = 6000\n"
    );
    for connection in connections {
        let (kind, of) = if connection.starts_with("ali") {
            ("alibaba", sandbox_marketplaces::platform::ALIBABA)
        } else {
            ("aliexpress", sandbox_marketplaces::platform::ALIEXPRESS)
        };
        file.push_str(&format!(
            "[[connection]]\nid = \"{connection}\"\nmarketplace = \"{kind}\"\naccount = \"{ACCOUNT}\"\napp_key = \"{}\"\napp_secret = \"{}\"\naccess_token = \"{}\"\nrefresh_token = \"{}\"\n[connection.settings]\nseller_name = \"Crash Trading Co.\"\n",
            of.app_key, of.app_secret, of.access_token, of.refresh_token
        ));
    }
    file
}
