//! The gate that every outbound call passes: it counts, lets others go first, and lets go wrong what the plan says.

use super::World;
use crate::{
    fault::{Fault, When},
    trace::About,
};
use std::{future::Future, sync::atomic::Ordering::Relaxed, time::Duration};
use tallyman_app::ports::{CallError, StoreError};

/// AWS calls give up after this long, calls to the services after that.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);
const SERVICE_TIMEOUT: Duration = Duration::from_secs(30);

/// An error that a fault can be told as.
pub(crate) trait Failure {
    /// How long a caller waits for an answer.
    const TIMEOUT: Duration;
    /// Is it a service's, not AWS's?
    const OF_SERVICE: bool;
    fn of(fault: Fault, call: &'static str, number: u32) -> Self;
}

impl Failure for StoreError {
    const TIMEOUT: Duration = STORE_TIMEOUT;
    const OF_SERVICE: bool = false;
    fn of(fault: Fault, call: &'static str, _: u32) -> Self {
        Self::Failed { what: call, key: "simulated".to_owned(), source: fault.name().into() }
    }
}

impl Failure for CallError {
    const TIMEOUT: Duration = SERVICE_TIMEOUT;
    const OF_SERVICE: bool = true;
    fn of(fault: Fault, call: &'static str, number: u32) -> Self {
        let (service, call) = ("Simulated", call.to_owned());
        match fault {
            Fault::Throttle => {
                Self::Throttled { service, call, after: Duration::from_secs(1 + u64::from(number % 20)) }
            }
            // A refused connection says that nothing happened; a 500 doesn't, though nothing did.
            Fault::FailBefore if number.is_multiple_of(2) => {
                Self::Unreachable { service, call, source: "connection refused".into() }
            }
            _ => Self::Unclear { service, call, what: fault.name().to_owned() },
        }
    }
}

impl World {
    /// One outbound call.
    pub(crate) async fn call<T, E: Failure>(
        &self,
        what: &'static str,
        about: About,
        effect: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.time.turn().await;
        let number = self.calls.fetch_add(1, Relaxed) + 1;
        let now = self.time.now();
        let out = |(from, to, service): &(_, _, bool)| *from <= now && now < *to && *service == E::OF_SERVICE;
        let planned = if self.is_stormy() { self.plan.at(number) } else { None };
        let fault = if self.outages.iter().any(out) { Some(Fault::FailBefore) } else { planned };
        if let Some(fault) = fault.filter(|fault| !fault.takes_effect()) {
            self.note(number, what, about, fault.name(), 0);
            if fault == Fault::Kill(When::Before) {
                return self.time.die().await;
            }
            return Err(E::of(fault, what, number));
        }
        let answer = effect.await;
        let how = fault.map_or(if answer.is_ok() { "" } else { "refused" }, Fault::name);
        self.note(number, what, about, how, 0);
        match fault {
            None => {
                self.time.turn().await;
                return answer;
            }
            Some(Fault::Kill(_)) => return self.time.die().await,
            Some(Fault::TimeoutAfter) => self.time.sleep(E::TIMEOUT).await,
            Some(_) => {}
        }
        Err(E::of(fault.unwrap_or(Fault::FailAfter), what, number))
    }
}
