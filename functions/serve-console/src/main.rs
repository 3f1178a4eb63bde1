//! serve-console: the pages on which people connect accounts and see how they stand.

mod answer;
mod assets;
mod bridge;
mod console;
mod fetch;
mod fields;
mod guard;
mod headers;
mod limits;
mod oidc;
mod pages;
mod preferences;
mod private;
mod problem;
mod random;
mod routes;
mod seal;
mod session;
#[cfg(test)]
mod tests;
mod texts;
mod wiring;

use console::{Console, policy};
use oidc::Oidc;
use std::{collections::HashMap, sync::Arc};
use tallyman_app::ports::Lane;
use tallyman_aws::{
    DynamoBudgetStore, DynamoCarriers, DynamoConsents, DynamoCursorStore, DynamoNotes, DynamoOrderStore, DynamoShelves,
    S3Vault, SecretsStore, SqsHintQueue, Table, http_client, sdk_config,
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
    let secrets = Arc::new(SecretsStore::new(&aws, env.secrets_prefix()?, clock.clone()));
    let budgets = Arc::new(DynamoBudgetStore::on(&table));
    let queues: HashMap<_, _> = [Lane::Poll, Lane::Export, Lane::Proof, Lane::Notify]
        .into_iter()
        .filter_map(|l| Some((l, env.queue(l)?.to_owned())))
        .collect();
    let settings = env.console.clone();
    let directory = wiring::directory(&env, &table, secrets.clone(), budgets.clone(), &web);
    let authorisers = wiring::authorisers(&env, &directory, &web);
    let console = Console {
        oidc: Oidc::new(web, settings.oidc_issuer.clone(), settings.groups_claim.clone(), clock.clone()),
        settings,
        directory,
        authorisers,
        consents: Arc::new(DynamoConsents::on(&table)),
        carriers: Arc::new(DynamoCarriers::on(&table)),
        cursors: Arc::new(DynamoCursorStore::on(&table)),
        market_limits: env.market_limits,
        policy: policy(&[env.aliexpress_base_url.clone(), env.alibaba_auth_base_url.clone()]),
        secrets,
        budgets,
        clock,
        orders: Arc::new(DynamoOrderStore::on(&table)),
        counted: Default::default(),
        shelves: Arc::new(DynamoShelves::on(&table)),
        deeds: Arc::new(DynamoShelves::on(&table)),
        notes: Arc::new(DynamoNotes::on(&table)),
        vault: Arc::new(S3Vault::new(&aws, env.bucket()?)),
        queue: Arc::new(SqsHintQueue::new(&aws, queues)),
    };
    let bridge = &bridge::Bridge::to(console);
    lambda_runtime::run(lambda_runtime::service_fn(async move |event| bridge.handle(event).await)).await
}
