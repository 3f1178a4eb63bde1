//! How much a request may be.

/// The longest form has the settings of a connection, or fifty picked exceptions.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;
/// Path and query: an authorisation code and a state fit many times.
pub(crate) const TARGET_BYTES_MAX: usize = 8 * 1024;
/// Names and values together, cookies too. Lambda's own headers are among them.
pub(crate) const HEADER_BYTES_MAX: usize = 32 * 1024;
pub(crate) const HEADERS_MAX: usize = 100;
/// Fields of a form or a query.
pub(crate) const FIELDS_MAX: usize = 512;
