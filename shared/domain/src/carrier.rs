//! Which of the marketplace's services stands for the carrier that ShipStation used.
//!
//! The marketplace's own live list decides what exists and what its numbers look like; the map only proposes.

use crate::{Effect, ExceptionKind, OrderState, Shipment, exception::is_open, pending, status::MarketplaceKind};
use regex_lite::RegexBuilder;
use serde::{Deserialize, Serialize};

/// One row of the carrier map. Compared without regard to case; an empty `service` stands for every service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierRow {
    /// ShipStation's carrier code or name.
    pub carrier: String,
    /// ShipStation's service code; every service when empty.
    #[serde(default)]
    pub service: String,
    /// The marketplace's code.
    pub code: String,
    /// Where a buyer can follow the parcel; needed when `code` is an `OTHER...` service.
    #[serde(default)]
    pub tracking_website: String,
}

/// One service of the marketplace's live list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveService {
    /// The code that the notice carries.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// What its tracking numbers look like, by the marketplace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_pattern: Option<String>,
    /// `EXPRESS` or `POST`, where the marketplace tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
}

/// What the notice will say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceChoice {
    /// The marketplace's code, as spelled in its live list.
    pub code: String,
    /// `EXPRESS` or `POST`, for marketplaces that ask.
    pub transport: Transport,
    /// Where to follow the parcel; set for `OTHER...`.
    pub tracking_website: Option<String>,
    /// The carrier's own name, for `OTHER...`.
    pub actual_carrier: Option<String>,
}

/// How a parcel travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Transport {
    /// Couriers.
    Express,
    /// Post offices.
    Post,
}

/// Why no service fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoService {
    /// Neither the map nor the fallback gives a code that the live list has.
    #[error("carrier {carrier:?} service {service:?} has no code at the marketplace")]
    Unmapped {
        /// ShipStation's carrier.
        carrier: String,
        /// ShipStation's service.
        service: String,
    },
    /// The mapped service's own pattern refuses the number, and there is no fallback.
    #[error("{code} does not take tracking number {number:?}")]
    NumberRefused {
        /// The mapped code.
        code: String,
        /// The number.
        number: String,
    },
    /// ShipStation gave no number.
    #[error("the shipment has no tracking number")]
    NoNumber,
}

/// Rows that hold for most sellers: (carrier prefix, service prefix, code at AliExpress, code at Alibaba.com).
/// Longer prefixes come first.
const BUILT_IN: &[(&str, &str, &str, &str)] = &[
    ("stamps_com", "", "USPS", "USPS"),
    ("usps", "", "USPS", "USPS"),
    ("endicia", "", "USPS", "USPS"),
    ("ups", "", "UPS", "UPS"),
    ("fedex", "fedex_international_economy", "FEDEX_IE", "FEDEX"),
    ("fedex", "", "FEDEX", "FEDEX"),
    ("dhl_express", "", "DHL", "DHL"),
    ("dhl_global_mail", "", "DHLECOM", "DHL"),
    ("dhl", "", "DHL", "DHL"),
    ("tnt", "", "TNT", "TNT"),
    ("aramex", "", "ARAMEX", "ARAMEX"),
    ("royal_mail", "", "ROYAL_MAIL", "ROYAL_MAIL"),
    ("ems", "", "EMS", "EMS"),
    ("china_post", "", "CPAM", "CHINA_POST"),
    ("yanwen", "", "YANWEN_JYT", "YANWEN"),
    ("sf_express", "", "SF", "SF"),
    ("cainiao", "", "CAINIAO_STANDARD", "CAINIAO"),
];

/// Where the buyers of well-known carriers look, for `OTHER...` notices.
const WEBSITES: &[(&str, &str)] = &[
    ("stamps_com", "https://tools.usps.com"),
    ("usps", "https://tools.usps.com"),
    ("ups", "https://www.ups.com/track"),
    ("fedex", "https://www.fedex.com/fedextrack"),
    ("dhl", "https://www.dhl.com/track"),
    ("royal_mail", "https://www.royalmail.com/track-your-item"),
    ("", "https://t.17track.net"),
];

const POSTAL: &[&str] =
    &["usps", "stamps_com", "endicia", "post", "ems", "royal_mail", "cpam", "e_packet", "epacket", "yanwen"];

