//! receive-webhook: takes webhooks of ShipStation and the marketplaces, believes nothing, wakes whoever reads.

#[cfg(test)]
mod door_tests;
mod handler;
mod keys;
#[cfg(test)]
mod keys_tests;
mod push;
#[cfg(test)]
mod push_tests;

use handler::Handler;
use keys::Keys;
use std::{collections::HashMap, sync::Arc};
use tallyman_app::ports::Lane;
use tallyman_aws::{CachedConfig, DynamoBudgetStore, SecretsStore, SqsHintQueue, Table, http_client, sdk_config};
use tallyman_runtime::{Environment, SystemClock, http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::start();
    let env = Environment::read();
    let clock = Arc::new(SystemClock);
    let web = http::client()?;
    let aws = sdk_config(http_client()).await;
    let table = Table::new(&aws, env.table()?);
    let urls: HashMap<_, _> =
        [Lane::Poll, Lane::Shipments].into_iter().filter_map(|l| Some((l, env.queue(l)?.to_owned()))).collect();
    let handler = Handler {
        config: Box::new(CachedConfig::on(&table, clock.clone())),
        secrets: Box::new(SecretsStore::new(&aws, env.secrets_prefix()?, clock.clone())),
        queue: Box::new(SqsHintQueue::new(&aws, urls)),
        keys: Keys::new(web, env.jwks_url.clone(), clock, Box::new(DynamoBudgetStore::on(&table))),
        shipstation_base_url: env.shipstation_base_url.clone(),
    };
    let handler = &handler;
    lambda_runtime::run(lambda_runtime::service_fn(async move |event| handler.handle(event).await)).await
}
