//! Carriers of the simulated warehouse, with tracking numbers whose check digits are right.

use crate::rng::Rng;

/// How a carrier writes its tracking numbers.
#[derive(Debug, Clone, Copy)]
enum Numbering {
    Usps,
    Ups,
    Fedex,
    Dhl,
    Acme,
}

/// A carrier with the service the warehouse buys from it.
#[derive(Debug)]
pub struct Service {
    pub carrier: &'static str,
    pub service: &'static str,
    /// What ShipStation's own pages call it: fulfilments may carry this instead of the code.
    pub display: &'static str,
    numbering: Numbering,
    /// Out of 100 parcels.
    share: u64,
}

/// All of them; the last is rare and known to no marketplace.
pub const SERVICES: [Service; 5] = [
    Service {
        carrier: "stamps_com",
        service: "usps_priority_mail_international",
        display: "USPS",
        numbering: Numbering::Usps,
        share: 40,
    },
    Service {
        carrier: "ups_walleted",
        service: "ups_worldwide_saver",
        display: "UPS",
        numbering: Numbering::Ups,
        share: 20,
    },
    Service {
        carrier: "fedex",
        service: "fedex_international_priority",
        display: "FedEx",
        numbering: Numbering::Fedex,
        share: 20,
    },
    Service {
        carrier: "dhl_express_worldwide",
        service: "dhl_express_worldwide",
        display: "DHL Express",
        numbering: Numbering::Dhl,
        share: 18,
    },
    Service {
        carrier: "acme_freight",
        service: "acme_economy",
        display: "Acme Freight",
        numbering: Numbering::Acme,
        share: 2,
    },
];

/// A label's carrier data.
#[derive(Debug, Clone)]
pub struct Label {
    pub carrier: String,
    pub service: String,
    pub display: String,
    pub tracking: String,
}

/// Whether the warehouse knows this `carriers` setting: `mixed` or one carrier code.
pub fn is_choice(choice: &str) -> bool {
    choice == "mixed" || SERVICES.iter().any(|service| service.carrier == choice)
}

/// Buys a label from one carrier, or from any by their shares.
pub fn buy(rng: &mut Rng, choice: &str, country: &str) -> Label {
    let drawn = rng.below(100);
    let mut sum = 0;
    let by_share = |service: &&Service| {
        sum += service.share;
        drawn < sum
    };
    let named = SERVICES.iter().find(|service| service.carrier == choice);
    let service = named.or_else(|| SERVICES.iter().find(by_share)).unwrap_or(&SERVICES[0]);
    let domestic = matches!(service.numbering, Numbering::Usps) && country == "US";
    Label {
        carrier: service.carrier.to_owned(),
        service: if domestic { "usps_ground_advantage" } else { service.service }.to_owned(),
        display: service.display.to_owned(),
        tracking: tracking(rng, service.numbering, domestic),
    }
}

fn tracking(rng: &mut Rng, numbering: Numbering, domestic: bool) -> String {
    match numbering {
        Numbering::Usps if domestic => {
            let serial = format!("9400111{}", rng.digits(14));
            let check = usps_check(&serial);
            format!("{serial}{check}")
        }
        Numbering::Usps => {
            let serial = rng.digits(8);
            format!("LX{serial}{}US", s10_check(&serial))
        }
        Numbering::Ups => {
            let shipper = rng.letters(6, b"ABCEFHRVWXY0123456789");
            let rest = format!("{shipper}66{}", rng.digits(7));
            format!("1Z{rest}{}", ups_check(&rest))
        }
        Numbering::Fedex => {
            let serial = rng.digits(11);
            format!("{serial}{}", fedex_check(&serial))
        }
        Numbering::Dhl => {
            let serial = rng.digits(9);
            format!("{serial}{}", serial.parse::<u64>().unwrap_or(0) % 7)
        }
        Numbering::Acme => format!("ACME{}", rng.digits(9)),
    }
}

fn digit(character: char) -> u32 {
    // UPS counts letters too: A is 2, B is 3 and so on, modulo 10.
    character.to_digit(10).unwrap_or_else(|| (u32::from(character) + 7) % 10)
}

