//! receive-webhook
fn main() {}
