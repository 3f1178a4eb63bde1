//! What all handlers share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::books::Books;
use crate::config::Config;

/// The sandbox: its settings, its books and its way out.
#[derive(Debug)]
pub struct Sandbox {
    pub config: Config,
    /// Origin written into `resource_url`.
    pub origin: String,
    pub client: reqwest::Client,
    books: Mutex<Books>,
}

impl Sandbox {
    pub fn new(config: Config, origin: String, client: reqwest::Client) -> Self {
        let books = Mutex::new(Books::new(&config));
        Self { config, origin, client, books }
    }

    /// The books, whoever may have panicked over them: a sandbox goes on.
    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
