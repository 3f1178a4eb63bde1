//! Every field of the recorded answers that we ask for is read, or known as not needed and why.

use crate::accounting::{NotNeeded, account};
use crate::recorded::{all_time, recorded};
use crate::server::{Server, json};
use serde_json::{Value, json as value};
use tallyman_app::ports::Warehouse;

const NOTHING: &[String] = &[];

async fn shipments(answer: Value) -> String {
    let page = Server::start(vec![json(&answer.to_string())]).client().shipments(all_time(), 0).await;
    format!("{page:?}")
}

async fn fulfillments(answer: Value) -> String {
    let page = Server::start(vec![json(&answer.to_string())]).client().fulfillments(all_time(), 0).await;
    format!("{page:?}")
}

async fn entries(orders: Value) -> String {
    let orders = orders.as_array().unwrap();
    let client = Server::start(orders.iter().map(|order| json(&order.to_string())).collect()).client();
    let mut entries = Vec::new();
    for _ in orders {
        entries.push(client.entry(1).await);
    }
    format!("{entries:?}")
}

async fn subscriptions(answer: Value) -> String {
    format!("{:?}", Server::start(vec![json(&answer.to_string())]).client().subscriptions().await)
}

const SHIPMENTS: NotNeeded<'_> = &[
    ("the page that was asked for", &["page"]),
    (
        "who pays the carrier, and for which store it is: the order that we sent says so",
        &[
            "shipments.advancedOptions.billToAccount",
            "shipments.advancedOptions.billToCountryCode",
            "shipments.advancedOptions.billToParty",
            "shipments.advancedOptions.billToPostalCode",
            "shipments.advancedOptions.storeId",
        ],
    ),
    (
        "how the warehouse works: batch, person, place, wrapping, signature at the door",
        &[
            "shipments.batchNumber",
            "shipments.userId",
            "shipments.warehouseId",
            "shipments.packageCode",
            "shipments.confirmation",
            "shipments.dimensions",
        ],
    ),
    (
        "what insurance costs is no carrier's fee",
        &[
            "shipments.insuranceCost",
            "shipments.insuranceOptions.insureShipment",
            "shipments.insuranceOptions.insuredValue",
            "shipments.insuranceOptions.provider",
        ],
    ),
    ("the label itself, which lists never carry", &["shipments.formData", "shipments.labelData"]),
    ("the marketplace's order has the buyer's", &["shipments.customerEmail"]),
    ("`voided` says that it is; when changes nothing", &["shipments.voidDate"]),
    ("ShipStation's opinion of the address", &["shipments.shipTo.addressVerified", "shipments.shipTo.residential"]),
    ("`units` says the same in words", &["shipments.weight.WeightUnits"]),
];

#[tokio::test]
async fn every_field_of_recorded_shipments_is_read_or_known_as_not_needed() {
    let Some(text) = recorded("list_shipments") else { return };
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(account(&answer, SHIPMENTS, shipments).await, NOTHING);

    let mut newer = answer.clone();
    newer["shipments"][1]["newField"] = value!({"a": 1});
    let missed = account(&newer, SHIPMENTS, shipments).await;
    assert_eq!(missed, ["shipments.newField.a is neither read nor known as not needed"]);
    let mistaken: NotNeeded<'_> = &[("a mistake", &["shipments.shipmentCost"])];
    let missed = account(&answer, mistaken, shipments).await;
    assert!(missed.contains(&"shipments.shipmentCost is known as not needed, but it is read".to_owned()), "{missed:?}");
    assert!(missed.contains(&"shipments.userId is neither read nor known as not needed".to_owned()), "{missed:?}");
}

#[tokio::test]
async fn every_field_of_recorded_fulfillments_is_read_or_known_as_not_needed() {
    let Some(text) = recorded("list_fulfillments") else { return };
    let not_needed: NotNeeded<'_> = &[
        ("the page that was asked for", &["page"]),
        ("the marketplace's order has the buyer's", &["fulfillments.customerEmail"]),
        ("when it arrives is the carrier's to say", &["fulfillments.deliveryDate"]),
        (
            "which service of ShipStation's sent it; carrier and number are what the buyer follows",
            &["fulfillments.fulfillmentProviderCode"],
        ),
        ("how the warehouse works", &["fulfillments.userId"]),
        (
            "`voided` says that it is; a wish to void it doesn't, and when changes nothing",
            &["fulfillments.voidDate", "fulfillments.voidRequested"],
        ),
        (
            "ShipStation's opinion of the address",
            &["fulfillments.shipTo.addressVerified", "fulfillments.shipTo.residential"],
        ),
    ];
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(account(&answer, not_needed, fulfillments).await, NOTHING);
}

