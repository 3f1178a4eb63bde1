//! Codes and tokens: what was given out, what of it is still good, and a book of every call. No clock, no I/O.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::sellers::{self, Seller};
use super::settings::Settings;
use crate::platform::Platform;
use crate::refusal::Refusal;

/// One authorisation by a seller, with the pair of tokens it has now.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Who gave it.
    pub seller: &'static Seller,
    /// The access token that is good now.
    pub access: String,
    /// The refresh token that is good now.
    pub refresh: String,
    /// When the access token ends.
    pub access_ends: Timestamp,
    /// When renewing ends; none if it can't be renewed.
    pub refresh_ends: Option<Timestamp>,
    /// Taken back by the seller, or ended by another authorisation.
    pub revoked: bool,
    /// How often it was renewed.
    pub generation: u32,
    refresh_life_s: i64,
}

#[derive(Debug)]
struct Code {
    seller: &'static Seller,
    ends: Timestamp,
    refresh_life_s: i64,
}

/// A visit to the consent page that was answered.
#[derive(Debug, Clone, Serialize)]
pub struct Consent {
    /// When.
    pub at: Timestamp,
    /// Who sat there.
    pub seller: &'static str,
    /// Whether the seller agreed.
    pub granted: bool,
}

/// A call for tokens, refused ones too. Faults that came before any effect are here with the code `fault`.
#[derive(Debug, Clone, Serialize)]
pub struct TokenCall {
    /// When.
    pub at: Timestamp,
    /// `create` or `refresh`.
    pub call: &'static str,
    /// Whose tokens, if that came out.
    pub seller: Option<&'static str>,
    /// `0`, or the code of the refusal.
    pub answer: String,
    /// Which generation of the tokens the call made.
    pub generation: Option<u32>,
    /// How the answer was spoiled, if it was.
    pub fault: Option<String>,
}

/// The authorisation server of one marketplace.
#[derive(Debug)]
pub struct Authority {
    /// Which marketplace.
    pub platform: Platform,
    /// How it behaves.
    pub settings: Settings,
    /// How far the clock of codes and tokens is ahead of the machine's (s).
    pub ahead_s: i64,
    /// All authorisations, in order.
    pub grants: Vec<Grant>,
    /// All calls for tokens, in order.
    pub calls: Vec<TokenCall>,
    /// All answered visits to the consent page, in order.
    pub consents: Vec<Consent>,
    codes: HashMap<String, Code>,
    seed: u64,
    serial: u64,
}

impl Authority {
    /// With the registered tokens as the first generation of the first seller.
    #[must_use]
    pub fn new(platform: Platform, seed: u64, settings: Settings, opened_at: Timestamp) -> Self {
        let known = platform.credentials();
        let first = Grant {
            seller: &sellers::of(platform)[0],
            access: known.access_token.to_owned(),
            refresh: known.refresh_token.to_owned(),
            access_ends: after(opened_at, settings.access_life_s),
            refresh_ends: Some(after(opened_at, settings.refresh_life_s)),
            revoked: false,
            generation: 1,
            refresh_life_s: settings.refresh_life_s,
        };
        Self {
            platform,
            settings,
            ahead_s: 0,
            grants: vec![first],
            calls: Vec::new(),
            consents: Vec::new(),
            codes: HashMap::new(),
            seed,
            serial: 0,
        }
    }

    /// The time of codes and tokens.
    #[must_use]
    pub fn time(&self, machine: Timestamp) -> Timestamp {
        after(machine, self.ahead_s)
    }

