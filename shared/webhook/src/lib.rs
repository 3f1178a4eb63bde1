#![doc = include_str!("../README.md")]

pub mod hook;
pub mod jwks;
pub mod message;
pub mod push;
pub mod secret;
pub mod signed;

pub use hook::{BODY_BYTES_MAX, BadHook, V1Hook, V1Kind, V2Hook, V2Kind, read_v1, read_v2};
pub use jwks::{BadJwks, Jwks, JwksCache, Key, Lookup};
pub use message::{BadMessage, PushKind, PushMessage, read_push};
pub use push::{BadPush, verify_push};
pub use secret::secret_matches;
pub use signed::{BadSignature, SignedHeaders, verify_v2};

/// Reads hexadecimal digits; lower case only where the sender writes it so, as each byte is then written one way.
fn unhex<const N: usize>(text: &str, upper_too: bool) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                b'A'..=b'F' if upper_too => digit - b'A' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(bytes)
}
