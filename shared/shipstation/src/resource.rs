//! Which URLs the credentials may go to, and how a webhook's `resource_url` becomes a call.

use crate::shipments::PAGE_RECORDS;
use reqwest::Url;

const URL_BYTES_MAX: usize = 2048;

/// A list that shipments are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Shipments,
    Fulfillments,
}

impl Kind {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Shipments => "/shipments",
            Self::Fulfillments => "/fulfillments",
        }
    }
    pub(crate) fn call(self) -> &'static str {
        match self {
            Self::Shipments => "GET /shipments",
            Self::Fulfillments => "GET /fulfillments",
        }
    }
}

/// What a `resource_url` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    List(Kind, Url),
    Orders,
}

/// May the account's credentials be sent to this URL?
///
/// Only to `ssapi<digits>.shipstation.com` over TLS on its standard port, and to the origin of `base_url`. Webhooks
/// are unsigned, so the URL may be anybody's.
#[must_use]
pub fn allowed_resource(url: &str, base_url: &str) -> bool {
    checked(url, base(base_url).as_ref()).is_some()
}

/// Reads the base URL.
pub(crate) fn base(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https") && url.has_host();
    (plain && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// Which call the URL asks for, rewritten: items always, our page and page size, nothing of the URL's but its query.
pub(crate) fn target(url: &str, base: &Url, page: u32) -> Result<Target, &'static str> {
    let given = checked(url, Some(base)).ok_or("the URL is not one of ShipStation's")?;
    let prefix = if given.origin() == base.origin() { base.path().trim_end_matches('/') } else { "" };
    let path = given.path().strip_prefix(prefix).unwrap_or_default();
    let kind = match path.trim_end_matches('/') {
        "/shipments" => Kind::Shipments,
        "/fulfillments" => Kind::Fulfillments,
        "/orders" => return Ok(Target::Orders),
        _ => return Err("the URL is no list of shipments, fulfillments or orders"),
    };
    let mut asked = given.clone();
    asked.set_path(&format!("{prefix}{}", kind.path()));
    asked.set_fragment(None);
    asked.set_query(None);
    let ours = |name: &str| ["includeshipmentitems", "page", "pagesize"].contains(&name.to_ascii_lowercase().as_str());
    asked.query_pairs_mut().extend_pairs(given.query_pairs().filter(|(name, _)| !ours(name)));
    ask_for_page(&mut asked, kind, page);
    Ok(Target::List(kind, asked))
}

/// Adds what every list is asked: `page` counts from 0 here and from 1 there.
pub(crate) fn ask_for_page(url: &mut Url, kind: Kind, page: u32) {
    let mut query = url.query_pairs_mut();
    if kind == Kind::Shipments {
        query.append_pair("includeShipmentItems", "true");
    }
    query.append_pair("page", &page.saturating_add(1).to_string()).append_pair("pageSize", &PAGE_RECORDS.to_string());
}

fn checked(text: &str, base: Option<&Url>) -> Option<Url> {
    if !is_plain(text) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let no_user = url.username().is_empty() && url.password().is_none();
    let ours = is_shipstation(&url) || base.is_some_and(|base| url.origin() == base.origin());
    (no_user && ours).then_some(url)
}

/// URL parsers repair a lot: they drop tabs, turn backslashes round and translate look-alike letters. What needs
/// repair is refused, so that no two readers can disagree on the host.
fn is_plain(text: &str) -> bool {
    let after_scheme = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = after_scheme else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    text.len() <= URL_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !authority.is_empty()
        && !authority.contains(['@', '%'])
}

/// `^ssapi[0-9]*\.shipstation\.com$`, TLS, standard port.
fn is_shipstation(url: &Url) -> bool {
    let digits = url.host_str().and_then(|h| h.strip_prefix("ssapi")).and_then(|h| h.strip_suffix(".shipstation.com"));
    url.scheme() == "https" && url.port().is_none() && digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
#[path = "resource_tests.rs"]
mod tests;