    /// Whose token this is, if it is good.
    ///
    /// # Errors
    /// `IllegalAccessToken`.
    pub fn seller_of(&self, access: &str, now: Timestamp) -> Result<&'static Seller, Refusal> {
        let good = |grant: &&Grant| grant.access == access && !grant.revoked && now < grant.access_ends;
        let illegal = || Refusal::caller("IllegalAccessToken", "The specified access token is invalid or expired");
        self.grants.iter().find(good).map(|grant| grant.seller).ok_or_else(illegal)
    }

    /// The seller agreed: a code, good once. `months` is what was chosen at Alibaba.com.
    pub fn agree(&mut self, seller: &'static Seller, months: Option<i64>, now: Timestamp) -> String {
        let code = format!("3_{}_{}", self.platform.credentials().app_key, &self.fresh("code")[..25]);
        let refresh_life_s = months.map_or(self.settings.refresh_life_s, |months| months * 30 * 86_400);
        let ends = after(now, self.settings.code_life_s);
        self.codes.insert(code.clone(), Code { seller, ends, refresh_life_s });
        code
    }

    /// A code for a pair. Whatever comes of it, the code is used up.
    ///
    /// # Errors
    /// `InvalidCode`: not ours, used before, or too late.
    pub fn create(&mut self, code: &str, now: Timestamp) -> Result<Grant, Refusal> {
        let invalid = || Refusal::caller("InvalidCode", "Invalid authorization code");
        let code = self.codes.remove(code).filter(|code| now < code.ends).ok_or_else(invalid)?;
        if self.settings.reauthorising_ends_old {
            self.revoke(Some(code.seller.id));
        }
        let renewable = code.refresh_life_s > 0;
        let grant = Grant {
            seller: code.seller,
            access: format!("50000{}", self.fresh("access")),
            refresh: format!("50001{}", self.fresh("refresh")),
            access_ends: after(now, self.settings.access_life_s),
            refresh_ends: renewable.then(|| after(now, code.refresh_life_s)),
            revoked: false,
            generation: 1,
            refresh_life_s: code.refresh_life_s,
        };
        self.grants.push(grant.clone());
        Ok(grant)
    }

    /// A refresh token for a new pair. The old pair ends, the end of renewing stays where it was.
    ///
    /// # Errors
    /// `IllegalRefreshToken`: unknown, used before, revoked, at its end, or never good for renewing.
    pub fn refresh(&mut self, refresh: &str, now: Timestamp) -> Result<Grant, Refusal> {
        let good = |grant: &Grant| {
            grant.refresh == refresh && !grant.revoked && grant.refresh_ends.is_some_and(|ends| now < ends)
        };
        let illegal = || Refusal::caller("IllegalRefreshToken", "The specified refresh token is invalid or expired");
        let index = self.grants.iter().position(good).ok_or_else(illegal)?;
        let (access, refresh) = (self.fresh("access"), self.fresh("refresh"));
        let (life_s, left_out) = (self.settings.access_life_s, self.settings.refresh_token_left_out);
        let not_renewable_from_now = self.settings.refresh_life_s == 0;
        let grant = &mut self.grants[index];
        grant.access = format!("50000{access}");
        if !left_out {
            grant.refresh = format!("50001{refresh}");
        }
        if not_renewable_from_now {
            grant.refresh_ends = None;
        }
        grant.access_ends = after(now, life_s);
        grant.generation += 1;
        Ok(grant.clone())
    }

    /// Takes back what a seller, or everybody, gave.
    pub fn revoke(&mut self, seller: Option<&str>) {
        for grant in self.of(seller) {
            grant.revoked = true;
        }
    }

    /// The authorisations of a seller, or of everybody.
    pub fn of(&mut self, seller: Option<&str>) -> impl Iterator<Item = &mut Grant> {
        self.grants.iter_mut().filter(move |grant| seller.is_none_or(|id| grant.seller.id == id))
    }

    /// Forgets codes, tokens and books: the registered tokens are the only good ones again.
    pub fn reset(&mut self, machine: Timestamp) {
        let settings = Settings::online(self.platform, self.settings.redirect_uris.clone());
        // The serial goes on: what was given out before is never given out again.
        let serial = self.serial;
        *self = Self { serial, ..Self::new(self.platform, self.seed, settings, machine) };
    }

    /// Unguessable to a client that doesn't know the seed, the same for the same seed.
    fn fresh(&mut self, kind: &str) -> String {
        self.serial += 1;
        let digest = Sha256::digest(format!("{:?} {kind} {} {}", self.platform, self.seed, self.serial));
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Grant {
    /// Seconds until renewing ends; 0 if it can't be renewed.
    #[must_use]
    pub fn refresh_left_s(&self, now: Timestamp) -> i64 {
        self.refresh_ends.map_or(0, |ends| ends.duration_since(now).as_secs().max(0))
    }

    /// What the seller chose or the app is allowed, in seconds.
    #[must_use]
    pub fn refresh_life_s(&self) -> i64 {
        self.refresh_life_s
    }
}

/// Beyond all time is the end of time.
fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        after("2025-03-01T10:00:00Z".parse().unwrap(), s)
    }

    fn authority() -> Authority {
        let settings = Settings::online(Platform::AliExpress, vec![]);
        Authority::new(Platform::AliExpress, 1, settings, at(0))
    }

    fn code_of<T>(answer: Result<T, Refusal>) -> String {
        answer.err().map(|refusal| refusal.code_and_message().0.to_owned()).unwrap_or_default()
    }

    fn granted(authority: &mut Authority, now: Timestamp) -> Grant {
        let code = authority.agree(&sellers::of(Platform::AliExpress)[0], None, now);
        authority.create(&code, now).unwrap()
    }

    #[test]
    fn a_code_is_good_once_and_for_three_minutes() {
        let mut authority = authority();
        let seller = &sellers::of(Platform::AliExpress)[0];
        let code = authority.agree(seller, None, at(0));
        assert!(authority.create(&code, at(179)).is_ok());
        assert_eq!(code_of(authority.create(&code, at(179))), "InvalidCode");
        let late = authority.agree(seller, None, at(0));
        assert_eq!(code_of(authority.create(&late, at(180))), "InvalidCode");
        assert_eq!(code_of(authority.create(&late, at(0))), "InvalidCode", "a try that was too late used it up");
    }

    #[test]
    fn renewing_ends_the_old_pair_and_does_not_move_the_end_of_renewing() {
        let mut authority = authority();
        let old = granted(&mut authority, at(0));
        let new = authority.refresh(&old.refresh, at(1000)).unwrap();
        assert_eq!((new.access_ends, new.refresh_ends), (at(1000 + 30 * 86_400), old.refresh_ends));
        assert_eq!(code_of(authority.seller_of(&old.access, at(1000))), "IllegalAccessToken");
        assert_eq!(code_of(authority.refresh(&old.refresh, at(1000))), "IllegalRefreshToken");
        assert!(authority.seller_of(&new.access, at(1000)).is_ok());
        assert_eq!(code_of(authority.seller_of(&new.access, new.access_ends)), "IllegalAccessToken");
        assert_eq!(code_of(authority.refresh(&new.refresh, at(60 * 86_400))), "IllegalRefreshToken");
    }

    #[test]
    fn tokens_without_a_life_for_renewing_can_not_be_renewed() {
        let mut authority = authority();
        authority.settings.refresh_life_s = 0;
        let grant = granted(&mut authority, at(0));
        assert_eq!(grant.refresh_left_s(at(0)), 0);
        assert_eq!(code_of(authority.refresh(&grant.refresh, at(0))), "IllegalRefreshToken");
    }

    #[test]
    fn where_the_answer_leaves_the_refresh_token_out_the_old_one_stays_good() {
        let mut authority = authority();
        authority.settings.refresh_token_left_out = true;
        let first = granted(&mut authority, at(0));
        let second = authority.refresh(&first.refresh, at(1)).unwrap();
        assert_ne!(first.access, second.access);
        assert!(authority.refresh(&first.refresh, at(2)).is_ok());
    }

    #[test]
    fn what_a_seller_takes_back_is_gone_and_what_another_gave_is_not() {
        let mut authority = authority();
        let first = granted(&mut authority, at(0));
        let code = authority.agree(&sellers::of(Platform::AliExpress)[1], None, at(0));
        let other = authority.create(&code, at(0)).unwrap();
        authority.revoke(Some("seller-one"));
        assert_eq!(code_of(authority.seller_of(&first.access, at(1))), "IllegalAccessToken");
        assert_eq!(code_of(authority.refresh(&first.refresh, at(1))), "IllegalRefreshToken");
        assert_eq!(authority.seller_of(&other.access, at(1)).unwrap().id, "seller-two");
    }

    #[test]
    fn a_reset_never_gives_out_again_what_it_gave_out_before() {
        let mut authority = authority();
        let before = granted(&mut authority, at(0));
        authority.reset(at(1));
        assert!(authority.seller_of(&before.access, at(1)).is_err());
        assert_ne!(granted(&mut authority, at(1)).access, before.access);
        assert!(authority.seller_of(crate::platform::ALIEXPRESS.access_token, at(1)).is_ok());
    }
}
