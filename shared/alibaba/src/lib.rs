#![doc = include_str!("../README.md")]

mod amounts;
mod client;
mod correction;
mod list;
mod notice;
mod order;
mod services;
mod wire;

pub use client::Alibaba;
