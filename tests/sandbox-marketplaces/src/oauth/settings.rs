//! What a test may change about authorisation.

use serde::{Deserialize, Serialize};

use crate::platform::Platform;

/// How codes and tokens are given out from now on; those given out before stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Life of a code (s): three minutes at AliExpress, thirty at Alibaba.com.
    pub code_life_s: i64,
    /// Life of an access token (s).
    pub access_life_s: i64,
    /// From the authorisation to the end of renewing (s); renewing does not move it. 0: can't be renewed at all.
    pub refresh_life_s: i64,
    /// The answer to a renewal leaves `refresh_token` out, and the old one stays good.
    pub refresh_token_left_out: bool,
    /// A second authorisation by the same seller ends the tokens of the first.
    pub reauthorising_ends_old: bool,
    /// The caller's address is not on the app's white list: every call is refused with `AppWhiteIpLimit`.
    pub white_list_refuses: bool,
    /// Addresses that may be led back to, each to the letter.
    pub redirect_uris: Vec<String>,
}

/// How far the app is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Tokens for one day, renewable for two.
    Test,
    /// Tokens for as long as the marketplace gives them.
    Online,
}

const DAY_S: i64 = 86_400;

impl Settings {
    /// As for an app that is online.
    #[must_use]
    pub fn online(platform: Platform, redirect_uris: Vec<String>) -> Self {
        let mut settings = Self {
            code_life_s: match platform {
                Platform::AliExpress => 180,
                Platform::Alibaba => 1800,
            },
            access_life_s: 0,
            refresh_life_s: 0,
            refresh_token_left_out: false,
            reauthorising_ends_old: false,
            white_list_refuses: false,
            redirect_uris,
        };
        settings.enter(platform, Stage::Online);
        settings
    }

    /// Takes the lives of a stage.
    pub fn enter(&mut self, platform: Platform, stage: Stage) {
        (self.access_life_s, self.refresh_life_s) = match (stage, platform) {
            (Stage::Test, _) => (DAY_S, 2 * DAY_S),
            (Stage::Online, Platform::AliExpress) => (30 * DAY_S, 60 * DAY_S),
            (Stage::Online, Platform::Alibaba) => (10 * DAY_S, 60 * DAY_S),
        };
    }
}
