//! The parcels of an order, each with its proof and its notice.

use crate::{
    pages::{Page, orders::exact_quantity, when::When},
    texts::fill,
};
use tallyman_app::ports::OrderRecord;
use tallyman_domain::{
    Extent, OrderRef, Shipment,
    carrier::{carrier_name, service_name},
    state::{NoticeState, ShipmentState},
};

pub(crate) struct ParcelView {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) voided: bool,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) items: Vec<String>,
    pub(crate) proof: Option<ProofView>,
    pub(crate) notice: (&'static str, &'static str),
    pub(crate) notice_at: Option<When>,
    pub(crate) notice_facts: Vec<(&'static str, String)>,
}

pub(crate) struct ProofView {
    /// Where the image is; none for those who may not see it.
    pub(crate) href: Option<String>,
    pub(crate) alt: String,
    pub(crate) digest: String,
    pub(crate) stored: When,
    pub(crate) there: Option<String>,
}

pub(super) fn of(page: &Page, reference: &OrderRef, record: &OrderRecord) -> Vec<ParcelView> {
    let both = record.state.shipments.iter().enumerate();
    both.map(|(index, state)| {
        let facts = record.shipments.iter().find(|facts| facts.id == state.id);
        view(page, reference, index + 1, state, facts)
    })
    .collect()
}

fn view(
    page: &Page,
    reference: &OrderRef,
    number: usize,
    state: &ShipmentState,
    facts: Option<&Shipment>,
) -> ParcelView {
    let t = page.t.orders;
    let numbered = |text| fill(text, &[("n", &number.to_string())]);
    let proof = state.proof.as_ref().map(|proof| ProofView {
        href: (!page.private.is_masked())
            .then(|| format!("/orders/{}/{}/proof/{}", reference.connection, reference.order, state.id)),
        alt: numbered(t.proof_alt),
        digest: proof.digest.hex(),
        stored: page.when(proof.stored_at),
        there: proof.reference.clone(),
    });
    let (notice, notice_at, extent, code) = notice(page, &state.notice);
    let mut notice_facts = Vec::new();
    notice_facts.extend(code.filter(|code| !code.is_empty()).map(|code| (t.notice_code, code)));
    notice_facts.extend(
        extent.map(|extent| {
            (t.notice_extent, if extent == Extent::All { t.extent_all } else { t.extent_part }.to_owned())
        }),
    );
    ParcelView {
        id: state.id.to_string(),
        title: numbered(t.parcel),
        voided: state.voided,
        facts: facts.map(|facts| of_facts(page, state, facts)).unwrap_or_default(),
        items: facts.map(items).unwrap_or_default(),
        proof,
        notice,
        notice_at,
        notice_facts,
    }
}

fn of_facts(page: &Page, state: &ShipmentState, facts: &Shipment) -> Vec<(&'static str, String)> {
    let t = page.t.orders;
    let mut rows = vec![(t.tracking, facts.tracking_number.clone()), (t.carrier, carrier_name(&facts.carrier))];
    rows.extend(facts.service.as_deref().map(|service| (t.service, service_name(service, &facts.carrier))));
    rows.push((t.ship_date, facts.ship_date.to_string()));
    rows.extend(facts.weight.map(|weight| (t.weight, format!("{} g", weight.0.normalize()))));
    rows.extend(facts.fee.map(|fee| (t.fee, fee.to_string())));
    if !state.merged.is_empty() {
        let with: Vec<String> = state.merged.iter().map(ToString::to_string).collect();
        rows.push((t.merged_with, with.join(", ")));
    }
    rows
}

fn items(facts: &Shipment) -> Vec<String> {
    let item = |item: &tallyman_domain::ShippedItem| {
        format!("{} × {}", exact_quantity(item.quantity), item.sku.as_deref().unwrap_or(&item.name))
    };
    facts.items.iter().map(item).collect()
}

type Said = ((&'static str, &'static str), Option<When>, Option<Extent>, Option<String>);

fn notice(page: &Page, notice: &NoticeState) -> Said {
    let t = page.t.orders;
    let told = |text, mood, at, extent: &Extent, code: &String| {
        ((text, mood), Some(page.when(at)), Some(*extent), Some(code.clone()))
    };
    match notice {
        NoticeState::Wanted => ((t.notice_wanted, "calm"), None, None, None),
        NoticeState::Attempting { extent, code, .. } => {
            ((t.notice_attempting, "warn"), None, Some(*extent), Some(code.clone()))
        }
        NoticeState::Sent { at, extent, code } => told(t.notice_sent, "warn", *at, extent, code),
        NoticeState::Confirmed { at, extent, code } => told(t.notice_confirmed, "good", *at, extent, code),
        NoticeState::Parked => ((t.notice_parked, "bad"), None, None, None),
        NoticeState::NotWanted => ((t.notice_not_wanted, "calm"), None, None, None),
    }
}
