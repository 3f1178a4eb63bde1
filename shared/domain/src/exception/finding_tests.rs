use super::*;
use crate::{Exception, ExceptionKind, carrier::NoService, samples::at};
use serde_json::{Value as Json, json};

fn stored(finding: &Finding) -> Exception {
    let now = at("2026-11-21T12:00:00Z");
    Exception::found(ExceptionKind::NoShipTo, None, finding.clone(), now, now)
}

#[test]
fn every_finding_reads_back_with_its_values_and_its_sentence_names_them_all() {
    for finding in Finding::samples() {
        let exception = stored(&finding);
        let json = serde_json::to_value(&exception).unwrap();
        let read: Exception = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(read, exception, "{finding:?}");
        // Words of somebody else's are the sentence itself: they aren't kept twice.
        assert_eq!(read.finding(), finding, "{finding:?}");
        let Json::Object(parts) = serde_json::to_value(&finding).unwrap() else { continue };
        for value in parts.values().filter_map(Json::as_object).flat_map(|values| values.values()) {
            let Some(value) = value.as_str().filter(|value| value.starts_with('<')) else { continue };
            assert!(exception.detail.contains(value), "{value} isn't in {:?}", exception.detail);
        }
    }
}

#[test]
fn what_was_stored_before_there_were_findings_is_read_as_the_words_it_is_and_written_as_it_was() {
    let old = json!({"k": "no_ship_to", "t": "2026-11-21T12:00:00Z", "d": "2026-11-23T12:00:00Z",
        "w": "status \"NEW\"", "n": 3});
    let read: Exception = serde_json::from_value(old.clone()).unwrap();
    assert_eq!(read.finding(), Finding::from("status \"NEW\""));
    assert_eq!(serde_json::to_value(&read).unwrap(), old);
}

#[test]
fn a_finding_of_a_newer_version_is_told_by_its_stored_sentence() {
    for newer in [json!("unheard_of"), json!({"unheard_of": {"by": "us"}}), json!({"status": {"other": 1}})] {
        let mut json = serde_json::to_value(stored(&Finding::NoAddress)).unwrap();
        json["f"] = newer;
        let read: Exception = serde_json::from_value(json).unwrap();
        assert_eq!(read.finding(), Finding::from("the marketplace gives no address"));
    }
}

#[test]
fn values_are_bounded_in_bytes_whatever_a_service_says() {
    let long = "订单".repeat(1_000);
    let inner = Finding::Unmapped { carrier: long.clone(), service: long.clone() };
    let exception = stored(&Finding::AndSaid { finding: Box::new(inner), words: long });
    let json = serde_json::to_string(&exception).unwrap();
    assert!(json.len() < 800 && exception.detail.len() <= 200, "{} bytes: {json}", json.len());
}

#[test]
fn a_service_that_cant_be_chosen_is_told_in_the_same_words_by_both() {
    let nos = [
        NoService::Unmapped { carrier: "acme".into(), service: "x".into() },
        NoService::NumberRefused { code: "UPS".into(), number: "1".into() },
        NoService::NoNumber,
    ];
    for no in nos {
        assert_eq!(Finding::from(&no).to_string(), no.to_string());
    }
}
