//! notify-shipment
fn main() {}