/// Carriers as people know them, by the beginning of ShipStation's code.
const NAMES: &[(&str, &str)] = &[
    ("stamps_com", "USPS"),
    ("endicia", "USPS"),
    ("usps", "USPS"),
    ("ups", "UPS"),
    ("fedex", "FedEx"),
    ("dhl_global_mail", "DHL eCommerce"),
    ("dhl_express", "DHL Express"),
    ("dhl", "DHL"),
    ("royal_mail", "Royal Mail"),
    ("china_post", "China Post"),
];

/// A carrier's name for people: ShipStation's `stamps_com` is USPS. A name that is no code stays as it is.
#[must_use]
pub fn carrier_name(carrier: &str) -> String {
    let code = normal(carrier);
    let known = NAMES.iter().find(|(prefix, _)| code.starts_with(prefix)).map(|(_, name)| (*name).to_owned());
    known.unwrap_or_else(|| words(carrier))
}

/// A service's name for people: `usps_priority_mail_international` is Priority Mail International.
#[must_use]
pub fn service_name(service: &str, carrier: &str) -> String {
    let named = words(service);
    let carriers_first_word = carrier_name(carrier).split(' ').next().unwrap_or_default().to_owned();
    match named.split_once(' ') {
        Some((first, rest)) if first.eq_ignore_ascii_case(&carriers_first_word) => rest.to_owned(),
        _ => named,
    }
}

/// `priority_mail` becomes Priority Mail; text with blanks or capitals is somebody's own spelling.
fn words(code: &str) -> String {
    let is_code = code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_code {
        return code.to_owned();
    }
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    code.split('_').filter(|word| !word.is_empty()).map(capital).collect::<Vec<_>>().join(" ")
}

fn normal(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

fn proposals<'a>(
    kind: MarketplaceKind,
    carrier: &str,
    service: &str,
    rows: &'a [CarrierRow],
) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
    let (carrier, service) = (normal(carrier), normal(service));
    let (carrier_too, service_too) = (carrier.clone(), service.clone());
    // The user's exact service first, then the user's whole carrier, then ours.
    let exact = rows
        .iter()
        .filter(move |r| !r.service.is_empty() && normal(&r.carrier) == carrier && normal(&r.service) == service);
    let whole_carrier = carrier_too.clone();
    let whole = rows.iter().filter(move |r| r.service.is_empty() && normal(&r.carrier) == whole_carrier);
    let users = exact
        .chain(whole)
        .map(|r| (r.code.as_str(), (!r.tracking_website.is_empty()).then_some(r.tracking_website.as_str())));
    let ours = BUILT_IN
        .iter()
        .filter(move |row| carrier_too.starts_with(row.0) && service_too.starts_with(row.1))
        .map(move |row| (if kind == MarketplaceKind::AliExpress { row.2 } else { row.3 }, None));
    users.chain(ours)
}

/// Does the marketplace's pattern take the number? A pattern that doesn't compile takes everything: the marketplace
/// is then the judge. Its patterns can be sloppy, so size is bounded and matching is linear.
fn takes(service: &LiveService, number: &str) -> bool {
    let Some(pattern) = service.tracking_pattern.as_deref().filter(|p| !p.trim().is_empty()) else { return true };
    RegexBuilder::new(pattern).size_limit(1 << 18).build().map_or(true, |regex| regex.is_match(number))
}

/// Chooses the service for a shipment.
///
/// # Errors
/// [`NoService`] when a person has to extend the map or correct the number.
pub fn choose(
    kind: MarketplaceKind,
    shipment: &Shipment,
    ship_to_is_domestic: bool,
    rows: &[CarrierRow],
    live: &[LiveService],
) -> Result<ServiceChoice, NoService> {
    let number = shipment.tracking_number.trim();
    if number.is_empty() {
        return Err(NoService::NoNumber);
    }
    let service = shipment.service.as_deref().unwrap_or_default();
    let mut refused = None;
    for (code, website) in proposals(kind, &shipment.carrier, service, rows) {
        let Some(found) = live.iter().find(|s| s.code.eq_ignore_ascii_case(code)) else { continue };
        if takes(found, number) {
            return Ok(chosen(found, shipment, website));
        }
        refused.get_or_insert_with(|| found.code.clone());
    }
    // One fallback: the marketplace's own "other", which asks for a website instead of a known format.
    let wanted = if ship_to_is_domestic { "LOCAL" } else { "OVERSEAS" };
    let others = || live.iter().filter(|s| is_other(&s.code));
    let other = others().find(|s| s.code.to_ascii_uppercase().ends_with(wanted)).or_else(|| others().next());
    match (other, refused) {
        (Some(other), _) if takes(other, number) => Ok(chosen(other, shipment, None)),
        (_, Some(code)) => Err(NoService::NumberRefused { code, number: number.to_owned() }),
        _ => Err(NoService::Unmapped { carrier: shipment.carrier.clone(), service: service.to_owned() }),
    }
}

