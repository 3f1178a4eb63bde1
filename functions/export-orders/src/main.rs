//! export-orders
fn main() {}
