//! export-orders: puts recorded orders into ShipStation.

mod handler;

use handler::Handler;
use std::{collections::HashMap, sync::Arc};
use tallyman_app::{directory::Directory, pace::Pace, ports::Lane};
use tallyman_aws::{
    CachedConfig, DynamoBudgetStore, DynamoOrderStore, SecretsStore, SqsHintQueue, Table, http_client, sdk_config,
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
    let urls: HashMap<_, _> = [Lane::Export].into_iter().filter_map(|l| Some((l, env.queue(l)?.to_owned()))).collect();
    let shipstation = env.shipstation_base_url.clone();
    let config = Arc::new(CachedConfig::on(&table, clock.clone()));
    let directory = Directory {
        config: config.clone(),
        authorisations: config,
        secrets: Arc::new(SecretsStore::new(&aws, env.secrets_prefix()?, clock.clone())),
        connect_marketplace: Arc::new(|_, _, _| Err("this function calls no marketplace".to_owned())),
        pace: Arc::new(Pace::new(Arc::new(DynamoBudgetStore::on(&table)), clock.clone(), env.market_limits)),
        connect_warehouse: Box::new(move |_, secret| tallyman_shipstation::connect(secret, &shipstation, web.clone())),
        clock: clock.clone(),
    };
    let handler = Handler {
        directory,
        orders: DynamoOrderStore::on(&table),
        budgets: DynamoBudgetStore::on(&table),
        queue: SqsHintQueue::new(&aws, urls),
        clock,
        dry_run: env.dry_run,
    };
    let handler = &handler;
    lambda_runtime::run(lambda_runtime::service_fn(async move |event| handler.handle(event).await)).await
}
