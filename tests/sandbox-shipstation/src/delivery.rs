//! Webhooks on their way: what happened is posted to those who subscribed, three times at most.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use http::header;
use reqwest::Url;
use serde::Serialize;
use serde_json::json;

use crate::app::Sandbox;
use crate::time;
use crate::webhooks::Subscription;

/// How often a delivery is tried.
const TRIES: u32 = 3;

/// What a webhook tells of. Orders marked as shipped are not among it: ShipStation keeps quiet about them.
#[derive(Debug, Clone)]
pub enum Event {
    /// Orders were created by one call.
    Imported { batch: String, stores: BTreeSet<i64> },
    /// Labels were bought together.
    Labelled { batch: i64, stores: BTreeSet<i64> },
    /// A fulfilment provider shipped.
    Provided { fulfillment: i64, stores: BTreeSet<i64> },
}

/// One try, as the books show it.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    at: String,
    event: String,
    /// Where to, the secret parts left out.
    target: String,
    resource_url: String,
    attempt: u32,
    status: Option<u16>,
    ms: u64,
    /// Why there is no status.
    error: Option<String>,
}

/// Sends what happened to all who subscribed to it.
pub fn announce(sandbox: &Arc<Sandbox>, events: impl IntoIterator<Item = Event>) {
    for event in events {
        let subscriptions = sandbox.books().subscriptions.clone();
        for subscription in subscriptions {
            if let Some(resource) = resource(&event, &subscription) {
                let resource = format!("{}{resource}", sandbox.origin);
                tokio::spawn(deliver(Arc::clone(sandbox), subscription, resource));
            }
        }
    }
}

/// What the subscriber is to fetch; none when the event is not for it.
fn resource(event: &Event, subscription: &Subscription) -> Option<String> {
    let (Event::Imported { stores, .. } | Event::Labelled { stores, .. } | Event::Provided { stores, .. }) = event;
    if subscription.store_id.is_some_and(|store| !stores.contains(&store)) {
        return None;
    }
    let store = subscription.store_id.map(|store| format!("storeID={store}&")).unwrap_or_default();
    match (event, subscription.event.as_str()) {
        (Event::Imported { batch, .. }, "ORDER_NOTIFY" | "ITEM_ORDER_NOTIFY") => {
            Some(format!("/orders?{store}importBatch={batch}"))
        }
        (Event::Labelled { batch, .. }, "SHIP_NOTIFY") => {
            Some(format!("/shipments?{store}batchId={batch}&includeShipmentItems=False"))
        }
        (Event::Labelled { batch, .. }, "ITEM_SHIP_NOTIFY") => {
            Some(format!("/shipments?{store}batchId={batch}&includeShipmentItems=True"))
        }
        (Event::Provided { fulfillment, .. }, "FULFILLMENT_SHIPPED") => {
            Some(format!("/fulfillments?fulfillmentId={fulfillment}"))
        }
        _ => None,
    }
}

async fn deliver(sandbox: Arc<Sandbox>, subscription: Subscription, resource: String) {
    for attempt in 1..=TRIES {
        if attempt > 1 {
            tokio::time::sleep(sandbox.config.webhook_retry_after).await;
        }
        let started = Instant::now();
        let mut delivery = Delivery {
            at: time::now().to_string(),
            event: subscription.event.clone(),
            target: redacted(&subscription.url),
            resource_url: resource.clone(),
            attempt,
            status: None,
            ms: 0,
            error: None,
        };
        let on = sandbox.books().delivering;
        let sent = if on { post(&sandbox, &subscription, &resource).await } else { Err("dropped".to_owned()) };
        delivery.ms = started.elapsed().as_millis() as u64;
        match sent {
            Ok(status) => delivery.status = Some(status),
            Err(error) => delivery.error = Some(error),
        }
        let done = !on || delivery.status.is_some_and(|status| (200..300).contains(&status));
        sandbox.books().deliveries.push(delivery);
        if done {
            return;
        }
    }
}

async fn post(sandbox: &Sandbox, subscription: &Subscription, resource: &str) -> Result<u16, String> {
    let body = json!({ "resource_url": resource, "resource_type": subscription.event });
    let request = if is_function_url(&subscription.url) {
        let gateway = sandbox.config.lambda_gateway.as_deref().ok_or("no lambda gateway is configured")?;
        let url = behind(gateway, &subscription.url)?;
        let host = subscription.url.host_str().unwrap_or_default();
        sandbox.client.post(url).header(header::HOST, host)
    } else if is_loopback(&subscription.url) {
        sandbox.client.post(subscription.url.clone())
    } else {
        return Err("not sent: the sandbox does not leave this machine".to_owned());
    };
    match request.json(&body).send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) if error.is_timeout() => Err("timeout".to_owned()),
        // The address, and with it the secret, stays out of the books.
        Err(error) => Err(error.without_url().to_string()),
    }
}

/// The same path and query at the gateway.
fn behind(gateway: &str, url: &Url) -> Result<Url, String> {
    let mut target: Url = gateway.parse().map_err(|error| format!("the lambda gateway is not a URL: {error}"))?;
    target.set_path(url.path());
    target.set_query(url.query());
    Ok(target)
}

/// Whether this is the address of a Lambda function.
pub fn is_function_url(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host.ends_with(".on.aws") && host.contains(".lambda-url."))
}

/// Whether this stays on the machine.
pub fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// The address with anything that may be a secret left out: long parts of the path, and the query's values.
pub fn redacted(url: &Url) -> String {
    let hide = |part: &str| if part.len() >= 16 { "[redacted]".to_owned() } else { part.to_owned() };
    let path: Vec<_> = url.path().split('/').map(hide).collect();
    let query = if url.query().is_some() { "?[redacted]" } else { "" };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}{query}", url.scheme(), url.host_str().unwrap_or_default(), path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_never_hold_the_secret_of_a_target() {
        let url: Url =
            "https://abc.lambda-url.eu-west-1.on.aws/shipstation/0123456789abcdef0123?token=s".parse().unwrap();
        assert_eq!(redacted(&url), "https://abc.lambda-url.eu-west-1.on.aws/shipstation/[redacted]?[redacted]");
    }

    #[test]
    fn a_function_url_is_reached_through_the_gateway_with_its_path_and_query() {
        let url: Url = "https://abc.lambda-url.eu-west-1.on.aws/a/b?c=d".parse().unwrap();
        assert!(is_function_url(&url));
        assert_eq!(behind("http://127.0.0.1:4566", &url).unwrap().as_str(), "http://127.0.0.1:4566/a/b?c=d");
        assert!(!is_function_url(&"https://evil.on.aws.example.com/".parse().unwrap()));
    }
}
