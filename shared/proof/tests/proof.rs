//! The page as a reviewer and a scanner get it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod reader;
mod samples;

use tallyman_domain::{CountryCode, MarketplaceOrderId, Money, ProofFacts, ShipmentId};
use tallyman_proof::{ProofError, Renderer};

const MARGIN: usize = 90;

struct Page {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    dpi: u32,
}

fn decode(bytes: &[u8]) -> Page {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.color_type, frame.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
    let dims = reader.info().pixel_dims.unwrap();
    let dpi = (f64::from(dims.xppu) * 0.0254).round() as u32;
    Page { width: frame.width as usize, height: frame.height as usize, pixels, dpi }
}

impl Page {
    fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// What every scan line that reads at all reads, and how many do.
    fn barcode(&self) -> (String, usize, usize) {
        let read: Vec<(String, usize)> = (0..self.height).filter_map(|y| reader::scan(self.row(y))).collect();
        let (text, module) = read.first().cloned().expect("a barcode");
        assert!(read.iter().all(|other| *other == (text.clone(), module)));
        (text, module, read.len())
    }
}

fn all() -> Vec<(&'static str, ProofFacts)> {
    let mut all = samples::scripts();
    all.push(("english", samples::english()));
    all.push(("two hundred lines", samples::two_hundred_lines()));
    all.push(("hostile", samples::hostile()));
    all
}

#[test]
fn the_same_facts_give_the_same_bytes_whoever_draws_them_and_whatever_was_drawn_before() {
    let mut worn = Renderer::new().unwrap();
    let first: Vec<Vec<u8>> = all().iter().map(|(_, facts)| worn.render(facts).unwrap()).collect();
    for ((name, facts), first) in all().iter().zip(first).rev() {
        assert!(worn.render(facts).unwrap() == first, "{name} differs after other pages");
        assert!(Renderer::new().unwrap().render(facts).unwrap() == first, "{name} differs in a fresh renderer");
    }
}

/// The digest of all facts is printed below this.
const FOOTER: usize = 1600;

