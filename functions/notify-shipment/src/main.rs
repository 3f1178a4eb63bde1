//! notify-shipment: tells the marketplaces about shipments, once, and reads back that they know.

mod handler;

use handler::Handler;
use std::{collections::HashMap, sync::Arc};
use tallyman_app::{directory::Directory, pace::Pace, ports::Lane};
use tallyman_aws::{
    CachedConfig, DynamoBudgetStore, DynamoCarriers, DynamoOrderStore, SecretsStore, SqsHintQueue, Table, http_client,
    sdk_config,
};
use tallyman_runtime::{Environment, SystemClock, http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::start();
    let env = Environment::read();
    let clock = Arc::new(SystemClock);
    let web = http::client()?;
    let aws = sdk_config(http_client()).await;
    let table = Table::new(&aws, env.table()?);
    let lanes = [Lane::Export, Lane::Proof, Lane::Notify];
    let urls: HashMap<_, _> = lanes.into_iter().filter_map(|l| Some((l, env.queue(l)?.to_owned()))).collect();
    let endpoints = tallyman_marketplaces::Endpoints {
        aliexpress_base_url: env.aliexpress_base_url.clone(),
        alibaba_base_url: env.alibaba_base_url.clone(),
    };
    let market_clock = clock.clone();
    let config = Arc::new(CachedConfig::on(&table, clock.clone()));
    let directory = Directory {
        config: config.clone(),
        authorisations: config,
        secrets: Arc::new(SecretsStore::new(&aws, env.secrets_prefix()?, clock.clone())),
        connect_marketplace: Arc::new(move |connection, secret, gate| {
            tallyman_marketplaces::connect(connection, secret, &endpoints, web.clone(), market_clock.clone(), gate)
                .map_err(|e| e.to_string())
        }),
        pace: Arc::new(Pace::new(Arc::new(DynamoBudgetStore::on(&table)), clock.clone(), env.market_limits)),
        connect_warehouse: Box::new(|_, _| Err("this function calls no warehouse".to_owned())),
        clock: clock.clone(),
    };
    let handler = Handler {
        directory,
        orders: DynamoOrderStore::on(&table),
        carriers: DynamoCarriers::on(&table),
        queue: SqsHintQueue::new(&aws, urls),
        clock,
        lease: env.lease,
        confirm_after: env.confirm_after,
        dry_run: env.dry_run,
    };
    let handler = &handler;
    lambda_runtime::run(lambda_runtime::service_fn(async move |event| handler.handle(event).await)).await
}