/// An order is read back for one thing only: to attribute its shipments. Everything else of it is what we sent, what
/// the marketplace says better, or what its shipments say themselves.
const SENT: &str = "what we sent, and the marketplace owns";
const WORK: &str = "how the warehouse works; the shipments say what came of it";
const ORDER: NotNeeded<'_> = &[
    (
        SENT,
        &[
            "advancedOptions.customField1",
            "advancedOptions.customField2",
            "advancedOptions.customField3",
            "advancedOptions.source",
            "advancedOptions.storeId",
            "amountPaid",
            "billTo.city",
            "billTo.company",
            "billTo.country",
            "billTo.name",
            "billTo.phone",
            "billTo.postalCode",
            "billTo.state",
            "billTo.street1",
            "billTo.street2",
            "billTo.street3",
            "customerEmail",
            "customerNotes",
            "customerUsername",
            "gift",
            "giftMessage",
            "internalNotes",
            "internationalOptions.contents",
            "internationalOptions.customsItems",
            "internationalOptions.customsItems.countryOfOrigin",
            "internationalOptions.customsItems.customsItemId",
            "internationalOptions.customsItems.description",
            "internationalOptions.customsItems.harmonizedTariffCode",
            "internationalOptions.customsItems.quantity",
            "internationalOptions.customsItems.value",
            "internationalOptions.nonDelivery",
            "orderDate",
            "orderTotal",
            "paymentDate",
            "paymentMethod",
            "requestedShippingService",
            "shipByDate",
            "shipTo.city",
            "shipTo.company",
            "shipTo.country",
            "shipTo.name",
            "shipTo.phone",
            "shipTo.postalCode",
            "shipTo.state",
            "shipTo.street1",
            "shipTo.street2",
            "shipTo.street3",
            "shippingAmount",
            "taxAmount",
            "weight.WeightUnits",
            "weight.units",
            "weight.value",
        ],
    ),
    (
        WORK,
        &[
            "advancedOptions.billToAccount",
            "advancedOptions.billToCountryCode",
            "advancedOptions.billToMyOtherAccount",
            "advancedOptions.billToParty",
            "advancedOptions.billToPostalCode",
            "advancedOptions.containsAlcohol",
            "advancedOptions.nonMachinable",
            "advancedOptions.saturdayDelivery",
            "advancedOptions.warehouseId",
            "carrierCode",
            "confirmation",
            "customerId",
            "dimensions",
            "externallyFulfilled",
            "externallyFulfilledBy",
            "holdUntilDate",
            "insuranceOptions.insureShipment",
            "insuranceOptions.insuredValue",
            "insuranceOptions.provider",
            "labelMessages",
            "packageCode",
            "serviceCode",
            "shipDate",
            "tagIds",
            "userId",
        ],
    ),
    ("parent and merged ids say with what", &["advancedOptions.mergedOrSplit"]),
    ("when ShipStation made and changed its copy", &["createDate", "modifyDate"]),
    (
        "ShipStation's opinion of the address",
        &["billTo.addressVerified", "billTo.residential", "shipTo.addressVerified", "shipTo.residential"],
    ),
];

#[tokio::test]
async fn every_field_of_recorded_orders_is_read_or_known_as_not_needed() {
    let (Some(one), Some(list)) = (recorded("get_order"), recorded("list_orders")) else { return };
    let list: Value = serde_json::from_str(&list).unwrap();
    let mut orders: Vec<Value> = list["orders"].as_array().unwrap().clone();
    orders.push(serde_json::from_str(&one).unwrap());
    assert_eq!(account(&Value::Array(orders), ORDER, entries).await, NOTHING);
}

#[tokio::test]
async fn every_field_of_recorded_webhooks_is_read_or_known_as_not_needed() {
    let Some(text) = recorded("list_webhooks") else { return };
    let not_needed: NotNeeded<'_> = &[
        ("whose it is: ours are known by their address", &["SellerID", "StoreID", "Seller", "Store", "Name"]),
        ("ShipStation's own", &["IsLabelAPIHook", "BulkCopyBatchID", "BulkCopyRecordID", "WebhookLogs"]),
        ("there is no other", &["MessageFormat"]),
    ];
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(account(&answer, not_needed, subscriptions).await, NOTHING);
}