/// A change of one fact.
type Change = (&'static str, fn(&mut ProofFacts));

/// Every fact that a reviewer reads, changed a little.
const CHANGES: &[Change] = &[
    ("marketplace", |f| f.marketplace = "Alibaba.com".into()),
    ("order", |f| f.order.order = MarketplaceOrderId::parse("8100000000000009").unwrap()),
    ("seller", |f| f.seller.push('x')),
    ("name", |f| f.ship_to.name.push('x')),
    ("company", |f| f.ship_to.company = Some("Other Ltd".into())),
    ("street", |f| f.ship_to.street[0].push('9')),
    ("city", |f| f.ship_to.city = "Washingtom".into()),
    ("province", |f| f.ship_to.province = Some("Elsewhere".into())),
    ("postal code", |f| f.ship_to.postal_code = Some("99999".into())),
    ("country", |f| f.ship_to.country = CountryCode::parse("NZ").unwrap()),
    ("ship date", |f| f.ship_date = "2020-02-29".parse().unwrap()),
    ("carrier", |f| f.carrier.push('x')),
    ("service", |f| f.service = Some("Another Service".into())),
    ("tracking number", |f| f.tracking_number.push('7')),
    ("quantity", |f| f.items[0].quantity += rust_decimal::Decimal::ONE),
    ("SKU", |f| f.items[0].sku = Some("ANOTHER-SKU".into())),
    ("item", |f| f.items[0].name.push('x')),
    ("weight", |f| f.weight_g = Some(12_345.into())),
    ("shipment", |f| f.shipment = ShipmentId::parse("s987654321").unwrap()),
    ("recorded at", |f| f.recorded_at = "2020-02-29T03:04:05Z".parse().unwrap()),
];

#[test]
fn every_fact_is_drawn_where_a_reviewer_reads_it_and_not_only_in_the_digest() {
    let mut renderer = Renderer::new().unwrap();
    let mut above = |facts: &ProofFacts| {
        let page = decode(&renderer.render(facts).unwrap());
        (page.pixels[..FOOTER * page.width].to_vec(), page.pixels)
    };
    let (before, whole) = above(&samples::english());
    for (name, change) in CHANGES {
        let mut facts = samples::english();
        change(&mut facts);
        assert_ne!(facts, samples::english(), "{name} is what it was");
        assert!(above(&facts).0 != before, "{name} is not drawn");
    }
    // What the carrier charges is the seller's business: it is in the digest alone.
    let mut facts = samples::english();
    facts.carrier_fee = Money::parse("77.70", "USD").ok();
    let (same, other) = above(&facts);
    assert!(same == before && other != whole);
}

#[test]
fn every_page_is_a4_at_150_dpi_and_far_below_5_megabytes() {
    let mut renderer = Renderer::new().unwrap();
    for (name, facts) in all() {
        let bytes = renderer.render(&facts).unwrap();
        let page = decode(&bytes);
        assert_eq!((page.width, page.height, page.dpi), (1240, 1754, 150), "{name}");
        assert!(bytes.len() <= 512 * 1024, "{name}: {} bytes", bytes.len());
    }
}

#[test]
fn no_script_has_an_empty_box() {
    let mut renderer = Renderer::new().unwrap();
    for (name, facts) in samples::scripts() {
        let text = strangers_text(&facts);
        assert_eq!(renderer.missing_glyphs(&text), [], "{name}: {text}");
    }
    let more = "ĄąĆćŁłŃńŐőŰűŞşĞğİıÞþßẞÅåÆæØøĐđŽž ΆΈΉϊΰ ЇїЄєҐґЎў 한글 ㄱㄴ 乂囧の々〆ヶ 龍龙竜 «»„“”‘’–—…€£¥₩₪฿₽№°™®";
    assert_eq!(renderer.missing_glyphs(more), []);
}

/// Every text of the facts that a stranger wrote.
fn strangers_text(facts: &ProofFacts) -> String {
    let to = &facts.ship_to;
    let mut text = [facts.seller.as_str(), &to.name, &to.city].join(" ");
    let optional = [&to.company, &to.province, &to.postal_code, &to.phone];
    for part in optional.into_iter().flatten().chain(&to.street) {
        text = text + " " + part;
    }
    for item in &facts.items {
        text = text + " " + &item.name + " " + item.sku.as_deref().unwrap_or_default();
        text = item.options.iter().fold(text, |text, (name, value)| text + " " + name + " " + value);
    }
    text
}

#[test]
fn what_no_font_has_is_said_so() {
    assert_eq!(Renderer::new().unwrap().missing_glyphs("ok 😀"), ['😀']);
}

#[test]
fn the_barcode_reads_back_as_the_tracking_number() {
    let mut renderer = Renderer::new().unwrap();
    let numbers = [
        "9400111899223197428490",
        "1Z999AA10123456784",
        "RA123456789CN",
        "7",
        "LP00123456789012",
        "AbC-12/34 56",
        "123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn",
        "1234567890123456789012345678901234567890",
    ];
    for number in numbers {
        let facts = ProofFacts { tracking_number: number.to_owned(), ..samples::english() };
        let (text, module, lines) = decode(&renderer.render(&facts).unwrap()).barcode();
        assert_eq!(text, number);
        assert!(module >= if number.len() > 26 { 2 } else { 3 }, "{number}: {module} px a module");
        assert!(lines >= 118, "{number}: only {lines} scan lines"); // 2 cm
    }
}

#[test]
fn a_number_that_has_no_bars_is_an_error_and_not_a_page_without_them() {
    let mut renderer = Renderer::new().unwrap();
    for number in ["", " ", "номер 1", &"W".repeat(60)] {
        let facts = ProofFacts { tracking_number: number.to_owned(), ..samples::english() };
        assert!(matches!(renderer.render(&facts), Err(ProofError::Tracking(_))), "{number:?}");
    }
}

#[test]
fn two_hundred_lines_and_hostile_text_leave_margins_footer_and_barcode_alone() {
    let mut renderer = Renderer::new().unwrap();
    for facts in [samples::two_hundred_lines(), samples::hostile()] {
        let page = decode(&renderer.render(&facts).unwrap());
        for y in 140..page.height {
            let row = page.row(y);
            let clear = |pixels: &[u8]| pixels.iter().all(|gray| *gray == 255);
            assert!(
                clear(&row[..MARGIN - 2]) && clear(&row[page.width - MARGIN + 2..]),
                "ink in the margin of row {y}"
            );
            let above_footer = (page.height - 160..page.height - 150).contains(&y);
            assert!(!above_footer || clear(row), "ink between the items and the footer in row {y}");
        }
        assert_eq!(page.barcode().0, facts.tracking_number);
    }
}
