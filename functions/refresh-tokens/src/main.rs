//! refresh-tokens: renews the marketplaces' tokens and warns before an authorisation ends.

mod handler;

use handler::Handler;
use std::sync::Arc;
use tallyman_app::{directory::Directory, pace::Pace};
use tallyman_aws::{
    DynamoAuthorisations, DynamoBudgetStore, DynamoConfigStore, SecretsStore, SnsAnnouncer, Table, http_client,
    sdk_config,
};
use tallyman_marketplaces::{AuthEndpoints, Endpoints, authoriser};
use tallyman_runtime::{Environment, SystemClock, http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::start();
    let env = Environment::read();
    let clock = Arc::new(SystemClock);
    let web = http::client()?;
    let aws = sdk_config(http_client()).await;
    let table = Table::new(&aws, env.table()?);
    let endpoints = AuthEndpoints {
        calls: Endpoints {
            aliexpress_base_url: env.aliexpress_base_url.clone(),
            alibaba_base_url: env.alibaba_base_url.clone(),
        },
        alibaba_auth_base_url: env.alibaba_auth_base_url.clone(),
    };
    let directory = Directory {
        // Read afresh: one run an hour, and what it decides must not be a minute old.
        config: Arc::new(DynamoConfigStore::on(&table)),
        authorisations: Arc::new(DynamoAuthorisations::on(&table)),
        secrets: Arc::new(SecretsStore::new(&aws, env.secrets_prefix()?, clock.clone())),
        connect_marketplace: Arc::new(|_, _, _| Err("this function calls no marketplace but for tokens".to_owned())),
        pace: Arc::new(Pace::new(Arc::new(DynamoBudgetStore::on(&table)), clock.clone(), env.market_limits)),
        connect_warehouse: Box::new(|_, _| Err("this function calls no warehouse".to_owned())),
        clock: clock.clone(),
    };
    let pace = directory.pace.clone();
    let handler = Handler {
        directory,
        authorisers: Box::new(move |connection, app| {
            let gate = pace.gate(connection, &app.key);
            authoriser(connection, app, &endpoints, web.clone(), clock.clone(), gate)
        }),
        announcer: SnsAnnouncer::new(&aws, env.alarm_topic()?),
        lease: env.lease,
        dry_run: env.dry_run,
    };
    let handler = &handler;
    lambda_runtime::run(lambda_runtime::service_fn(async move |event| handler.handle(event).await)).await
}
