//! Keeps the ShipStation webhooks subscribed: whatever was deleted there, or points to an old secret, is put right.

use super::{Halt, READ_FOR_IT, ReadShipments};
use crate::{
    budget::first_within,
    connection::Account,
    ports::{Hint, Subscription, Warehouse},
    step::{At, StepError, wake},
};

/// The events that say something left the warehouse, or changed there.
const EVENTS: &[&str] = &["SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED", "ORDER_NOTIFY"];

/// The path of an account's webhooks; the secret follows it.
fn hook_path(account: &Account) -> String {
    format!("/hooks/shipstation/{}/", account.id)
}

impl ReadShipments<'_> {
    /// Checks and mends an account's subscriptions. Returns how many were put right by now; when the account has no
    /// call left, the check goes back to the queue until it has.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn subscribe(
        &self,
        account: &Account,
        warehouse: &dyn Warehouse,
        base_url: &str,
        secret: &str,
    ) -> Result<usize, StepError> {
        let target = format!("{}{}{secret}", base_url.trim_end_matches('/'), hook_path(account));
        let mut mended = 0;
        match self.mend(account, warehouse, base_url, &target, &mut mended).await {
            Ok(()) => Ok(mended),
            Err(Halt::Later(wait)) => {
                // Of several checks one comes back: two at once would subscribe everything twice.
                let name = format!("subscriptions/{}", account.id);
                if !first_within(self.budgets, self.clock, &name, wait / 2).await.at(&account.id)? {
                    return Ok(mended);
                }
                let again = Hint::Subscriptions { account: account.id.clone() };
                wake(self.queue, &[again], wait).await.at(&account.id).map(|()| mended)
            }
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    /// What follows the list is slept for as long as may be: given back, the list would be read again first.
    async fn mend(
        &self,
        account: &Account,
        warehouse: &dyn Warehouse,
        base_url: &str,
        target: &str,
        mended: &mut usize,
    ) -> Result<(), Halt> {
        self.spend(account, 0).await?;
        let present = self.heard(account, warehouse, warehouse.subscriptions().await).await?;
        let is_there = |event: &str| present.iter().any(|s| s.event == event && s.target_url == target && s.active);
        for event in EVENTS.iter().filter(|event| !is_there(event)) {
            self.spend(account, READ_FOR_IT).await?;
            self.heard(account, warehouse, warehouse.subscribe(event, target).await).await?;
            *mended += 1;
        }
        let is_too_much = |s: &&Subscription| is_stale(s, account, base_url, target) || is_double(s, &present, target);
        for subscription in present.iter().filter(is_too_much) {
            self.spend(account, READ_FOR_IT).await?;
            self.heard(account, warehouse, warehouse.unsubscribe(subscription.id).await).await?;
            *mended += 1;
        }
        Ok(())
    }
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
