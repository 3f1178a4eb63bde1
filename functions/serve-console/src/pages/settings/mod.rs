//! The settings of a connection: what is chosen, what was changed by whom, and the way back.

mod entered;
mod page;
mod told;
mod undo;

pub(crate) use page::{page, save};
pub(crate) use undo::{page as undo_page, perform as undo};

use crate::{console::Console, console::store, problem::Problem, texts::cannot::Cannot};
use tallyman_app::{
    connection::Connection,
    settings::{ChangeError, Choices},
};
use tallyman_domain::LiveService;
use tallyman_runtime::telemetry::chain;

fn use_case(console: &Console) -> Choices<'_> {
    Choices {
        config: &*console.directory.config,
        carriers: &*console.carriers,
        orders: &*console.orders,
        shelves: &*console.shelves,
        queue: &*console.queue,
        clock: &*console.clock,
    }
}

fn problem(error: ChangeError) -> Problem {
    tracing::warn!(error = chain(&error), "settings were not changed as asked");
    match error {
        ChangeError::Unknown { .. } | ChangeError::NoSuchChange { .. } => Problem::NotFound,
        ChangeError::Changed { .. } => Problem::Changed,
        ChangeError::Wrong { wrong, .. } => Problem::Cannot(Cannot::Settings(wrong)),
        ChangeError::Store { source, .. } => store(source),
    }
}

/// The marketplace's live list; asked for where it is old and the connection can ask.
async fn live(console: &Console, connection: &Connection) -> Result<Option<Vec<LiveService>>, Problem> {
    let marketplace = console.directory.marketplace(connection).await.ok();
    use_case(console).live(&connection.id, marketplace.as_deref()).await.map_err(problem)
}
