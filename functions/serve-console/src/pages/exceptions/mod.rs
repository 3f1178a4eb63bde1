//! Exceptions: what needs a person, whose it is, until when; and what people do about it.

mod act;
mod filter;
mod list;
mod one;
mod row;

pub(crate) use act::{ask, perform};
pub(crate) use list::{OWNERS, me, page};
pub(crate) use one::page as one;
pub(crate) use row::href_of;

use crate::{console::Console, problem::Problem};
use row::Key;
use tallyman_app::exceptions::{ExceptionError, Exceptions, Listed, Place};
use tallyman_runtime::telemetry::chain;

/// Rows of a page; as many can be acted on at once.
pub(crate) const ROWS_MAX: usize = 50;
/// Orders and strays that a list is made of, the most urgent first: more are behind a link.
pub(crate) const PLACES_MAX: u32 = 500;

fn use_case(console: &Console) -> Exceptions<'_> {
    Exceptions {
        orders: &*console.orders,
        deeds: &*console.deeds,
        config: &*console.directory.config,
        clock: &*console.clock,
    }
}

/// The open ones at these places.
async fn open(console: &Console, keys: &[Key]) -> Result<Vec<Listed>, Problem> {
    let places: Vec<&Place> = keys.iter().map(|key| &key.place).collect();
    use_case(console).at(&places).await.map_err(down)
}

fn down(error: ExceptionError) -> Problem {
    tracing::error!(error = chain(&error), "exceptions can't be listed");
    Problem::StoreDown
}
