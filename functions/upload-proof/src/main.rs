//! upload-proof
fn main() {}
