//! Random names that nobody guesses.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};

/// The system has no randomness to give: nothing that depends on it goes on.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random bytes")]
pub(crate) struct NoRandomness;

fn bytes() -> Result<[u8; 32], NoRandomness> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// 256 random bits, as 43 characters that a URL and a form carry unchanged.
pub(crate) fn token() -> Result<String, NoRandomness> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes()?))
}

/// 256 random bits, as 64 hexadecimal digits.
pub(crate) fn hex() -> Result<String, NoRandomness> {
    Ok(bytes()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
