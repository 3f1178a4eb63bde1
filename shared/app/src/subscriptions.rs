//! Keeps the ShipStation webhooks subscribed: whatever was deleted there, or points to an old secret, is put right.

use crate::{
    budget::{Spend, hear, spend},
    connection::Account,
    ports::{BudgetStore, CallError, Clock, Subscription, Warehouse},
    step::{At, StepError},
};
use tallyman_domain::limit::CallClass;

/// The events that say something left the warehouse, or changed there.
pub const EVENTS: &[&str] = &["SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED", "ORDER_NOTIFY"];

/// The path of an account's webhooks; the secret follows it.
#[must_use]
pub fn hook_path(account: &Account) -> String {
    format!("/hooks/shipstation/{}/", account.id)
}

/// Checks and mends an account's subscriptions. Returns how many were missing. When the budget has no call left, what
/// is missing is subscribed at the next check.
///
/// # Errors
/// [`StepError`].
pub async fn ensure(
    budgets: &dyn BudgetStore,
    clock: &dyn Clock,
    account: &Account,
    warehouse: &dyn Warehouse,
    base_url: &str,
    secret: &str,
) -> Result<usize, StepError> {
    let address = format!("account {}", account.id);
    let target = format!("{}{}{secret}", base_url.trim_end_matches('/'), hook_path(account));
    let go = || async {
        hear(budgets, clock, account, warehouse.rate()).await.at(&address)?;
        Ok::<bool, StepError>(spend(budgets, clock, account, CallClass::Sweep, 0).await.at(&address)? == Spend::Go)
    };
    if !go().await? {
        return Ok(0);
    }
    let present = match warehouse.subscriptions().await {
        Ok(present) => present,
        Err(CallError::Throttled { .. }) => return Ok(0),
        Err(error) => return Err(error).at(&address),
    };
    let mut mended = 0;
    for event in EVENTS {
        if present.iter().any(|s| s.event == *event && s.target_url == target && s.active) {
            continue;
        }
        if !go().await? {
            return Ok(mended);
        }
        warehouse.subscribe(event, &target).await.at(&address)?;
        mended += 1;
    }
    for subscription in
        present.iter().filter(|s| is_stale(s, account, base_url, &target) || is_double(s, &present, &target))
    {
        if !go().await? {
            return Ok(mended);
        }
        warehouse.unsubscribe(subscription.id).await.at(&address)?;
        mended += 1;
    }
    Ok(mended)
}

/// Ours, by path, but with another secret: left over from an earlier registration.
fn is_stale(of: &Subscription, account: &Account, base_url: &str, target: &str) -> bool {
    of.target_url.starts_with(base_url) && of.target_url.contains(&hook_path(account)) && of.target_url != target
}

/// Subscribed by two checks at once, or again after a lost answer: the oldest stays, whoever looks. Others' are theirs.
fn is_double(of: &Subscription, present: &[Subscription], target: &str) -> bool {
    let same = |s: &&Subscription| s.event == of.event && s.target_url == of.target_url && s.active;
    of.target_url == target && of.active && present.iter().filter(same).any(|other| other.id < of.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_subscriptions_of_ours_the_older_stays_and_others_are_left_alone() {
        let of = |id, event: &str, url: &str| Subscription {
            id,
            event: event.to_owned(),
            target_url: url.to_owned(),
            active: true,
        };
        let present = [
            of(2, "SHIP_NOTIFY", "ours"),
            of(1, "SHIP_NOTIFY", "ours"),
            of(3, "ORDER_NOTIFY", "ours"),
            of(4, "SHIP_NOTIFY", "another's"),
            of(5, "SHIP_NOTIFY", "another's"),
        ];
        let double: Vec<i64> = present.iter().filter(|s| is_double(s, &present, "ours")).map(|s| s.id).collect();
        assert_eq!(double, [2]);
    }
}
