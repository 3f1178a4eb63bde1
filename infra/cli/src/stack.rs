//! A deployed stack: its outputs say what its table and bucket are called.

use crate::Failure;
use std::{collections::HashMap, sync::Arc};
use tallyman_app::{
    authorise::{Authorise, ConnectAuthoriser},
    directory::Directory,
    exceptions::Exceptions,
    pace::Pace,
    ports::Lane,
    settings::Choices,
};
use tallyman_aws::{
    DynamoAuthorisations, DynamoBudgetStore, DynamoCarriers, DynamoConfigStore, DynamoCursorStore, DynamoOrderStore,
    DynamoShelves, S3Vault, SdkConfig, SecretsStore, SqsHintQueue, Table, http_client, sdk_config,
};
use tallyman_marketplaces::{AuthEndpoints, Endpoints, authoriser};
use tallyman_runtime::{Environment, SystemClock, http};

/// The stores of a stack.
pub(crate) struct Stack {
    pub(crate) directory: Directory,
    pub(crate) orders: DynamoOrderStore,
    pub(crate) proofs: S3Vault,
    pub(crate) queue: SqsHintQueue,
    authorisers: ConnectAuthoriser,
    cursors: DynamoCursorStore,
    carriers: DynamoCarriers,
    shelves: DynamoShelves,
    budgets: DynamoBudgetStore,
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
        let (clock, env, web) = (Arc::new(SystemClock), Environment::read(), http::client()?);
        let endpoints = AuthEndpoints {
            calls: Endpoints { aliexpress_base_url: env.aliexpress_base_url, alibaba_base_url: env.alibaba_base_url },
            alibaba_auth_base_url: env.alibaba_auth_base_url,
        };
        let directory = Directory {
            config: Arc::new(DynamoConfigStore::on(&table)),
            authorisations: Arc::new(DynamoAuthorisations::on(&table)),
            secrets: Arc::new(SecretsStore::new(&aws, name, clock.clone())),
            connect_marketplace: Arc::new(|_, _, _| Err("the command line calls no marketplace".to_owned())),
            pace: Arc::new(Pace::new(Arc::new(DynamoBudgetStore::on(&table)), clock.clone(), env.market_limits)),
            connect_warehouse: Box::new(|_, _| Err("the command line calls no warehouse".to_owned())),
            clock: clock.clone(),
        };
        let pace = directory.pace.clone();
        Ok(Self {
            directory,
            orders: DynamoOrderStore::on(&table),
            queue: SqsHintQueue::new(&aws, lanes(&outputs)),
            proofs: S3Vault::new(&aws, output("ProofBucketName")?),
            authorisers: Box::new(move |connection, app| {
                let gate = pace.gate(connection, &app.key);
                authoriser(connection, app, &endpoints, web.clone(), clock.clone(), gate)
            }),
            cursors: DynamoCursorStore::on(&table),
            carriers: DynamoCarriers::on(&table),
            shelves: DynamoShelves::on(&table),
            budgets: DynamoBudgetStore::on(&table),
        })
    }

    /// What people do about exceptions.
    pub(crate) fn exceptions(&self) -> Exceptions<'_> {
        Exceptions {
            orders: &self.orders,
            deeds: &self.shelves,
            config: &*self.directory.config,
            clock: &*self.directory.clock,
        }
    }

    /// Changing settings.
    pub(crate) fn choices(&self) -> Choices<'_> {
        Choices {
            config: &*self.directory.config,
            carriers: &self.carriers,
            orders: &self.orders,
            shelves: &self.shelves,
            queue: &self.queue,
            clock: &*self.directory.clock,
        }
    }

    /// The use cases of connecting.
    pub(crate) fn authorise(&self) -> Authorise<'_> {
        Authorise {
            directory: &self.directory,
            authorisers: &self.authorisers,
            cursors: &self.cursors,
            budgets: &self.budgets,
        }
    }
}

/// The queues that work is asked for over, and the one of the notices that a new carrier map lets go.
fn lanes(outputs: &HashMap<String, String>) -> HashMap<Lane, String> {
    let lanes =
        [(Lane::Poll, "PollQueueUrl"), (Lane::Shipments, "ShipmentsQueueUrl"), (Lane::Notify, "NotifyQueueUrl")];
    lanes.into_iter().filter_map(|(lane, output)| Some((lane, outputs.get(output)?.clone()))).collect()
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
