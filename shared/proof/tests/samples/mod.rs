//! Orders from all over the world, for the tests and for the example.

#![allow(clippy::unwrap_used, reason = "fixed texts that parse")]

use std::str::FromStr as _;
use tallyman_domain::{
    Address, ConnectionId, CountryCode, MarketplaceOrderId, OrderRef, ProofFacts, ProofItem, ShipmentId,
};

/// One item.
pub fn item(name: &str, sku: &str, quantity: &str, options: &[(&str, &str)]) -> ProofItem {
    ProofItem {
        sku: (!sku.is_empty()).then(|| sku.to_owned()),
        name: name.to_owned(),
        quantity: quantity.parse().unwrap(),
        options: options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

fn facts(seller: &str, ship_to: Address, items: Vec<ProofItem>) -> ProofFacts {
    ProofFacts {
        marketplace: "AliExpress".to_owned(),
        order: OrderRef::new(
            ConnectionId::parse("ali-main").unwrap(),
            MarketplaceOrderId::parse("8193456712345678").unwrap(),
        ),
        seller: seller.to_owned(),
        ship_to,
        ship_date: "2026-11-20".parse().unwrap(),
        carrier: "USPS".to_owned(),
        service: Some("Priority Mail International".to_owned()),
        tracking_number: "9400111899223197428490".to_owned(),
        items,
        weight_g: Some("1284.5".parse().unwrap()),
        carrier_fee: None,
        shipment: ShipmentId::parse("s318254071").unwrap(),
        recorded_at: jiff::Timestamp::from_str("2026-11-20T21:14:09Z").unwrap(),
    }
}

fn address(country: &str, name: &str, street: &[&str], city: &str, province: &str, post: &str, phone: &str) -> Address {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Address {
        name: name.to_owned(),
        company: None,
        street: street.iter().map(|line| (*line).to_owned()).collect(),
        city: city.to_owned(),
        province: some(province),
        postal_code: some(post),
        country: CountryCode::parse(country).unwrap(),
        phone: some(phone),
    }
}

/// The plainest one.
pub fn english() -> ProofFacts {
    let to = address(
        "US",
        "Maria Gonzalez-O’Neill",
        &["1600 Pennsylvania Ave NW", "Apt 4B"],
        "Washington",
        "DC",
        "20500",
        "+1 202 555 0148",
    );
    let items = vec![
        item("USB-C cable, braided, 2 m", "CAB-USBC-2M-BLK", "3", &[("Colour", "Black"), ("Length", "2 m")]),
        item("Bluetooth earbuds with charging case", "EAR-BT-0042", "1", &[("Colour", "White")]),
        item("Sticker sheet", "", "1", &[]),
    ];
    facts("Northwind Gadgets LLC", to, items)
}

/// Name, facts: one a script.
pub fn scripts() -> Vec<(&'static str, ProofFacts)> {
    [european(), east_asian(), right_to_left_and_thai()].into_iter().flatten().collect()
}

fn european() -> Vec<(&'static str, ProofFacts)> {
    let french = address("FR", "Élodie Lefèvre-Žižková", &["12 bis, rue de l’Œuvre"], "Besançon", "Doubs", "25000", "");
    let viet = address("VN", "Nguyễn Thị Ánh Tuyết", &["Số 7, ngõ 45 Đường Láng"], "Hà Nội", "", "100000", "");
    let russian = address(
        "RU",
        "Константин Щёголев",
        &["ул. Большая Ордынка, д. 17, стр. 1, кв. 42"],
        "Москва",
        "Московская область",
        "119017",
        "+7 495 123-45-67",
    );
    let greek =
        address("GR", "Ευάγγελος Παπαδόπουλος", &["Λεωφόρος Βασιλίσσης Σοφίας 46"], "Αθήνα", "Αττική", "115 28", "");
    vec![
        (
            "french",
            facts("Čokoládovna Šťastný s.r.o.", french, vec![item("Étui à lunettes, façon cuir", "ÉTUI-01", "2", &[])]),
        ),
        ("vietnamese", facts("Cửa hàng Hương Việt", viet, vec![item("Ấm trà gốm Bát Tràng", "TEA-77", "1", &[])])),
        (
            "russian",
            facts("ООО «Ромашка»", russian, vec![item("Чехол для телефона", "ЧЕХ-15", "2", &[("Цвет", "чёрный")])]),
        ),
        (
            "greek",
            facts("Ελληνικά Προϊόντα Α.Ε.", greek, vec![item("Ελαιόλαδο εξαιρετικό παρθένο", "OIL-5L", "1", &[])]),
        ),
    ]
}

fn east_asian() -> Vec<(&'static str, ProofFacts)> {
    let chinese = address(
        "CN",
        "欧阳晓骅",
        &["朝阳区建国门外大街1号国贸大厦A座1203室"],
        "北京市",
        "北京",
        "100004",
        "+86 10 6505 2288",
    );
    let taiwan = address("TW", "陳麗華", &["信義區市府路45號89樓"], "臺北市", "", "110", "");
    let japanese = address(
        "JP",
        "髙橋 さくら",
        &["千代田区丸の内1丁目9−1", "グラントウキョウノースタワー 18階"],
        "東京都",
        "",
        "100-0005",
        "+81 3-1234-5678",
    );
    let korean = address("KR", "김서연", &["강남구 테헤란로 152 강남파이낸스센터 21층"], "서울특별시", "", "06236", "");
    vec![
        (
            "chinese",
            facts(
                "深圳市华强北电子有限公司",
                chinese,
                vec![item("手机壳 适用于iPhone15，防摔", "壳-15-黑", "2", &[("颜色", "黑色")])],
            ),
        ),
        ("taiwanese", facts("義烏龍鳳禮品行", taiwan, vec![item("繁體字檯燈（附燈泡）", "LAMP-3", "1", &[])])),
        (
            "japanese",
            facts(
                "株式会社 直角商店",
                japanese,
                vec![item("骨伝導イヤホン「ワイヤレス」", "EAR-骨", "1", &[("色", "ホワイト")])],
            ),
        ),
        (
            "korean",
            facts(
                "주식회사 한빛무역",
                korean,
                vec![item("블루투스 이어폰 (화이트)", "BT-화이트", "1", &[("색상", "화이트")])],
            ),
        ),
    ]
}

fn right_to_left_and_thai() -> Vec<(&'static str, ProofFacts)> {
    let arabic = address(
        "SA",
        "عبد الرحمن بن خالد الأحمدي",
        &["شارع الملك فهد، مبنى رقم 12، الطابق 3"],
        "الرياض",
        "منطقة الرياض",
        "12211",
        "\u{202A}+966 55 123 4567\u{202C}",
    );
    let persian = address("IR", "زهرا می\u{200C}خواهم", &["خیابان ولیعصر، پلاک ۴۵"], "تهران", "", "۱۹۶۶۷", "");
    let hebrew = address(
        "IL",
        "שרה בן־דוד",
        &["רחוב דיזנגוף 50, דירה 12 (כניסה ב׳)"],
        "תל אביב־יפו",
        "",
        "6433222",
        "+972 3-123-4567",
    );
    let thai =
        address("TH", "สมชาย ศรีสุวรรณกิตติ์", &["99/1 ถนนพระรามที่ 1 แขวงปทุมวัน เขตปทุมวัน"], "กรุงเทพมหานคร", "", "10330", "");
    vec![
        (
            "arabic",
            facts(
                "مؤسسة النور للتجارة",
                arabic,
                vec![item("سماعة بلوتوث Pro 2 (أبيض)", "سماعة-2", "2", &[("اللون", "أبيض")])],
            ),
        ),
        ("persian", facts("فروشگاه پارس", persian, vec![item("قاب گوشی چرمی", "QAB-9", "1", &[])])),
        (
            "hebrew",
            facts(
                "חנות האור בע״מ",
                hebrew,
                vec![item("אוזניות Bluetooth 5.3, לבן!", "אוז-53", "1", &[("צבע", "לבן")])],
            ),
        ),
        ("thai", facts("บริษัท ไทยรุ่งเรือง จำกัด", thai, vec![item("หูฟังบลูทูธไร้สาย น้ำหนักเบา", "หูฟัง-1", "3", &[])])),
    ]
}

/// More than a page holds.
pub fn two_hundred_lines() -> ProofFacts {
    let items = (1..=200).map(|n| item(&format!("Spare part number {n}"), &format!("SP-{n:04}"), "2", &[])).collect();
    ProofFacts { items, ..english() }
}

/// A buyer who tries to break the page.
pub fn hostile() -> ProofFacts {
    let mut facts = english();
    let tower = format!("Z{}algo", "\u{0301}\u{0323}\u{0489}".repeat(60));
    facts.ship_to.name = format!("Eve\nTracking number\n1Z999\u{202E}dekcah\u{202C} {tower}");
    facts.ship_to.company = Some("M".repeat(5_000));
    facts.ship_to.street = (0..40).map(|n| format!("Line {n} \u{2067}{}", "ש".repeat(300))).collect();
    facts.ship_to.city = "😀👨‍👩‍👧 \u{7}\u{0}\u{FFFF}नमस्ते".to_owned();
    facts.ship_to.province = Some("ﷺ".repeat(400));
    facts.ship_to.phone = Some("+1".repeat(900));
    facts.seller = "W".repeat(3_000);
    facts.carrier = "C".repeat(300);
    facts.service = Some("Service ".repeat(90));
    facts.tracking_number = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn".to_owned();
    facts.items = (0..9)
        .map(|n| item(&"wide ".repeat(500), &"S".repeat(n * 100), "79228162514264337593543950335", &[]))
        .collect();
    facts
}
