use super::*;

/// A label as ShipStation writes one, with some fields replaced.
fn label(changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("shipmentId", "33974374"),
        ("orderId", "43945660"),
        ("orderKey", r#""ali-us:8123""#),
        ("orderNumber", r#""8123""#),
        ("createDate", r#""2026-07-01T06:51:33.6270000""#),
        ("shipDate", r#""2026-07-01""#),
        ("shipmentCost", "10.10"),
        ("trackingNumber", r#""9400111899561704681189""#),
        ("isReturnLabel", "false"),
        ("carrierCode", r#""stamps_com""#),
        ("serviceCode", r#""usps_first_class_mail""#),
        ("voided", "false"),
        ("marketplaceNotified", "true"),
        ("notifyErrorMessage", "null"),
        ("weight", r#"{"value":6.0,"units":"ounces","WeightUnits":1}"#),
        (
            "shipTo",
            r#"{"name":"Yoda","company":"","street1":"1 Low Ln","street2":"","street3":null,"city":"Manchaca",
                "state":"TX","postalCode":"78652","country":"US","phone":"1"}"#,
        ),
        ("shipmentItems", r#"[{"lineItemKey":"8123001","sku":"A-1","name":"Cup","quantity":2,"unitPrice":1}]"#),
    ];
    for (name, value) in changes {
        fields.retain(|(n, _)| n != name);
        fields.push((name, value));
    }
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
    format!("{{{}}}", fields.join(","))
}

fn pages(list: &str, records: &[String], more: &str) -> String {
    format!(r#"{{"{list}":[{}]{more}}}"#, records.join(","))
}

fn read(records: &[String]) -> Page<WarehouseChange> {
    page(pages("shipments", records, "").as_bytes(), Kind::Shipments, 0).unwrap()
}

fn one(changes: &[(&str, &str)]) -> WarehouseChange {
    let page = read(&[label(changes)]);
    assert_eq!(page.unreadable, Vec::<String>::new());
    page.items.into_iter().next().unwrap()
}

#[test]
fn a_label_is_read_with_every_field() {
    let change = one(&[]);
    assert_eq!(change.order, OrderRef::from_order_key("ali-us:8123"));
    assert_eq!(change.order_number, "8123");
    let shipment = change.shipment;
    assert_eq!((shipment.id.as_str(), shipment.warehouse_order), ("s33974374", 43_945_660));
    assert_eq!(shipment.tracking_number, "9400111899561704681189");
    assert_eq!((shipment.carrier.as_str(), shipment.service.as_deref()), ("stamps_com", Some("usps_first_class_mail")));
    assert_eq!(shipment.ship_date.to_string(), "2026-07-01");
    assert_eq!(shipment.created_at.to_string(), "2026-07-01T13:51:33.627Z");
    assert_eq!(shipment.fee.unwrap().to_string(), "10.1");
    assert_eq!(shipment.weight.unwrap().0.to_string(), "170.09713875");
    let address = shipment.ship_to.unwrap();
    assert_eq!((address.country.as_str(), address.street), ("US", vec!["1 Low Ln".to_owned()]));
    assert_eq!((address.company, address.province.as_deref()), (None, Some("TX")));
    let [item] = &shipment.items[..] else { panic!("one item") };
    assert_eq!((item.line.as_ref().unwrap().as_str(), item.quantity), ("8123001", Decimal::TWO));
    assert_eq!((shipment.voided, shipment.whole_order, shipment.marketplace_notified), (false, false, Some(true)));
    assert_eq!(shipment.notify_error, None);
}

#[test]
fn weights_become_grams_without_rounding() {
    for (weight, grams) in [
        (r#"{"value":1,"units":"pounds"}"#, Some("453.59237")),
        (r#"{"value":0.1,"units":"ounces"}"#, Some("2.8349523125")),
        (r#"{"value":250.5,"units":"grams"}"#, Some("250.5")),
        (r#"{"value":0.0,"units":"ounces"}"#, None),
        (r#"{"value":5,"units":"stones"}"#, None),
        (r#"{"value":null,"units":null}"#, None),
        ("null", None),
    ] {
        assert_eq!(one(&[("weight", weight)]).shipment.weight.map(|w| w.0.to_string()).as_deref(), grams, "{weight}");
    }
}

#[test]
fn a_bad_record_fails_alone_and_is_named_without_its_values() {
    let page = read(&[
        label(&[("shipmentId", "1")]),
        label(&[("shipmentId", "2"), ("shipDate", r#""Jane Doe""#)]),
        label(&[("shipmentId", "3"), ("shipmentItems", r#"[{"name":"Cup","quantity":"Jane Doe"}]"#)]),
        label(&[("shipmentId", r#""Jane Doe""#)]),
        label(&[("shipmentId", "-4")]),
        label(&[("shipmentId", "5"), ("orderId", "null")]),
        label(&[("shipmentId", "6"), ("voided", "null")]),
        label(&[("shipmentId", "7"), ("createDate", r#""2026-02-30T00:00:00""#)]),
        "[]".to_owned(),
        "null".to_owned(),
        label(&[("shipmentId", "8")]),
    ]);
    let ids: Vec<_> = page.items.iter().map(|change| change.shipment.id.as_str()).collect();
    assert_eq!(ids, ["s1", "s8"]);
    assert_eq!(page.unreadable[0], "s2: shipDate: expected a date");
    assert_eq!(page.unreadable[1], "s3: shipmentItems[0].quantity: expected a decimal number");
    assert_eq!(page.unreadable[2], "s?: shipmentId: expected a whole number");
    assert_eq!(page.unreadable[4], "s5: orderId: expected a whole number");
    assert_eq!(page.unreadable.len(), 9);
    assert!(page.unreadable.iter().all(|text| !text.contains("Jane")), "{:?}", page.unreadable);
}

#[test]
fn return_labels_and_labels_without_an_order_are_no_shipments() {
    let page = read(&[
        label(&[("isReturnLabel", "true")]),
        label(&[("orderId", "null"), ("orderKey", "null"), ("orderNumber", "null")]),
    ]);
    assert_eq!((page.items.len(), page.unreadable.len()), (0, 0));
}

#[test]
fn adjustments_are_no_goods_and_a_foreign_item_has_no_line() {
    let items = r#"[{"lineItemKey":"adjustment-3","name":"Coupon","quantity":1},
        {"lineItemKey":null,"name":"Fee","quantity":1,"adjustment":true},
        {"lineItemKey":"a b","sku":"","name":"Sticker","quantity":1.0},
        {"lineItemKey":null,"sku":"G","name":"Gift","quantity":1}]"#;
    let shipment = one(&[("shipmentItems", items)]).shipment;
    assert_eq!(shipment.items.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(), ["Sticker", "Gift"]);
    assert!(shipment.items.iter().all(|item| item.line.is_none()));
    assert_eq!(shipment.items[0].sku, None);
    assert!(one(&[("shipmentItems", "null")]).shipment.items.is_empty());
}

#[test]
fn an_address_that_cannot_be_read_is_none_and_the_shipment_stays() {
    for address in [
        "null",
        "[]",
        r#"{"name":"Yoda","street1":"1 Low Ln","city":"X","country":"Atlantis"}"#,
        r#"{"name":"Yoda","street1":"","city":"X","country":"US"}"#,
        r#"{"name":"","street1":"1 Low Ln","city":"X","country":"US"}"#,
        r#"{"name":"Yoda","street1":7,"city":"X","country":"US"}"#,
    ] {
        assert_eq!(one(&[("shipTo", address)]).shipment.ship_to, None, "{address}");
    }
}

#[test]
fn an_order_that_is_not_ours_is_no_order_and_voided_and_told_are_facts() {
    let change = one(&[
        ("orderKey", r#""8061c220f0794a9b92460b8bae6837e4""#),
        ("voided", "true"),
        ("notifyErrorMessage", r#""Store says no""#),
        ("marketplaceNotified", "false"),
    ]);
    assert_eq!(change.order, None);
    let shipment = change.shipment;
    assert!(shipment.voided);
    assert_eq!((shipment.marketplace_notified, shipment.notify_error.as_deref()), (Some(false), Some("Store says no")));
}

#[test]
fn an_order_marked_as_shipped_is_whole_and_has_neither_order_nor_items_nor_a_free_carrier() {
    let record = r#"{"fulfillmentId":246310,"orderId":7,"orderNumber":"101","trackingNumber":null,
        "createDate":"2026-06-08T12:54:53.347","shipDate":"2026-06-08T00:00:00.0000000","carrierCode":"FedEx",
        "fulfillmentServiceCode":"ground","fulfillmentFee":0.0,"voided":false,"marketplaceNotified":true,
        "notifyErrorMessage":null,"shipTo":null}"#;
    let body = pages("fulfillments", &[record.to_owned(), record.replace("0.0,", "4.5,")], "");
    let page = page(body.as_bytes(), Kind::Fulfillments, 0).unwrap();
    let [change, paid] = &page.items[..] else { panic!("{:?}", page.unreadable) };
    assert_eq!((change.shipment.id.as_str(), change.shipment.whole_order), ("f246310", true));
    assert_eq!((&change.order, change.order_number.as_str(), &change.shipment.fee), (&None, "101", &None));
    assert_eq!((change.shipment.service.as_deref(), change.shipment.tracking_number.as_str()), (Some("ground"), ""));
    assert_eq!(change.shipment.ship_date.to_string(), "2026-06-08");
    assert_eq!(paid.shipment.fee.unwrap().to_string(), "4.5");
}

#[test]
fn there_is_another_page_when_the_pages_or_the_total_say_so() {
    for (more, number, expected) in [
        (r#","total":3,"page":1,"pages":1"#, 0, false),
        (r#","total":900,"page":1,"pages":2"#, 0, true),
        (r#","total":900,"page":2,"pages":2"#, 1, false),
        (r#","total":2,"page":1,"pages":0"#, 0, false),
        (r#","total":501,"page":1,"pages":0"#, 0, true),
        (r#","total":501,"page":2,"pages":0"#, 1, false),
        ("", 0, false),
    ] {
        let body = pages("shipments", &[], more);
        assert_eq!(page(body.as_bytes(), Kind::Shipments, number).unwrap().more, expected, "{more}");
    }
}

#[test]
fn a_page_without_its_list_is_not_an_empty_page() {
    for body in ["{}", r#"{"shipments":null}"#, r#"{"fulfillments":[]}"#, r#"{"message":"ok"}"#] {
        assert!(page(body.as_bytes(), Kind::Shipments, 0).is_err(), "{body}");
    }
}
