//! Which service and operation a request is for: what a numbered call is called.

use http::{HeaderMap, Method, Uri, header};
use serde::Serialize;
use std::fmt;

/// Whom a function calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Service {
    /// State.
    DynamoDb,
    /// Queues.
    Sqs,
    /// Proofs.
    S3,
    /// Keys and tokens.
    Secrets,
    /// What people are told.
    Sns,
    /// AliExpress's gateway.
    AliExpress,
    /// Alibaba.com's gateway.
    Alibaba,
    /// ShipStation's V1 API.
    ShipStation,
}

impl Service {
    /// One of Amazon's?
    #[must_use]
    pub const fn is_aws(self) -> bool {
        matches!(self, Self::DynamoDb | Self::Sqs | Self::S3 | Self::Secrets | Self::Sns)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB",
            Self::Sqs => "SQS",
            Self::S3 => "S3",
            Self::Secrets => "SecretsManager",
            Self::Sns => "SNS",
            Self::AliExpress => "AliExpress",
            Self::Alibaba => "Alibaba",
            Self::ShipStation => "ShipStation",
        }
    }
}

/// The path below which AliExpress is found at a relay.
pub const ALIEXPRESS_PREFIX: &str = "/ae";
/// The path below which Alibaba.com is found at a relay.
pub const ALIBABA_PREFIX: &str = "/ali";

/// A call by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Called {
    /// Whom.
    pub service: Service,
    /// What for: `PutItem`, `POST /orders/createorders`, `aliexpress.solution.order.get`.
    pub operation: String,
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.service.name(), self.operation)
    }
}

impl Called {
    /// Reads it off a request; none when it is for nobody we know.
    #[must_use]
    pub fn of(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let path = uri.path();
        let (service, operation) = if let Some(target) = text(headers, "x-amz-target") {
            let (family, operation) = target.split_once('.')?;
            let service = match family {
                "DynamoDB_20120810" => Service::DynamoDb,
                "AmazonSQS" => Service::Sqs,
                "secretsmanager" => Service::Secrets,
                _ => return None,
            };
            (service, operation.to_owned())
        } else if let Some(rest) = below(path, ALIEXPRESS_PREFIX) {
            (Service::AliExpress, gateway_operation(rest, uri, body))
        } else if let Some(rest) = below(path, ALIBABA_PREFIX) {
            (Service::Alibaba, gateway_operation(rest, uri, body))
        } else {
            let authorization = text(headers, header::AUTHORIZATION.as_str()).unwrap_or_default();
            if authorization.starts_with("Basic ") {
                (Service::ShipStation, format!("{method} {}", without_ids(path)))
            } else if authorization.starts_with("AWS4-") && authorization.contains("/sns/") {
                let form = std::str::from_utf8(body).unwrap_or_default();
                (Service::Sns, parameter(form, "Action").unwrap_or_else(|| method.to_string()))
            } else if authorization.starts_with("AWS4-") {
                let operation = parameter(uri.query().unwrap_or_default(), "x-id");
                (Service::S3, operation.unwrap_or_else(|| format!("{method} object")))
            } else {
                return None;
            }
        };
        Some(Self { service, operation })
    }

    /// Does it tell a marketplace about a shipment, or a correction of one?
    #[must_use]
    pub fn is_notice(&self) -> bool {
        let of_aliexpress = ["sellershipment", "sellermodifiedshipment", "order.fulfill"];
        match self.service {
            Service::AliExpress => {
                of_aliexpress.iter().any(|part| self.operation.contains(part)) && !self.operation.contains("query")
            }
            Service::Alibaba => {
                self.operation.contains("/order/")
                    && (self.operation.ends_with("/shipping") || self.operation.ends_with("/shipping/batch/modify"))
            }
            _ => false,
        }
    }

    /// Does it ask a marketplace for a new pair of tokens, which ends the old one?
    #[must_use]
    pub fn renews_tokens(&self) -> bool {
        self.operation.ends_with("/auth/token/refresh")
    }

    /// Does it change anything at a marketplace or in ShipStation?
    #[must_use]
    pub fn changes_the_outside(&self) -> bool {
        match self.service {
            Service::ShipStation => !self.operation.starts_with("GET "),
            Service::AliExpress | Service::Alibaba => self.is_notice() || self.operation.contains("upload"),
            _ => false,
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The path below a prefix.
#[must_use]
pub fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.starts_with('/'))
}

/// `/sync` names the method in a parameter, `/rest` in the path.
fn gateway_operation(path: &str, uri: &Uri, body: &[u8]) -> String {
    if let Some(api) = path.strip_prefix("/rest") {
        return api.to_owned();
    }
    let in_query = parameter(uri.query().unwrap_or_default(), "method");
    let in_body = || std::str::from_utf8(body).ok().and_then(|form| parameter(form, "method"));
    in_query.or_else(in_body).unwrap_or_else(|| path.to_owned())
}

/// A parameter whose value has nothing to decode.
fn parameter(pairs: &str, name: &str) -> Option<String> {
    pairs
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, value)| value.to_owned())
}

/// Ids don't make names of their own.
fn without_ids(path: &str) -> String {
    let is_id = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<_> = path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Option<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let called = Called::of(&method.parse().unwrap(), &uri.parse().unwrap(), &map, body.as_bytes());
        called.map(|called| called.to_string())
    }

    #[test]
    fn each_service_is_told_by_what_only_it_has() {
        let aws = ("authorization", "AWS4-HMAC-SHA256 Credential=x");
        let target = ("x-amz-target", "DynamoDB_20120810.PutItem");
        assert_eq!(named("POST", "/", &[aws, target], "{}").as_deref(), Some("DynamoDB.PutItem"));
        assert_eq!(named("PUT", "/b/k?x-id=PutObject", &[aws], "").as_deref(), Some("S3.PutObject"));
        let of_sns = ("authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request");
        assert_eq!(named("POST", "/", &[of_sns], "Action=Publish&Message=x").as_deref(), Some("SNS.Publish"));
        let basic = ("authorization", "Basic eA==");
        let order = named("GET", "/orders/42", &[basic], "");
        assert_eq!(order.as_deref(), Some("ShipStation.GET /orders/{id}"));
        let form = "app_key=1&method=aliexpress.solution.order.get";
        assert_eq!(named("POST", "/ae/sync", &[], form).as_deref(), Some("AliExpress.aliexpress.solution.order.get"));
        let rest = named("POST", "/ali/rest/alibaba/order/get?x=1", &[], "");
        assert_eq!(rest.as_deref(), Some("Alibaba./alibaba/order/get"));
        assert_eq!(named("GET", "/whatever", &[], ""), None);
    }

    #[test]
    fn notices_are_told_from_what_only_asks() {
        let of = |service, operation: &str| Called { service, operation: operation.to_owned() };
        for notice in ["aliexpress.logistics.sellershipmentfortop", "aliexpress.solution.order.fulfill"] {
            assert!(of(Service::AliExpress, notice).is_notice(), "{notice}");
        }
        assert!(!of(Service::AliExpress, "aliexpress.logistics.querysellershipmentinfo").is_notice());
        assert!(of(Service::Alibaba, "/alibaba/v2/order/shipping").is_notice());
        assert!(of(Service::Alibaba, "/alibaba/order/v2/multi/shipping").is_notice());
        assert!(of(Service::Alibaba, "/alibaba/seller/order/shipping/batch/modify").is_notice());
        assert!(!of(Service::Alibaba, "/order/logistics/query").is_notice());
    }
}
