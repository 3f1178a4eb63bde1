//! Who is who, for the console: read afresh at every request, as people look at what they just changed.

use std::sync::Arc;
use tallyman_app::{
    authorise::ConnectAuthoriser,
    directory::Directory,
    pace::Pace,
    ports::{BudgetStore, SecretStore},
};
use tallyman_aws::{DynamoAuthorisations, DynamoConfigStore, Table};
use tallyman_marketplaces::{AuthEndpoints, Endpoints, authoriser};
use tallyman_runtime::{Environment, SystemClock};

/// Who authorises: its calls come from the same budgets as all others.
pub(crate) fn authorisers(env: &Environment, directory: &Directory, web: &reqwest::Client) -> ConnectAuthoriser {
    let alibaba_auth_base_url = env.alibaba_auth_base_url.clone();
    let endpoints = AuthEndpoints { calls: endpoints(env), alibaba_auth_base_url };
    let (pace, web, clock) = (directory.pace.clone(), web.clone(), Arc::new(SystemClock));
    Box::new(move |connection, app| {
        let gate = pace.gate(connection, &app.key);
        authoriser(connection, app, &endpoints, web.clone(), clock.clone(), gate)
    })
}

/// Where the marketplaces are called.
fn endpoints(env: &Environment) -> Endpoints {
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
