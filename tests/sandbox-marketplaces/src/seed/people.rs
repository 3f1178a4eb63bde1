//! Buyers and where they live, in the scripts they write in. Nobody of these exists.

/// What the customs of the country want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxKind {
    /// Nothing.
    None,
    /// The EU's import one-stop shop.
    Ioss,
    /// The receiver's VAT number.
    Vat,
    /// Brazil's personal number.
    Cpf,
    /// Korea's customs code.
    Pccc,
    /// A passport.
    Passport,
}

/// A buyer.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Given name.
    pub first_name: &'static str,
    /// Family name.
    pub last_name: &'static str,
    /// Street, without the number.
    pub street: &'static str,
    /// Second address line.
    pub flat: Option<&'static str>,
    /// City.
    pub city: &'static str,
    /// State, province.
    pub province: &'static str,
    /// ISO 3166 alpha-2.
    pub country: &'static str,
    /// English name.
    pub country_name: &'static str,
    /// Empty where the country has none.
    pub zip: &'static str,
    /// With the plus.
    pub dialling: &'static str,
    /// What the customs want.
    pub tax: TaxKind,
    /// May pay in euro.
    pub euro: bool,
}

/// The buyers in turn.
#[must_use]
pub fn nth(index: u64) -> &'static Person {
    let index = usize::try_from(index % PEOPLE.len() as u64).unwrap_or(0);
    &PEOPLE[index]
}

type Row = ([&'static str; 2], [&'static str; 2], [&'static str; 3], [&'static str; 2], &'static str, TaxKind, bool);

const fn person(row: Row) -> Person {
    let ([first_name, last_name], [street, flat], [city, province, zip], [country, country_name], dialling, tax, euro) =
        row;
    let flat = if flat.is_empty() { None } else { Some(flat) };
    Person { first_name, last_name, street, flat, city, province, country, country_name, zip, dialling, tax, euro }
}

use TaxKind::{Cpf, Ioss, None as Nothing, Passport, Pccc, Vat};

#[rustfmt::skip]
static PEOPLE: [Person; 24] = [
    person((["Emily", "Carter"], ["Maple Street", "Apt 4B"], ["Austin", "Texas", "78701"], ["US", "United States"], "+1", Nothing, false)),
    person((["伟", "王"], ["建国路88号", "3单元502室"], ["北京市", "朝阳区", "100022"], ["CN", "China"], "+86", Nothing, false)),
    person((["さくら", "田中"], ["神南1丁目", "コーポ渋谷 203号室"], ["渋谷区", "東京都", "150-0041"], ["JP", "Japan"], "+81", Nothing, false)),
    person((["민준", "김"], ["테헤란로", "한빛아파트 101동 1203호"], ["강남구", "서울특별시", "06236"], ["KR", "Korea"], "+82", Pccc, false)),
    person((["Анна", "Кузнецова"], ["улица Ленина, дом", "кв. 17"], ["Екатеринбург", "Свердловская область", "620014"], ["RU", "Russian Federation"], "+7", Passport, false)),
    person((["محمد", "العلي"], ["شارع الملك فهد", "الطابق الثالث"], ["الرياض", "منطقة الرياض", "12271"], ["SA", "Saudi Arabia"], "+966", Nothing, false)),
    person((["נועה", "לוי"], ["רחוב דיזנגוף", "דירה 8"], ["תל אביב", "מחוז תל אביב", "6433222"], ["IL", "Israel"], "+972", Nothing, false)),
    person((["สมชาย", "ใจดี"], ["ถนนสุขุมวิท", "ห้อง 1208"], ["กรุงเทพมหานคร", "วัฒนา", "10110"], ["TH", "Thailand"], "+66", Nothing, false)),
    person((["Ελένη", "Παπαδοπούλου"], ["Οδός Ερμού", ""], ["Αθήνα", "Αττική", "10563"], ["GR", "Greece"], "+30", Ioss, true)),
    person((["Zoë", "Lefèvre"], ["Rue de l’Église", "Bâtiment C, 2ᵉ étage"], ["Orléans", "Loiret", "45000"], ["FR", "France"], "+33", Ioss, true)),
    person((["Jürgen", "Groß"], ["Schönhauser Straße", ""], ["Köln", "Nordrhein-Westfalen", "50667"], ["DE", "Germany"], "+49", Ioss, true)),
    person((["João", "Gonçalves"], ["Avenida São João", "Bloco B, ap. 91"], ["São Paulo", "SP", "01035-000"], ["BR", "Brazil"], "+55", Cpf, false)),
    person((["Łukasz", "Wiśniewski"], ["ulica Żółkiewskiego", "m. 12"], ["Łódź", "łódzkie", "90-001"], ["PL", "Poland"], "+48", Vat, true)),
    person((["Søren", "Østergård"], ["Nørregade", "2. tv."], ["Ærøskøbing", "Syddanmark", "5970"], ["DK", "Denmark"], "+45", Vat, true)),
    person((["Oliver", "O'Brien"], ["King's Road", "Flat 2"], ["London", "Greater London", "SW3 4UD"], ["GB", "United Kingdom"], "+44", Nothing, false)),
    person((["María José", "Núñez"], ["Calle Gran Vía", "3º izq."], ["Madrid", "Madrid", "28013"], ["ES", "Spain"], "+34", Ioss, true)),
    person((["Nguyễn", "Thị Hương"], ["Đường Lê Lợi", "Phường Bến Nghé"], ["Thành phố Hồ Chí Minh", "Quận 1", "700000"], ["VN", "Vietnam"], "+84", Nothing, false)),
    person((["Aoife", "Ní Bhriain"], ["Sráid Uí Chonaill", ""], ["Dublin", "Leinster", "D01 F5P2"], ["IE", "Ireland"], "+353", Vat, true)),
    person((["Олена", "Шевченко"], ["вулиця Хрещатик", "під'їзд 2"], ["Київ", "м. Київ", "01001"], ["UA", "Ukraine"], "+380", Nothing, false)),
    person((["小明", "陳"], ["彌敦道", "12樓B室"], ["九龍", "油尖旺區", "000"], ["HK", "Hong Kong"], "+852", Nothing, false)),
    person((["Liam", "Tremblay"], ["Rue Saint-Denis", "#305"], ["Montréal", "QC", "H2X 3K3"], ["CA", "Canada"], "+1", Nothing, false)),
    person((["Žofie", "Dvořáková"], ["Náměstí Míru", ""], ["Plzeň", "Plzeňský kraj", "301 00"], ["CZ", "Czechia"], "+420", Ioss, true)),
    person((["Chloe", "Nguyen-Smith"], ["Harbour Parade", "Unit 7"], ["Sydney", "NSW", "2000"], ["AU", "Australia"], "+61", Nothing, false)),
    person((["Robert \"Bob\"", "Van der Berg & Sons"], ["N Michigan Ave", "Ste 1400, c/o Front Desk <14>"], ["Chicago", "Illinois", "60611-2403"], ["US", "United States"], "+1", Nothing, false)),
];
