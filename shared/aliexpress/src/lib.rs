#![doc = include_str!("../README.md")]

mod amounts;
mod cancellation;
mod client;
mod correction;
mod lines;
mod list;
mod notice;
mod order;
mod receiver;
mod services;
mod wire;

pub use client::AliExpress;
