//! Who is who, for the console: read afresh at every request, as people look at what they just changed.

use std::sync::Arc;
use tallyman_app::{
    directory::Directory,
    pace::Pace,
    ports::{BudgetStore, SecretStore},
};
use tallyman_aws::{DynamoAuthorisations, DynamoConfigStore, Table};
use tallyman_marketplaces::Endpoints;
use tallyman_runtime::{Environment, SystemClock};

/// Where the marketplaces are called.
pub(crate) fn endpoints(env: &Environment) -> Endpoints {
    Endpoints { aliexpress_base_url: env.aliexpress_base_url.clone(), alibaba_base_url: env.alibaba_base_url.clone() }
}

/// Connections, accounts, and clients for them.
pub(crate) fn directory(
    env: &Environment,
    table: &Table,
    secrets: Arc<dyn SecretStore>,
    budgets: Arc<dyn BudgetStore>,
    web: &reqwest::Client,
) -> Directory {
    let clock = Arc::new(SystemClock);
    let (calls, market_web, market_clock) = (endpoints(env), web.clone(), clock.clone());
    let (shipstation_url, shipstation_web) = (env.shipstation_base_url.clone(), web.clone());
    Directory {
        config: Arc::new(DynamoConfigStore::on(table)),
        authorisations: Arc::new(DynamoAuthorisations::on(table)),
        secrets,
        // For what people ask to see of both sides now, for answers to buyers, and for the list of services.
        connect_marketplace: Arc::new(move |connection, secret, gate| {
            let (web, clock) = (market_web.clone(), market_clock.clone());
            tallyman_marketplaces::connect(connection, secret, &calls, web, clock, gate).map_err(|e| e.to_string())
        }),
        pace: Arc::new(Pace::new(budgets, clock.clone(), env.market_limits)),
        connect_warehouse: Box::new(move |_, secret| {
            tallyman_shipstation::connect(secret, &shipstation_url, shipstation_web.clone())
        }),
        clock,
    }
}
