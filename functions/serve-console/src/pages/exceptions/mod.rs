//! Exceptions: what needs a person, whose it is, until when; and what people do about it.

mod act;
mod filter;
mod list;
mod one;
mod row;

pub(crate) use act::{ask, perform};
pub(crate) use list::{me, page};
pub(crate) use one::page as one;
pub(crate) use row::href_of;

use crate::{console::Console, problem::Problem};
use tallyman_app::exceptions::{ExceptionError, Exceptions, Listed};
use tallyman_runtime::telemetry::chain;

/// Rows of a page; as many can be acted on at once.
pub(crate) const ROWS_MAX: usize = 50;

fn use_case(console: &Console) -> Exceptions<'_> {
    Exceptions { orders: &*console.orders, config: &*console.directory.config, clock: &*console.clock }
}

/// All open ones, the nearest deadline first.
async fn open(console: &Console) -> Result<Vec<Listed>, Problem> {
    use_case(console).list(None).await.map_err(|error: ExceptionError| {
        tracing::error!(error = chain(&error), "exceptions can't be listed");
        Problem::StoreDown
    })
}
