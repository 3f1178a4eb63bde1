use super::*;

const REAL: &str = "https://ssapi.shipstation.com";
const LOCAL: &str = "http://127.0.0.1:9900";

#[test]
fn the_urls_that_shipstation_sends_are_allowed() {
    for url in [
        "https://ssapi.shipstation.com/shipments?batchId=1&includeShipmentItems=False",
        "https://ssapi6.shipstation.com/shipments?batchId=190671332&includeShipmentItems=False",
        "https://ssapi13.shipstation.com/orders?importBatch=1f2e3d4c-0000-4000-8000-1234567890ab",
        "https://ssapi.shipstation.com:443/fulfillments",
        "https://SSAPI6.ShipStation.com/shipments",
    ] {
        assert!(allowed_resource(url, REAL), "{url}");
        assert!(allowed_resource(url, LOCAL), "{url}");
    }
}

#[test]
fn the_origin_of_the_base_url_is_allowed_and_no_other_port_or_scheme_of_it() {
    assert!(allowed_resource("http://127.0.0.1:9900/shipments?batchId=1", LOCAL));
    for url in ["http://127.0.0.1:9901/shipments", "https://127.0.0.1:9900/shipments", "http://127.0.0.1/shipments"] {
        assert!(!allowed_resource(url, LOCAL), "{url}");
    }
    assert!(!allowed_resource("http://127.0.0.1:9900/shipments", REAL));
    assert!(!allowed_resource("http://127.0.0.1:9900/shipments", "no url"));
}

#[test]
fn hostile_urls_are_refused() {
    for url in [
        // other hosts that look alike
        "https://ssapi.shipstation.com.evil.com/shipments",
        "https://evil.com/ssapi.shipstation.com/shipments",
        "https://evil.com?https://ssapi.shipstation.com",
        "https://evil.com#.shipstation.com",
        "https://ssapishipstation.com/shipments",
        "https://xssapi.shipstation.com/shipments",
        "https://ssapi.shipstation.co/shipments",
        "https://ssapi6a.shipstation.com/shipments",
        "https://ssapi-6.shipstation.com/shipments",
        "https://ssapi.6.shipstation.com/shipments",
        "https://ssapi6.evil.shipstation.com/shipments",
        "https://api.shipstation.com/v2/labels",
        "https://www.shipstation.com/",
        // trailing dots and empty labels
        "https://ssapi.shipstation.com./shipments",
        "https://ssapi..shipstation.com/shipments",
        "https://.ssapi.shipstation.com/shipments",
        // user names
        "https://ssapi.shipstation.com@evil.com/shipments",
        "https://ssapi.shipstation.com:443@evil.com/shipments",
        "https://user@ssapi.shipstation.com/shipments",
        "https://user:pass@ssapi.shipstation.com/shipments",
        "https://@ssapi.shipstation.com/shipments",
        "https://:@ssapi.shipstation.com/shipments",
        "https://evil.com\\@ssapi.shipstation.com/shipments",
        // ports and schemes
        "https://ssapi.shipstation.com:8443/shipments",
        "https://ssapi.shipstation.com:80/shipments",
        "https://ssapi.shipstation.com:99999/shipments",
        "http://ssapi.shipstation.com/shipments",
        "http://ssapi.shipstation.com:443/shipments",
        "ftp://ssapi.shipstation.com/shipments",
        "wss://ssapi.shipstation.com/shipments",
        "file://ssapi.shipstation.com/etc/passwd",
        "javascript:https://ssapi.shipstation.com",
        "HTTPS://ssapi.shipstation.com/shipments",
        // what parsers repair
        "https:ssapi.shipstation.com/shipments",
        "https:/ssapi.shipstation.com/shipments",
        "https:///ssapi.shipstation.com/shipments",
        "https:\\\\ssapi.shipstation.com\\shipments",
        "https://ssapi.shipstation.com\\.evil.com/shipments",
        "https://evil.com\\.ssapi.shipstation.com/",
        " https://ssapi.shipstation.com/shipments",
        "https://ssapi.shipstation.com/shipments ",
        "https://ssapi.ship\tstation.com/shipments",
        "https://ssapi.shipstation.com/\r\nHost: evil.com",
        "https://ssapi.shipstation.com/\0",
        "https://ssapi%2eshipstation.com/shipments",
        "https://ssapi.shipstation.com%2eevil.com/shipments",
        "https://ssapi.shipstation.com%00.evil.com/shipments",
        // letters that look or fold alike
        "https://ѕsapi.shipstation.com/shipments",
        "https://ｓｓａｐｉ.shipstation.com/shipments",
        "https://ssapi。shipstation。com/shipments",
        "https://ssapi６.shipstation.com/shipments",
        "https://ssapi٦.shipstation.com/shipments",
        "https://xn--sapi-tyd.shipstation.com/shipments",
        // the inside of a cloud
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/shipments",
        "http://localhost:9900/shipments",
        "http://2130706433:9900/shipments",
        "//ssapi.shipstation.com/shipments",
        "/shipments",
        "",
    ] {
        assert!(!allowed_resource(url, REAL), "{url:?}");
    }
    assert!(!allowed_resource(&format!("{REAL}/shipments?{}", "x".repeat(URL_BYTES_MAX)), REAL));
}

#[test]
fn of_every_change_by_one_character_in_the_host_only_a_digit_keeps_it_allowed() {
    let host = "ssapi.shipstation.com";
    for at in 0..=host.len() {
        for byte in 0x21..0x7f_u8 {
            let mut changed = host.as_bytes().to_vec();
            changed.insert(at, byte);
            let changed = String::from_utf8(changed).unwrap();
            let digit = byte.is_ascii_digit() && at == "ssapi".len();
            // After the host these only begin the port, path, query or fragment.
            let ends_host = at == host.len() && matches!(byte, b'/' | b'?' | b'#' | b':');
            assert_eq!(allowed_resource(&format!("https://{changed}"), REAL), digit || ends_host, "{changed}");
        }
    }
}

fn listed(url: &str, base: &str) -> String {
    match target(url, &super::base(base).unwrap(), 1).unwrap() {
        Target::List(_, url) => url.to_string(),
        Target::Orders => "orders".into(),
    }
}

#[test]
fn items_page_and_page_size_are_ours_and_the_rest_of_the_query_stays() {
    assert_eq!(
        listed(
            "https://ssapi6.shipstation.com/shipments?batchId=7&includeShipmentItems=False&PAGE=9&pagesize=1#x",
            REAL
        ),
        "https://ssapi6.shipstation.com/shipments?batchId=7&includeShipmentItems=true&page=2&pageSize=500"
    );
    assert_eq!(
        listed("https://ssapi.shipstation.com/fulfillments?batchId=7&includeShipmentItems=False", REAL),
        "https://ssapi.shipstation.com/fulfillments?batchId=7&page=2&pageSize=500"
    );
    assert_eq!(listed("https://ssapi.shipstation.com/orders?importBatch=a", REAL), "orders");
    assert_eq!(
        listed("http://127.0.0.1:9900/v1/shipments", "http://127.0.0.1:9900/v1/"),
        "http://127.0.0.1:9900/v1/shipments?includeShipmentItems=true&page=2&pageSize=500"
    );
}

#[test]
fn other_resources_of_the_same_host_are_refused() {
    for path in ["/", "/orders/7", "/stores", "/shipments/7", "/shipments/../accounts", "/%73hipments", "/v1/shipments"]
    {
        let url = format!("{REAL}{path}");
        assert!(target(&url, &base(REAL).unwrap(), 0).is_err(), "{url}");
    }
}
