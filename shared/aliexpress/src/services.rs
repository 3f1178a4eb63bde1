//! The services that AliExpress takes notices for, with what their numbers look like.

use serde::Deserialize;
use serde_json::Value;
use tallyman_app::ports::CallError;
use tallyman_domain::LiveService;
use tallyman_iop::{Gateway, Text, Unfit, Verdict, decode, read, verdict};

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Service {
    service_name: Text,
    display_name: Text,
    logistics_company: Text,
    tracking_no_regex: Text,
}

pub(crate) async fn services(gateway: &Gateway) -> Result<Vec<LiveService>, CallError> {
    let answer = gateway.sync_call("aliexpress.logistics.redefining.listlogisticsservice", &[]).await?;
    let body = answer.body.get("result").filter(|r| r.get("result_list").is_some()).unwrap_or(&answer.body);
    if let Verdict::No(no) = verdict(body) {
        return Err(answer.call.business(&no));
    }
    if body.get("result_list").is_none() {
        return Err(answer.call.unclear("no list of services in it"));
    }
    let records = read::list(body, "result_list").map_err(|unfit| answer.call.undecodable(unfit))?;
    let mut services = Vec::with_capacity(records.len());
    for (index, record) in records.into_iter().enumerate() {
        match service(record, &format!("result_list[{index}]")) {
            Ok(service) => services.push(service),
            // One unreadable service is one that isn't offered; the others are.
            Err(unfit) => tracing::warn!(path = unfit.path, what = unfit.what, "a service of AliExpress can't be read"),
        }
    }
    Ok(services)
}

fn service(record: &Value, at: &str) -> Result<LiveService, Unfit> {
    let wire: Service = decode(record, at)?;
    let code = wire.service_name.owned().ok_or_else(|| Unfit::new(format!("{at}.service_name"), "missing"))?;
    let name = Text::first([&wire.display_name, &wire.logistics_company]).unwrap_or(&code).to_owned();
    Ok(LiveService { name, code, tracking_pattern: wire.tracking_no_regex.owned(), transport: None })
}
