//! What one marketplace knows, and the checks every call passes before an API sees it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use crate::books::{Books, Refused};
use crate::call::{Call, Scene};
use crate::faults::{Fault, Faults};
use crate::limits::Limits;
use crate::model::Order;
use crate::oauth::Authority;
use crate::oauth::settings::Settings;
use crate::platform::{Credentials, Platform};
use crate::push::Pushes;
use crate::refusal::Refusal;
use crate::seed::Sower;
use crate::signing::sign;
use crate::{Config, clock};

/// How far a caller's clock may be off.
const MAX_SKEW_S: i64 = 7200;

/// One marketplace: its state behind a lock that is never held across an await.
#[derive(Debug)]
pub struct Shared {
    /// Which.
    pub platform: Platform,
    /// Fetches what the witness looks at.
    pub client: reqwest::Client,
    /// How long a hanging call hangs.
    pub hang: std::time::Duration,
    state: Mutex<State>,
}

impl Shared {
    /// A marketplace that has just opened.
    #[must_use]
    pub fn new(platform: Platform, config: &Config, client: reqwest::Client) -> Self {
        Self { platform, client, hang: config.hang, state: Mutex::new(State::new(platform, config)) }
    }

    /// The state. A panic elsewhere does not make the books unreadable.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that changes.
#[derive(Debug)]
pub struct State {
    /// Which marketplace this is.
    pub platform: Platform,
    /// By id.
    pub orders: BTreeMap<String, Order>,
    /// What was seen.
    pub books: Books,
    /// Pace.
    pub limits: Limits,
    /// Misbehaviour to come.
    pub faults: Faults,
    /// What to look at when a notice arrives.
    pub witness: Option<String>,
    /// SHA-256 by path of each uploaded file.
    pub files: HashMap<String, String>,
    /// Makes orders.
    pub sower: Sower,
    /// How long a new order is missing from lists.
    pub list_delay_s: i64,
    /// Codes and tokens.
    pub oauth: Authority,
    /// Messages to the app.
    pub pushes: Pushes,
    /// Notices without an attachment are refused (Alibaba.com).
    pub attachment_required: bool,
    /// The caller is another seller, who sees the orders that this one may not.
    stranger: bool,
    serial: u64,
}

impl State {
    fn new(platform: Platform, config: &Config) -> Self {
        Self {
            platform,
            orders: BTreeMap::new(),
            books: Books::default(),
            limits: Limits::new(config.allowance),
            faults: Faults::default(),
            witness: None,
            files: HashMap::new(),
            sower: Sower::new(platform, config.seed),
            list_delay_s: config.list_delay_s,
            oauth: Authority::new(
                platform,
                config.seed,
                Settings::online(platform, config.redirect_uris.clone()),
                clock::now(),
            ),
            pushes: Pushes::default(),
            attachment_required: config.attachment_required,
            stranger: false,
            serial: 0,
        }
    }

    /// A number never given before, for request, voucher and file ids.
    pub fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The checks of the gateway, in its order: who, when, signed, not too fast, authorised.
    ///
    /// # Errors
    /// The refusal of the first check that fails.
    pub fn admit(&mut self, call: &Call, at: Timestamp) -> Result<Option<Fault>, Refusal> {
        self.check_app(call, at)?;
        let seller = self.oauth.seller_of(token(call)?, self.oauth.time(at))?;
        tracing::debug!(seller = seller.id, method = call.method, "call.admitted");
        Ok(self.take_fault(&call.method))
    }

    /// The checks of a call that needs no seller: who, when, signed, not too fast.
    ///
    /// # Errors
    /// The refusal of the first check that fails.
    pub fn admit_app(&mut self, call: &Call, at: Timestamp) -> Result<Option<Fault>, Refusal> {
        self.check_app(call, at)?;
        Ok(self.take_fault(&call.method))
    }

    fn check_app(&mut self, call: &Call, at: Timestamp) -> Result<(), Refusal> {
        let known = self.platform.credentials();
        check_signature(call, known, at)?;
        if self.oauth.settings.white_list_refuses {
            let message = "The IP address of the caller is not in the white list of the app";
            return Err(Refusal::caller("AppWhiteIpLimit", message));
        }
        *self.books.calls.entry(call.method.clone()).or_default() += 1;
        if let Err(ban_s) = self.limits.count(&call.method, at) {
            self.books.rate_limited += 1;
            return Err(Refusal::too_fast(ban_s));
        }
        Ok(())
    }