fn is_other(code: &str) -> bool {
    code.to_ascii_uppercase().starts_with("OTHER")
}

fn chosen(service: &LiveService, shipment: &Shipment, website: Option<&str>) -> ServiceChoice {
    let carrier = normal(&shipment.carrier);
    let other = is_other(&service.code);
    let known = || WEBSITES.iter().find(|(prefix, _)| carrier.starts_with(prefix)).map(|(_, site)| *site);
    let postal = service.transport.as_deref().map_or_else(
        || POSTAL.iter().any(|p| carrier.contains(p) || normal(&service.code).contains(p)),
        |t| t.eq_ignore_ascii_case("POST"),
    );
    ServiceChoice {
        code: service.code.clone(),
        transport: if postal { Transport::Post } else { Transport::Express },
        tracking_website: website.or_else(|| known().filter(|_| other)).map(str::to_owned),
        actual_carrier: other.then(|| shipment.carrier.clone()),
    }
}

/// The notices of an order that wait for the carrier map: their carrier isn't in it, or the service that it names refuses
/// the number.
#[must_use]
pub fn waits_for_a_row(state: &OrderState) -> Vec<Effect> {
    let waits = |effect: &Effect| match effect {
        Effect::Notify(id) => [ExceptionKind::CarrierUnmapped, ExceptionKind::TrackingRefused]
            .into_iter()
            .any(|kind| is_open(&state.exceptions, kind, Some(id))),
        _ => false,
    };
    pending(state).into_iter().filter(waits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn live() -> Vec<LiveService> {
        [
            ("USPS", Some("^[0-9]{20,22}$|^[A-z]{2}[0-9]{9}US$")),
            ("DHL", Some("^[0-9]{10}$")),
            ("OTHER_US_LOCAL", None),
            ("OTHER_US_OVERSEAS", None),
            ("BROKEN", Some("[")),
        ]
        .map(|(code, pattern)| LiveService {
            code: code.into(),
            name: code.into(),
            tracking_pattern: pattern.map(Into::into),
            transport: None,
        })
        .to_vec()
    }
    fn parcel(carrier: &str, number: &str) -> Shipment {
        Shipment { carrier: carrier.into(), tracking_number: number.into(), ..samples::shipment("s1", &[]) }
    }
    fn pick(carrier: &str, number: &str, rows: &[CarrierRow]) -> Result<ServiceChoice, NoService> {
        choose(MarketplaceKind::AliExpress, &parcel(carrier, number), false, rows, &live())
    }
    fn row(carrier: &str, service: &str, code: &str) -> CarrierRow {
        CarrierRow {
            carrier: carrier.into(),
            service: service.into(),
            code: code.into(),
            tracking_website: String::new(),
        }
    }

    #[test]
    fn a_carrier_is_found_whatever_its_case_and_a_post_office_travels_by_post() {
        for name in ["stamps_com", "STAMPS_COM", "Stamps com", "USPS"] {
            let choice = pick(name, "LX123456785US", &[]).unwrap();
            assert_eq!(
                (choice.code.as_str(), choice.transport, choice.tracking_website),
                ("USPS", Transport::Post, None)
            );
        }
        assert_eq!(pick("dhl_express_worldwide", "1234567890", &[]).unwrap().transport, Transport::Express);
    }

    #[test]
    fn an_unknown_carrier_falls_back_to_other_with_a_website_and_its_own_name() {
        let choice = pick("acme_freight", "X1", &[]).unwrap();
        assert_eq!(choice.code, "OTHER_US_OVERSEAS");
        assert!(choice.tracking_website.is_some());
        assert_eq!(choice.actual_carrier.as_deref(), Some("acme_freight"));
    }

    #[test]
    fn a_number_that_the_pattern_refuses_goes_by_other_or_to_a_person() {
        assert_eq!(pick("dhl", "not-a-dhl-number", &[]).unwrap().code, "OTHER_US_OVERSEAS");
        let without_other: Vec<_> = live().into_iter().filter(|s| !is_other(&s.code)).collect();
        let refused = choose(MarketplaceKind::AliExpress, &parcel("dhl", "nope"), false, &[], &without_other);
        assert_eq!(refused, Err(NoService::NumberRefused { code: "DHL".into(), number: "nope".into() }));
        let unmapped = choose(MarketplaceKind::AliExpress, &parcel("acme", "1"), false, &[], &without_other);
        assert!(matches!(unmapped, Err(NoService::Unmapped { .. })));
    }

    #[test]
    fn the_users_row_wins_and_the_more_precise_one_first() {
        let rows = [row("Stamps_com", "", "DHL"), row("stamps_com", "usps_priority_mail_international", "broken")];
        assert_eq!(pick("stamps_com", "1234567890", &rows).unwrap().code, "BROKEN");
        assert_eq!(pick("stamps_com", "1234567890", &rows[..1]).unwrap().code, "DHL");
    }

    #[test]
    fn a_pattern_that_does_not_compile_leaves_the_judgement_to_the_marketplace() {
        assert_eq!(pick("x", "1", &[row("x", "", "BROKEN")]).unwrap().code, "BROKEN");
    }

    #[test]
    fn a_reviewer_reads_names_and_not_codes() {
        let read = |carrier: &str, service: &str| (carrier_name(carrier), service_name(service, carrier));
        let pair = |carrier: &str, service: &str| (carrier.to_owned(), service.to_owned());
        assert_eq!(read("stamps_com", "usps_priority_mail_international"), pair("USPS", "Priority Mail International"));
        assert_eq!(read("ups_walleted", "ups_worldwide_saver"), pair("UPS", "Worldwide Saver"));
        assert_eq!(read("acme_freight", "acme_economy"), pair("Acme Freight", "Economy"));
        assert_eq!(read("Yodel UK", "Next Day"), pair("Yodel UK", "Next Day"));
    }

    #[test]
    fn no_number_no_service() {
        assert_eq!(pick("dhl", "  ", &[]), Err(NoService::NoNumber));
    }

    #[test]
    fn a_users_row_holds_for_its_own_carrier_and_service_and_for_no_other() {
        let priority = "usps_priority_mail_international";
        for other in [
            row("acme", priority, "BROKEN"),
            row("stamps_com", "usps_first_class_mail", "BROKEN"),
            row("acme", "acme_economy", "BROKEN"),
            row("acme", "", "BROKEN"),
        ] {
            let choice = pick("stamps_com", "LX123456785US", std::slice::from_ref(&other)).unwrap();
            assert_eq!(choice.code, "USPS", "{other:?}");
        }
    }

    #[test]
    fn the_website_of_a_users_row_is_told_and_an_empty_one_is_none() {
        let site = |website: &str, code: &str| {
            let row = CarrierRow { tracking_website: website.into(), ..row("acme", "", code) };
            pick("acme", "1234567890", &[row]).unwrap().tracking_website
        };
        assert_eq!(site("https://acme.example", "OTHER_US_OVERSEAS").as_deref(), Some("https://acme.example"));
        assert_eq!(site("", "OTHER_US_OVERSEAS").as_deref(), Some("https://t.17track.net"));
        assert_eq!(site("", "DHL"), None);
    }

    #[test]
    fn each_marketplace_is_told_its_own_code_of_a_carrier() {
        let service = |code: &str| LiveService { code: code.into(), tracking_pattern: None, ..live()[0].clone() };
        let both = ["CPAM", "CHINA_POST"].map(service);
        for (kind, code) in [(MarketplaceKind::AliExpress, "CPAM"), (MarketplaceKind::Alibaba, "CHINA_POST")] {
            let choice = choose(kind, &parcel("china_post", "1"), false, &[], &both).unwrap();
            assert_eq!(choice.code, code);
        }
    }

    #[test]
    fn a_number_that_even_other_refuses_goes_to_a_person() {
        let mut live = live();
        live.iter_mut().for_each(|s| s.tracking_pattern = Some("^[0-9]{10}$".into()));
        let chosen = |carrier: &str| choose(MarketplaceKind::AliExpress, &parcel(carrier, "no"), false, &[], &live);
        assert_eq!(chosen("dhl"), Err(NoService::NumberRefused { code: "DHL".into(), number: "no".into() }));
        assert!(matches!(chosen("acme"), Err(NoService::Unmapped { .. })));
    }
}