fn weighted(serial: impl Iterator<Item = char>, weights: &[u32]) -> u32 {
    serial.zip(weights.iter().cycle()).map(|(character, weight)| digit(character) * weight).sum()
}

fn s10_check(serial: &str) -> u32 {
    match weighted(serial.chars(), &[8, 6, 4, 2, 3, 5, 9, 7]) % 11 {
        0 => 5,
        1 => 0,
        rest => 11 - rest,
    }
}

fn usps_check(serial: &str) -> u32 {
    (10 - weighted(serial.chars().rev(), &[3, 1]) % 10) % 10
}

fn ups_check(rest: &str) -> u32 {
    (10 - weighted(rest.chars(), &[1, 2]) % 10) % 10
}

fn fedex_check(serial: &str) -> u32 {
    weighted(serial.chars(), &[3, 1, 7]) % 11 % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn check_digits_agree_with_numbers_published_as_examples() {
        assert_eq!(s10_check("12345678"), 5, "LX123456785US");
        assert_eq!(ups_check("999AA1012345678"), 4, "1Z999AA10123456784");
    }

    /// Valid numbers of one format in the published data, without spaces.
    fn published(file: &str, format: &str) -> Vec<String> {
        let path = format!("{}/../../../shared/fixtures/tracking-number-data/{file}", env!("CARGO_MANIFEST_DIR"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            // Written past the test harness, which keeps what passing tests print to itself.
            let line = format!("SKIPPED: published tracking numbers: {path} is not there\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
            return Vec::new();
        };
        let data: serde_json::Value = serde_json::from_str(&text).unwrap();
        let formats = data["tracking_numbers"].as_array().unwrap();
        let found = formats.iter().find(|entry| entry["name"] == format).unwrap();
        let valid = found["test_numbers"]["valid"].as_array().unwrap();
        valid.iter().map(|number| number.as_str().unwrap().replace(' ', "")).collect()
    }

    #[test]
    fn check_digits_agree_with_published_tracking_numbers() {
        let last = |number: &str| number.chars().last().unwrap().to_digit(10).unwrap();
        for number in published("ups.json", "UPS") {
            assert_eq!(ups_check(&number[2..17]), last(&number), "{number}");
        }
        for number in published("fedex.json", "FedEx Express (12)") {
            assert_eq!(fedex_check(&number[..11]), last(&number), "{number}");
        }
        for number in published("usps.json", "USPS IMpb N").iter().filter(|number| number.len() == 22) {
            assert_eq!(usps_check(&number[..21]), last(number), "{number}");
        }
        for number in published("s10.json", "S10") {
            assert_eq!(s10_check(&number[2..10]), number[10..11].parse::<u32>().unwrap(), "{number}");
        }
        for number in published("dhl.json", "DHL Express").iter().filter(|number| number.len() == 10) {
            assert_eq!((number[..9].parse::<u64>().unwrap() % 7) as u32, last(number), "{number}");
        }
    }

    #[test]
    fn each_carrier_writes_its_own_shape() {
        let mut rng = Rng::new(7);
        for (choice, country, length, start) in [
            ("stamps_com", "GB", 13, "LX"),
            ("stamps_com", "US", 22, "94"),
            ("ups_walleted", "GB", 18, "1Z"),
            ("fedex", "GB", 12, ""),
            ("dhl_express_worldwide", "GB", 10, ""),
            ("acme_freight", "GB", 13, "ACME"),
        ] {
            let label = buy(&mut rng, choice, country);
            assert_eq!(label.carrier, choice);
            assert_eq!(label.tracking.len(), length, "{label:?}");
            assert!(label.tracking.starts_with(start), "{label:?}");
        }
    }

    #[test]
    fn mixed_means_all_carriers_with_the_unknown_one_rare() {
        let mut rng = Rng::new(7);
        let labels: Vec<_> = (0..1000).map(|_| buy(&mut rng, "mixed", "FR").carrier).collect();
        let count = |code: &str| labels.iter().filter(|carrier| *carrier == code).count();
        assert!(SERVICES.iter().all(|service| count(service.carrier) > 0));
        assert!(count("acme_freight") < 50);
    }
}
