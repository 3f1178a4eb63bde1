//! A deployed stack: its outputs say what its table and bucket are called.

use crate::Failure;
use std::{collections::HashMap, sync::Arc};
use tallyman_aws::{
    DynamoConfigStore, DynamoOrderStore, S3Vault, SdkConfig, SecretsStore, Table, http_client, sdk_config,
};
use tallyman_runtime::SystemClock;

/// The stores of a stack.
pub(crate) struct Stack {
    pub(crate) config: DynamoConfigStore,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) proofs: S3Vault,
    pub(crate) secrets: SecretsStore,
}

impl Stack {
    pub(crate) async fn find(name: &str) -> Result<Self, Failure> {
        let aws = sdk_config(http_client()).await;
        let outputs = outputs(&aws, name).await?;
        let output = |key: &str| {
            outputs
                .get(key)
                .ok_or_else(|| format!("stack {name} has no output {key}; deploy this version of template.yaml"))
        };
        let table = Table::new(&aws, output("TableName")?);
        Ok(Self {
            config: DynamoConfigStore::on(&table),
            orders: DynamoOrderStore::on(&table),
            proofs: S3Vault::new(&aws, output("ProofBucketName")?),
            secrets: SecretsStore::new(&aws, name, Arc::new(SystemClock)),
        })
    }
}

async fn outputs(aws: &SdkConfig, name: &str) -> Result<HashMap<String, String>, Failure> {
    let client = aws_sdk_cloudformation::Client::new(aws);
    let described = client.describe_stacks().stack_name(name).send().await.map_err(|error| {
        format!(
            "stack {name} can't be read; is it deployed, and are AWS_REGION and the credentials right? ({})",
            tallyman_runtime::telemetry::chain(&error)
        )
    })?;
    let stack = described.stacks().first().ok_or_else(|| format!("there is no stack {name}"))?;
    let pairs = stack.outputs().iter().filter_map(|o| Some((o.output_key()?.to_owned(), o.output_value()?.to_owned())));
    Ok(pairs.collect())
}
