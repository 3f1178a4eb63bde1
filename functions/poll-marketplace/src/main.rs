//! poll-marketplace
fn main() {}
