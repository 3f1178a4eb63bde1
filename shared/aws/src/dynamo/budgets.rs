//! Budgets: one item says when the next call may go. Whoever moves it on has the call.

use super::{Conditional as _, item, keys, store_on_table};
use crate::failure::failed;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use std::time::Duration;
use tallyman_app::ports::{BudgetStore, StoreError};

const NS_PER_MS: i128 = 1_000_000;

store_on_table! {
    /// Budgets in DynamoDB.
    DynamoBudgetStore
}

/// Rounded up: a slot is never free a part of a millisecond too early.
fn ms_ceil(time: Timestamp) -> i64 {
    let ns = time.as_nanosecond();
    let ms = ns.div_euclid(NS_PER_MS) + i128::from(ns.rem_euclid(NS_PER_MS) != 0);
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Rounded down.
fn ms_floor(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond().div_euclid(NS_PER_MS)).unwrap_or(i64::MAX)
}

fn interval_ms(interval: Duration) -> i64 {
    i64::try_from(interval.as_nanos().div_ceil(NS_PER_MS.unsigned_abs())).unwrap_or(i64::MAX)
}

/// How long until `free_ms`; at least a millisecond, so that nobody spins.
fn wait(free_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(free_ms.saturating_sub(now_ms).max(1).unsigned_abs())
}

#[async_trait]
impl BudgetStore for DynamoBudgetStore {
    async fn take(&self, budget: &str, interval: Duration, now: Timestamp) -> Result<Option<Duration>, StoreError> {
        let (now_ms, interval_ms) = (ms_floor(now), interval_ms(interval));
        let next_ms = ms_ceil(now).saturating_add(interval_ms);
        let update = self.0.client.update_item().table_name(&*self.0.name);
        let update = update
            .set_key(Some(item::item(&keys::budget(budget), keys::SLOT, [])))
            .update_expression("SET nf = :next")
            .condition_expression("attribute_not_exists(nf) OR nf <= :now")
            .expression_attribute_values(":next", item::n(next_ms))
            .expression_attribute_values(":now", item::n(now_ms))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = update.send().await else { return Ok(None) };
        match error.in_the_way() {
            // Should it be our own write whose answer got lost, one slot passes unused.
            Some(Some(stored)) => Ok(Some(wait(item::number(stored, "nf")?, now_ms))),
            Some(None) => Ok(Some(wait(interval_ms, 0))),
            None => Err(failed("take", budget)(error)),
        }
    }

    async fn line_up(
        &self,
        budget: &str,
        interval: Duration,
        now: Timestamp,
        patience: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        let now_ms = ms_floor(now);
        let patience_ms = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let update = self.0.client.update_item().table_name(&*self.0.name);
        let update = update
            .set_key(Some(item::item(&keys::budget(budget), keys::SLOT, [])))
            .update_expression("SET nf = nf + :interval")
            // A line that has emptied meanwhile would give a slot in the past: that is `take`'s to give.
            .condition_expression("nf > :now AND nf <= :latest")
            .expression_attribute_values(":interval", item::n(interval_ms(interval)))
            .expression_attribute_values(":now", item::n(now_ms))
            .expression_attribute_values(":latest", item::n(now_ms.saturating_add(patience_ms)))
            .return_values(ReturnValue::UpdatedOld);
        match update.send().await {
            Ok(answer) => {
                let before = answer.attributes.unwrap_or_default();
                Ok(Some(wait(item::number(&before, "nf")?, now_ms)))
            }
            Err(error) if error.in_the_way().is_some() => Ok(None),
            Err(error) => Err(failed("line_up", budget)(error)),
        }
    }

    async fn block_until(&self, budget: &str, until: Timestamp) -> Result<(), StoreError> {
        let update = self.0.client.update_item().table_name(&*self.0.name);
        let update = update
            .set_key(Some(item::item(&keys::budget(budget), keys::SLOT, [])))
            .update_expression("SET nf = :until")
            .condition_expression("attribute_not_exists(nf) OR nf < :until")
            .expression_attribute_values(":until", item::n(ms_ceil(until)));
        match update.send().await {
            Err(error) if error.in_the_way().is_none() => Err(failed("block_until", budget)(error)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_never_free_a_part_of_a_millisecond_too_early() {
        let now: Timestamp = "2026-11-20T10:00:00.0005Z".parse().unwrap();
        assert_eq!(ms_ceil(now), ms_floor(now) + 1);
        let whole: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        assert_eq!(ms_ceil(whole), ms_floor(whole));
        assert_eq!(interval_ms(Duration::from_micros(1_500_001)), 1_501);
    }

    #[test]
    fn a_wait_is_at_least_a_millisecond() {
        assert_eq!(wait(1_500, 0), Duration::from_millis(1_500));
        assert_eq!(wait(10, 10), Duration::from_millis(1));
    }
}
