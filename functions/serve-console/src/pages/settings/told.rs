//! Changes of settings, told in words.

use crate::{
    pages::{Page, when::When},
    texts::{Texts, fill, kinds, statuses},
};
use serde_json::Value;
use tallyman_app::settings::SettingsChange;
use tallyman_domain::{ExceptionKind, OrderStatus, Owner, settings::difference::Difference};

/// A change in the history.
pub(super) struct Change {
    pub(super) title: String,
    pub(super) by: String,
    pub(super) at: When,
    pub(super) undoes: Option<String>,
    pub(super) undo: String,
    pub(super) lines: Vec<Line>,
}

/// A field that differs.
pub(super) struct Line {
    pub(super) field: String,
    pub(super) before: String,
    pub(super) after: String,
}

impl Change {
    pub(super) fn of(page: &Page, connection: &str, change: &SettingsChange) -> Self {
        let (t, number) = (page.t.settings, change.number.to_string());
        let undoes = change.undoes.map(|number| fill(t.undoes, &[("number", &number.to_string())]));
        Self {
            title: fill(t.change, &[("number", &number)]),
            by: fill(t.by, &[("name", &change.by)]),
            at: When::exact(change.at, &page.reads),
            undoes,
            undo: format!("/connections/{connection}/settings/undo?number={number}"),
            lines: lines(page.t, &change.differences()),
        }
    }
}

pub(super) fn lines(t: &Texts, differences: &[Difference]) -> Vec<Line> {
    let said = |field: &str, text: &Option<String>| {
        text.as_deref().map_or(t.settings.not_set.to_owned(), |text| value(t, field, text))
    };
    let line = |d: &Difference| Line {
        field: label(t, &d.field),
        before: said(&d.field, &d.before),
        after: said(&d.field, &d.after),
    };
    differences.iter().map(line).collect()
}

fn named<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::from(name)).ok()
}

fn label(t: &Texts, field: &str) -> String {
    let s = t.settings;
    let (group, name) = field.split_once('.').unwrap_or((field, ""));
    let whole = match field {
        "seller_name" => s.seller_name,
        "take_statuses" => s.take_statuses,
        "start_from" => s.start_from,
        "notify_marketplace" => s.notify,
        "store_id" => s.store_id,
        "note_to_buyer" => s.note,
        "void_window_hours" => s.void_window,
        "cancelled_by" => s.cancelled_by,
        "shipped_by" => s.shipped_by,
        "batches" => s.batches,
        "tax_ids.custom_field" => s.tax_field,
        "tax_ids.internal_note" => s.tax_note,
        "customs.country_of_origin" => s.origin,
        "customs.tariff_code" => s.tariff,
        "customs.description" => s.description,
        _ => "",
    };
    match group {
        _ if !whole.is_empty() => whole.to_owned(),
        "status_map" => format!("{}: {name}", s.status_map),
        "carriers" => format!("{}: {name}", s.carriers),
        "owners" => {
            let kind = named::<ExceptionKind>(name).map_or(name, |kind| kinds::title(kind, t.lang));
            format!("{}: {kind}", s.owner_of)
        }
        // A newer version's setting: told by its own name.
        _ => field.to_owned(),
    }
}

fn value(t: &Texts, field: &str, text: &str) -> String {
    let s = t.settings;
    let status =
        |name: &str| named::<OrderStatus>(name).map_or(name.to_owned(), |is| statuses::status(is, t.lang).to_owned());
    match (field.split('.').next().unwrap_or_default(), text) {
        (_, "true") => s.yes.to_owned(),
        (_, "false") => s.no.to_owned(),
        ("cancelled_by", "marketplace") => s.cancelled_marketplace.to_owned(),
        ("cancelled_by", "warehouse") => s.cancelled_warehouse.to_owned(),
        ("shipped_by", "marketplace") => s.shipped_marketplace.to_owned(),
        ("shipped_by", "warehouse") => s.shipped_warehouse.to_owned(),
        ("status_map", name) => status(name),
        ("take_statuses", names) => names.split(", ").map(status).collect::<Vec<_>>().join(", "),
        ("owners", name) => {
            named::<Owner>(name).map_or(name.to_owned(), |owner| kinds::owner(owner, t.lang).to_owned())
        }
        _ => text.to_owned(),
    }
}
