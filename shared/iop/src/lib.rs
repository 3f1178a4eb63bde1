#![doc = include_str!("../README.md")]

pub mod amounts;
pub mod envelope;
pub mod exact;
pub mod gateway;
pub mod oauth;
pub mod read;
pub mod sign;
#[cfg(feature = "testing")]
pub mod testing;

pub use envelope::{Call, Verdict, verdict};
pub use gateway::{Answer, Credentials, File, Gateway};
pub use oauth::{OAuth, Place};
pub use read::{Flag, Text, Unfit, decode, list};
pub use sign::sign;
