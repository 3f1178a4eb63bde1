//! Who can sign in at the consent page.

use crate::platform::Platform;

/// An account at a marketplace. Made up.
#[derive(Debug, PartialEq, Eq)]
pub struct Seller {
    /// What the select `seller` sends.
    pub id: &'static str,
    /// As the page shows it.
    pub name: &'static str,
    /// The account's number, as all answers have it.
    pub user_id: &'static str,
    /// Its sign-in name.
    pub login_id: &'static str,
    /// Its country, ISO 3166 alpha-2.
    pub country: &'static str,
    /// `seller_center`, or what the marketplace calls its buyers.
    pub platform: &'static str,
    /// Whose orders this account sees: its own (false), or those marked as another seller's (true).
    pub foreign: bool,
}

const ALIEXPRESS: [Seller; 3] = [
    Seller {
        id: "seller-one",
        name: "Sandbox Trading Co.",
        user_id: "200042001",
        login_id: "cn-sandbox-one",
        country: "CN",
        platform: "seller_center",
        foreign: false,
    },
    Seller {
        id: "seller-two",
        name: "Another Shop",
        user_id: "200042002",
        login_id: "cn-sandbox-two",
        country: "CN",
        platform: "seller_center",
        foreign: true,
    },
    Seller {
        id: "buyer",
        name: "A buyer's account",
        user_id: "200042003",
        login_id: "us-sandbox-buyer",
        country: "US",
        platform: "buyerApp",
        foreign: true,
    },
];

const ALIBABA: [Seller; 3] = [
    Seller {
        id: "seller-one",
        name: "Sandbox Manufacturing Ltd.",
        user_id: "300042001",
        login_id: "cn-sandbox-maker",
        country: "CN",
        platform: "seller_center",
        foreign: false,
    },
    Seller {
        id: "seller-two",
        name: "Another Maker",
        user_id: "300042002",
        login_id: "cn-another-maker",
        country: "CN",
        platform: "seller_center",
        foreign: true,
    },
    Seller {
        id: "buyer",
        name: "A buyer's account",
        user_id: "300042003",
        login_id: "us-sandbox-importer",
        country: "US",
        platform: "buyApp",
        foreign: true,
    },
];

/// The accounts of a marketplace. The first is the one whose orders are here and whose tokens are registered.
#[must_use]
pub const fn of(platform: Platform) -> &'static [Seller] {
    match platform {
        Platform::AliExpress => &ALIEXPRESS,
        Platform::Alibaba => &ALIBABA,
    }
}

/// The account of this id.
#[must_use]
pub fn find(platform: Platform, id: &str) -> Option<&'static Seller> {
    of(platform).iter().find(|seller| seller.id == id)
}
