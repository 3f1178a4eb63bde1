//! reconcile: wakes orders whose pending effect is too old.

mod handler;

use handler::Handler;
use std::{collections::HashMap, sync::Arc};
use tallyman_app::ports::Lane;
use tallyman_aws::{CachedConfig, DynamoOrderStore, SqsHintQueue, Table, http_client, sdk_config};
use tallyman_runtime::{Environment, SystemClock, http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::start();
    http::install_tls();
    let env = Environment::read();
    let clock = Arc::new(SystemClock);
    let aws = sdk_config(http_client()).await;
    let table = Table::new(&aws, env.table()?);
    let lanes = [Lane::Poll, Lane::Export, Lane::Shipments, Lane::Proof, Lane::Notify];
    let urls: HashMap<_, _> = lanes.into_iter().filter_map(|l| Some((l, env.queue(l)?.to_owned()))).collect();
    let handler = Handler {
        config: CachedConfig::on(&table, clock.clone()),
        orders: DynamoOrderStore::on(&table),
        queue: SqsHintQueue::new(&aws, urls),
        clock,
        stuck_after: env.stuck_after,
    };
    let handler = &handler;
    lambda_runtime::run(lambda_runtime::service_fn(async move |event| handler.handle(event).await)).await
}
