//! read-shipments
fn main() {}
