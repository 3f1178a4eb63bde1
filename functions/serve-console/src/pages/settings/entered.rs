//! Settings as text: what the form shows, and what comes back from it.

use crate::{
    fields::Fields,
    texts::{Texts, fill, wrong_words},
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tallyman_app::reconcile::report::named;
use tallyman_domain::{
    CountryCode, ExceptionKind, OrderStatus, Settings,
    carrier::CarrierRow,
    settings::{
        Decider,
        check::{CARRIER_ROWS_MAX, STATUS_ROWS_MAX, Wrong},
    },
};

/// Empty rows below those that are there.
const BLANK_ROWS: usize = 3;
pub(super) const STATUSES: [OrderStatus; 5] = [
    OrderStatus::AwaitingPayment,
    OrderStatus::AwaitingShipment,
    OrderStatus::OnHold,
    OrderStatus::Shipped,
    OrderStatus::Cancelled,
];

/// A row of the status map.
#[derive(Clone, Default)]
pub(super) struct StatusRow {
    pub(super) name: String,
    pub(super) means: String,
}

/// What a form holds.
#[derive(Clone, Default)]
pub(super) struct Entered {
    pub(super) texts: BTreeMap<&'static str, String>,
    pub(super) take: BTreeSet<String>,
    pub(super) statuses: Vec<StatusRow>,
    pub(super) carriers: Vec<CarrierRow>,
    /// By kind.
    pub(super) owners: BTreeMap<String, String>,
    wrong: Vec<(&'static str, String)>,
}

/// The fields that are one text each; the boxes among them are `on` or empty.
const TEXTS: [&str; 14] = [
    "seller_name",
    "start_from",
    "store_id",
    "notify",
    "batches",
    "note",
    "cancelled_by",
    "shipped_by",
    "void_window",
    "tax_field",
    "tax_note",
    "origin",
    "tariff",
    "description",
];

fn on(is_on: bool) -> String {
    if is_on { "on".to_owned() } else { String::new() }
}

impl Entered {
    /// As they are chosen.
    pub(super) fn of(settings: &Settings) -> Self {
        let text = |value: Option<String>| value.unwrap_or_default();
        let values = [
            settings.seller_name.clone(),
            text(settings.start_from.map(|at| at.to_string())),
            text(settings.store_id.map(|id| id.to_string())),
            on(settings.notify_marketplace),
            on(settings.batches),
            settings.note_to_buyer.clone(),
            named(settings.cancelled_by),
            named(settings.shipped_by),
            settings.void_window_hours.to_string(),
            settings.tax_ids.custom_field.to_string(),
            on(settings.tax_ids.internal_note),
            text(settings.customs.country_of_origin.map(|code| code.as_str().to_owned())),
            text(settings.customs.tariff_code.clone()),
            text(settings.customs.description.clone()),
        ];
        let rows = settings.status_map.iter();
        Self {
            texts: TEXTS.into_iter().zip(values).collect(),
            take: settings.take_statuses.iter().map(named).collect(),
            statuses: rows.map(|(name, means)| StatusRow { name: name.clone(), means: named(means) }).collect(),
            carriers: settings.carriers.clone(),
            owners: settings.owners.iter().map(|(kind, owner)| (named(kind), named(owner))).collect(),
            wrong: Vec::new(),
        }
    }

    /// As they were sent. Rows without anything in them are left out.
    pub(super) fn read(fields: &Fields) -> Self {
        let get = |name: String| fields.get(&name).to_owned();
        let status =
            |n: usize| StatusRow { name: get(format!("status.{n}.name")), means: get(format!("status.{n}.is")) };
        let carrier = |n: usize| CarrierRow {
            carrier: get(format!("carrier.{n}.carrier")),
            service: get(format!("carrier.{n}.service")),
            code: get(format!("carrier.{n}.code")),
            tracking_website: get(format!("carrier.{n}.website")),
        };
        let is_blank =
            |r: &CarrierRow| [&r.carrier, &r.service, &r.code, &r.tracking_website].iter().all(|t| t.is_empty());
        let owner = |kind: ExceptionKind| {
            Some((named(kind), get(format!("owner.{}", named(kind))))).filter(|(_, o)| !o.is_empty())
        };
        Self {
            texts: TEXTS.into_iter().map(|name| (name, fields.get(name).to_owned())).collect(),
            take: STATUSES.iter().map(named).filter(|name| fields.get(&format!("take.{name}")) == "on").collect(),
            statuses: (0..STATUS_ROWS_MAX + BLANK_ROWS).map(status).filter(|row| !row.name.is_empty()).collect(),
            carriers: (0..CARRIER_ROWS_MAX + BLANK_ROWS).map(carrier).filter(|row| !is_blank(row)).collect(),
            owners: ExceptionKind::ALL.into_iter().filter_map(owner).collect(),
            wrong: Vec::new(),
        }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// With empty rows to fill in.
    pub(super) fn status_rows(&self) -> Vec<StatusRow> {
        let rows = self.statuses.iter().cloned().chain(vec![StatusRow::default(); BLANK_ROWS]);
        rows.take(STATUS_ROWS_MAX.max(self.statuses.len())).collect()
    }

    pub(super) fn carrier_rows(&self) -> Vec<CarrierRow> {
        let [carrier, service, code, tracking_website] = [(); 4].map(|()| String::new());
        let blank = CarrierRow { carrier, service, code, tracking_website };
        let rows = self.carriers.iter().cloned().chain(vec![blank; BLANK_ROWS]);
        rows.take(CARRIER_ROWS_MAX.max(self.carriers.len())).collect()
    }

    /// What is wrong with a field.
    pub(super) fn wrong(&self, field: &str) -> Option<String> {
        let of: Vec<&str> =
            self.wrong.iter().filter(|(name, _)| *name == field).map(|(_, text)| text.as_str()).collect();
        (!of.is_empty()).then(|| of.join(" "))
    }

    pub(super) fn is_wrong(&self) -> bool {
        !self.wrong.is_empty()
    }

    /// The settings that were meant; what can't be read as what it has to be is noted down.
    pub(super) fn settings(&mut self, t: &Texts) -> Option<Settings> {
        let texts = t.settings;
        let mut wrong = Vec::new();
        let mut note = |field: &'static str, text: &str| wrong.push((field, text.to_owned()));
        let start_from = optional(self.text("start_from"), |text| text.parse::<Timestamp>().ok());
        let store_id = optional(self.text("store_id"), |text| text.parse::<i64>().ok());
        let origin = optional(self.text("origin"), |text| CountryCode::parse(text).ok());
        for (field, bad, text) in [
            ("start_from", start_from.is_err(), texts.wrong_time),
            ("store_id", store_id.is_err(), texts.wrong_number),
            ("origin", origin.is_err(), texts.wrong_country),
        ] {
            if bad {
                note(field, text);
            }
        }
        let void_window_hours = self.text("void_window").parse().unwrap_or_else(|_| {
            note("void_window", texts.wrong_void);
            0
        });
        let custom_field = self.text("tax_field").parse().unwrap_or_else(|_| {
            note("tax_field", texts.wrong_tax);
            0
        });
        let mut status_map = BTreeMap::new();
        for row in &self.statuses {
            let means = enumerated(&row.means).unwrap_or(OrderStatus::OnHold);
            if status_map.insert(row.name.clone(), means).is_some() {
                note("status", &fill(texts.wrong_status_twice, &[("name", &row.name)]));
            }
        }
        let text = |name: &str| Some(self.text(name).to_owned()).filter(|text| !text.is_empty());
        let mut settings = Settings {
            seller_name: self.text("seller_name").to_owned(),
            status_map,
            take_statuses: self.take.iter().filter_map(|name| enumerated(name)).collect(),
            start_from: start_from.ok().flatten(),
            notify_marketplace: self.is_on("notify"),
            store_id: store_id.ok().flatten(),
            carriers: self.carriers.clone(),
            note_to_buyer: self.text("note").to_owned(),
            void_window_hours,
            cancelled_by: enumerated(self.text("cancelled_by")).unwrap_or(Decider::Marketplace),
            shipped_by: enumerated(self.text("shipped_by")).unwrap_or(Decider::Marketplace),
            batches: self.is_on("batches"),
            owners: self.owners.iter().filter_map(|(k, o)| Some((enumerated(k)?, enumerated(o)?))).collect(),
            ..Settings::default()
        };
        (settings.tax_ids.custom_field, settings.tax_ids.internal_note) = (custom_field, self.is_on("tax_note"));
        settings.customs.country_of_origin = origin.ok().flatten();
        (settings.customs.tariff_code, settings.customs.description) = (text("tariff"), text("description"));
        self.wrong = wrong;
        (!self.is_wrong()).then_some(settings)
    }

    /// Notes down what the rules say is wrong.
    pub(super) fn refused(&mut self, t: &Texts, wrong: &[Wrong]) {
        self.wrong.extend(wrong.iter().map(|wrong| wrong_words(t.settings, wrong)));
    }
}

/// Nothing, or what it has to be.
fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some).ok_or(()) }
}

fn enumerated<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::from(name)).ok()
}