    fn take_fault(&mut self, method: &str) -> Option<Fault> {
        let fault = self.faults.take(method);
        self.books.faults_injected += u64::from(fault.is_some());
        fault
    }

    /// Does what the call asks and writes down a refusal.
    pub fn perform(&mut self, scene: &Scene<'_>) -> Value {
        let caller = token(scene.call).ok().and_then(|it| self.oauth.seller_of(it, self.oauth.time(scene.at)).ok());
        self.stranger = caller.is_some_and(|seller| seller.foreign);
        let outcome = self.platform.dispatch(self, scene);
        if let Err(refusal) = &outcome {
            self.note_refusal(&scene.call.method, refusal, scene.at);
        }
        self.render(scene.call, outcome)
    }

    /// Turns an outcome into the marketplace's envelope.
    pub fn render(&mut self, call: &Call, outcome: Result<Value, Refusal>) -> Value {
        let request_id = self.request_id();
        self.platform.envelope(call, outcome, &request_id)
    }

    /// Names an answer.
    pub fn request_id(&mut self) -> String {
        format!("5a4d{:012x}", self.next_serial())
    }

    /// Writes a refusal into the books; those for pace are counted elsewhere.
    pub fn note_refusal(&mut self, method: &str, refusal: &Refusal, at: Timestamp) {
        let (code, message) = refusal.code_and_message();
        if code != "ApiCallLimit" {
            let (code, message) = (code.to_owned(), message.to_owned());
            self.books.refused.push(Refused { method: method.to_owned(), code, message, at });
        }
    }

    /// Whether the caller may see it.
    #[must_use]
    pub fn is_callers(&self, order: &Order) -> bool {
        order.foreign == self.stranger
    }

    /// This seller's order of that id.
    #[must_use]
    pub fn own(&self, id: &str) -> Option<&Order> {
        self.orders.get(id).filter(|order| self.is_callers(order))
    }

    /// This seller's order of that id, to change.
    pub fn own_mut(&mut self, id: &str) -> Option<&mut Order> {
        let stranger = self.stranger;
        self.orders.get_mut(id).filter(|order| order.foreign == stranger)
    }

    /// What a call or a test changed at exactly this moment.
    #[must_use]
    pub fn changed_at(&self, at: Timestamp) -> Vec<Order> {
        self.orders.values().filter(|order| order.modified_at == at).cloned().collect()
    }

    /// Orders a list may show: the index behind it lags.
    pub fn listed(&self, at: Timestamp) -> impl Iterator<Item = &Order> {
        let newest = at - clock::seconds(self.list_delay_s);
        self.orders.values().filter(move |order| order.created_at <= newest && self.is_callers(order))
    }
}

fn token(call: &Call) -> Result<&str, Refusal> {
    let token = call.given("session").or_else(|| call.given("access_token"));
    token.ok_or_else(|| Refusal::missing("access_token"))
}

fn check_signature(call: &Call, known: &Credentials, at: Timestamp) -> Result<(), Refusal> {
    if call.required("app_key")? != known.app_key {
        return Err(Refusal::caller("InvalidAppkey", "The app key is not valid"));
    }
    let stamped = call.required("timestamp")?;
    let ours = at.as_millisecond();
    let within = |sent: i64| ours.abs_diff(sent) <= MAX_SKEW_S.unsigned_abs() * 1000;
    if !stamped.parse().is_ok_and(within) {
        return Err(Refusal::caller("InvalidTimestamp", "The timestamp is not in milliseconds or too far off"));
    }
    let wrong =
        || Refusal::caller("IncompleteSignature", "The request signature does not conform to platform standards");
    if call.required("sign_method")? != "sha256" {
        return Err(wrong());
    }
    // Not in constant time: the secret is in the help text.
    let expected = sign(known.app_secret, &call.prefix, &call.params);
    if call.required("sign")? == expected { Ok(()) } else { Err(wrong()) }
}
