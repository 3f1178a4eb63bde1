//! The emulator of AWS, and a plain client for it: what the harness asks, it asks without the product's own adapters.

use axum::body::Bytes;
use http::Method;
use serde_json::{Value, json};
use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const START_MAX: Duration = Duration::from_secs(60);
/// What one BatchWriteItem takes.
const BATCH_ITEMS_MAX: usize = 25;

/// A running emulator; it ends with this.
#[derive(Debug)]
pub struct Emulator {
    /// Where it listens.
    pub url: String,
    _shell: Child,
}

impl Emulator {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When it isn't installed, or doesn't come up.
    pub async fn start(target: &Path, client: &reqwest::Client) -> io::Result<Self> {
        let program = target.join("venv/emulator/bin/ministack");
        if !program.exists() {
            return Err(io::Error::other(format!("{} is missing: run `make setup`", program.display())));
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let url = format!("http://127.0.0.1:{port}");
        // The shell ends the emulator, by its own id, as soon as its input ends: when we do, however we do.
        let script = format!("trap '' INT; '{}' & pid=$!; read _; kill $pid; wait $pid", program.display());
        let scratch = target.join("crash");
        std::fs::create_dir_all(&scratch)?;
        let shell = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&scratch)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("S3_DATA_DIR", scratch.join("s3"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let begun = Instant::now();
        loop {
            let healthy = client.get(format!("{url}/_ministack/health")).timeout(Duration::from_secs(2)).send().await;
            if healthy.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(Self { url, _shell: shell });
            }
            if begun.elapsed() > START_MAX {
                return Err(io::Error::other(format!("the emulator doesn't come up on port {port}")));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Where the build is: `CARGO_TARGET_DIR`, else `target` at the top.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "cargo's own variable says where cargo builds")]
pub fn target() -> PathBuf {
    std::env::var("CARGO_TARGET_DIR").map_or_else(|_| tallyman_house::root().join("target"), PathBuf::from)
}

/// The plain client.
#[derive(Debug, Clone)]
pub struct Aws {
    client: reqwest::Client,
    url: String,
}

/// What went wrong between the harness and the emulator or a sandbox.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

impl Aws {
    /// Of an emulator.
    #[must_use]
    pub fn new(client: reqwest::Client, url: &str) -> Self {
        Self { client, url: url.to_owned() }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        service: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Bytes, Trouble> {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let mut call =
            self.client.request(method.clone(), format!("{}{path}", self.url)).header("authorization", scope);
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        let answer = call.body(body).send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if status.is_success() {
            return Ok(body);
        }
        Err(format!("{service} answered {method} {path} with {status}: {}", String::from_utf8_lossy(&body)).into())
    }

    /// A call to a service that speaks JSON.
    ///
    /// # Errors
    /// Whatever the service says.
    pub async fn json(&self, target: &str, body: &Value) -> Result<Value, Trouble> {
        let service = match target.split('.').next() {
            Some("AmazonSQS") => "sqs",
            Some("secretsmanager") => "secretsmanager",
            _ => "dynamodb",
        };
        let headers = [("x-amz-target", target), ("content-type", "application/x-amz-json-1.0")];
        let answer = self.call(Method::POST, "/", service, &headers, body.to_string().into()).await?;
        Ok(serde_json::from_slice(&answer).unwrap_or_default())
    }

    /// A call to a service that speaks forms.
    ///
    /// # Errors
    /// Whatever the service says.
    pub async fn form(&self, service: &str, pairs: &[(&str, &str)]) -> Result<String, Trouble> {
        let body = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.call(Method::POST, "/", service, &headers, body.into()).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// All items of a table.
    ///
    /// # Errors
    /// Whatever the service says.
    pub async fn scan(&self, table: &str) -> Result<Vec<Value>, Trouble> {
        let mut items = Vec::new();
        let mut after = Value::Null;
        loop {
            let mut asked = json!({ "TableName": table, "ConsistentRead": true });
            if !after.is_null() {
                asked["ExclusiveStartKey"] = after;
            }
            let mut page = self.json("DynamoDB_20120810.Scan", &asked).await?;
            items.extend(page["Items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            after = page["LastEvaluatedKey"].take();
            if after.is_null() {
                return Ok(items);
            }
        }
    }

    /// Puts items into a table.
    ///
    /// # Errors
    /// Whatever the service says, also when it leaves some out.
    pub async fn put_items(&self, table: &str, items: &[Value]) -> Result<(), Trouble> {
        for chunk in items.chunks(BATCH_ITEMS_MAX) {
            let puts: Vec<Value> = chunk.iter().map(|item| json!({ "PutRequest": { "Item": item } })).collect();
            let answer =
                self.json("DynamoDB_20120810.BatchWriteItem", &json!({ "RequestItems": { table: puts } })).await?;
            if answer["UnprocessedItems"].as_object().is_some_and(|left| !left.is_empty()) {
                return Err(format!("{table}: not all items were written").into());
            }
        }
        Ok(())
    }

    /// What a secret holds.
    ///
    /// # Errors
    /// Whatever the service says.
    pub async fn secret(&self, name: &str) -> Result<String, Trouble> {
        let secret = self.json("secretsmanager.GetSecretValue", &json!({ "SecretId": name })).await?;
        Ok(secret["SecretString"].as_str().unwrap_or_default().to_owned())
    }

    /// A call to S3.
    ///
    /// # Errors
    /// Whatever the service says.
    pub async fn s3(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, Trouble> {
        self.call(method, path, "s3", &[], body).await
    }

    /// Puts an object with its metadata.
    ///
    /// # Errors
    /// Whatever the service says.
    pub async fn put_object(&self, path: &str, object: &Object) -> Result<(), Trouble> {
        let headers: Vec<(&str, &str)> = object.metadata.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.call(Method::PUT, path, "s3", &headers, object.body.clone()).await.map(drop)
    }

    /// The objects of a bucket, whole.
    ///
    /// # Errors
    /// Whatever the service says.
    pub async fn objects(&self, bucket: &str) -> Result<Vec<Object>, Trouble> {
        let list = self.s3(Method::GET, &format!("/{bucket}?list-type=2"), Bytes::new()).await?;
        let list = String::from_utf8_lossy(&list).into_owned();
        let mut objects = Vec::new();
        for key in list.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()) {
            let scope =
                "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
            let call = self.client.get(format!("{}/{bucket}/{key}", self.url)).header("authorization", scope);
            let answer = call.send().await?.error_for_status()?;
            let kept = |name: &str| name == "content-type" || name.starts_with("x-amz-meta-");
            let headers = answer.headers().iter().filter(|(name, _)| kept(name.as_str()));
            let metadata = headers
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
                .collect();
            objects.push(Object { key: key.to_owned(), metadata, body: answer.bytes().await? });
        }
        Ok(objects)
    }
}

/// An object of a bucket.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its type and its own metadata.
    pub metadata: Vec<(String, String)>,
    /// Its bytes.
    pub body: Bytes,
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
