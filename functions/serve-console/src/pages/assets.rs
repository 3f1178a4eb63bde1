//! Style and icon.

use crate::{assets, problem::Problem};
use axum::{extract::Path, response::Response};

pub(crate) async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    assets::file(&name).ok_or(Problem::NotFound)
}
