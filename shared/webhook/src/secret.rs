//! The secret in a webhook's path.

use crate::unhex;
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

/// No secret of ours is longer.
const SECRET_BYTES_MAX: usize = 256;

/// Is this the secret whose SHA-256, in hex, we keep? Takes the same time whichever byte differs: hashing first also
/// makes a guess byte by byte impossible. An empty secret never matches.
#[must_use]
pub fn secret_matches(presented: &str, sha256_hex: &str) -> bool {
    let Some(kept) = unhex::<32>(sha256_hex.trim(), true) else { return false };
    if presented.is_empty() || presented.len() > SECRET_BYTES_MAX {
        return false;
    }
    digest(&SHA256, presented.as_bytes()).as_ref().ct_eq(&kept).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "correct-horse";
    /// `printf %s correct-horse | sha256sum`
    const KEPT: &str = "9dca666eb54730714630d1519264a7bf1eeaad00b8f2edc90d3ecbfad928d163";

    #[test]
    fn the_right_secret_matches_in_either_case_of_the_hash() {
        assert!(secret_matches(SECRET, KEPT));
        assert!(secret_matches(SECRET, &KEPT.to_uppercase()));
        assert!(secret_matches(SECRET, &format!("{KEPT}\n")));
    }

    #[test]
    fn a_flipped_bit_in_any_byte_of_secret_or_hash_is_refused() {
        for at in 0..SECRET.len() {
            for bit in 0..7 {
                let mut wrong = SECRET.as_bytes().to_vec();
                wrong[at] ^= 1 << bit;
                assert!(!secret_matches(std::str::from_utf8(&wrong).unwrap(), KEPT));
            }
        }
        for at in 0..KEPT.len() {
            let mut wrong = KEPT.as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
            assert!(!secret_matches(SECRET, std::str::from_utf8(&wrong).unwrap()));
        }
    }

    #[test]
    fn nothing_and_nonsense_never_match() {
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(!secret_matches("", of_nothing));
        for kept in ["", "zz", &KEPT[1..], &format!("{KEPT}00"), SECRET, &KEPT.replace('1', "é")] {
            assert!(!secret_matches(SECRET, kept), "{kept}");
        }
        assert!(!secret_matches(&"x".repeat(SECRET_BYTES_MAX + 1), KEPT));
    }
}
