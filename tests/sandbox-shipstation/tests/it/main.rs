//! Drives a sandbox over HTTP the way a client does, and checks that a wrong client is refused.

#[cfg(test)]
mod faults;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod support;
#[cfg(test)]
mod warehouse;
#[cfg(test)]
mod webhooks;
