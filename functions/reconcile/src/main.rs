//! reconcile: wakes what is stuck, compares both sides, keeps the exceptions and tells people.

mod handler;
mod metrics;

use handler::Handler;
use std::{collections::HashMap, sync::Arc};
use tallyman_app::{directory::Directory, pace::Pace, ports::Lane};
use tallyman_aws::{
    CachedConfig, DynamoBudgetStore, DynamoCursorStore, DynamoNotes, DynamoOrderStore, DynamoShelves, S3Vault,
    SecretsStore, SnsAnnouncer, SqsHintQueue, Table, http_client, sdk_config,
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
    let lanes = [Lane::Poll, Lane::Export, Lane::Shipments, Lane::Proof, Lane::Notify];
    let urls: HashMap<_, _> = lanes.into_iter().filter_map(|l| Some((l, env.queue(l)?.to_owned()))).collect();
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
        shelves: DynamoShelves::on(&table),
        cursors: DynamoCursorStore::on(&table),
        notes: DynamoNotes::on(&table),
        budgets: DynamoBudgetStore::on(&table),
        vault: S3Vault::new(&aws, env.bucket()?),
        queue: SqsHintQueue::new(&aws, urls),
        announcer: env.alarm_topic().ok().map(|topic| SnsAnnouncer::new(&aws, topic)),
        clock,
        stuck_after: env.stuck_after,
        alert_bars_h: env.alert_bars_h.clone(),
        stack: env.secrets_prefix()?.to_owned(),
        dry_run: env.dry_run,
    };
    let handler = &handler;
    lambda_runtime::run(lambda_runtime::service_fn(async move |event| handler.handle(event).await)).await
}
