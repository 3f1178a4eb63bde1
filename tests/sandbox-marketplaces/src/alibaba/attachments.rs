//! Proofs of shipment come in as files, and have to be what they say they are.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::books::Upload;
use crate::call::Scene;
use crate::refusal::Refusal;
use crate::state::State;

use super::invalid;

const MAX_BYTES: usize = 5 * 1024 * 1024;

/// `/alibaba/order/attachment/upload`
pub fn upload(state: &mut State, scene: &Scene<'_>) -> Result<Value, Refusal> {
    let file_name = scene.call.required("file_name")?;
    let file = scene.call.file.as_ref().filter(|file| file.field == "data").ok_or_else(|| Refusal::missing("data"))?;
    let extension = file_name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let extension = extension.ok_or_else(|| invalid("file_name has no extension"))?;
    if file.bytes.len() > MAX_BYTES {
        return Err(invalid("the file is larger than 5 MB"));
    }
    match is_really(&extension, &file.bytes) {
        None => return Err(invalid("only jpg, png, pdf and doc are accepted")),
        Some(false) => return Err(invalid("the content is not what the file name says")),
        Some(true) => {}
    }
    let sha256: String = Sha256::digest(&file.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let file_path = format!("/icbu/order/attachment/{:06}-{}.{extension}", state.next_serial(), &sha256[..16]);
    state.files.insert(file_path.clone(), sha256.clone());
    state.books.uploads.push(Upload {
        file_path: file_path.clone(),
        file_name: file_name.to_owned(),
        sha256,
        bytes: file.bytes.len(),
        at: scene.at,
    });
    Ok(json!(file_path))
}

/// Whether the bytes are of the kind the extension names; none for a kind that is not taken.
fn is_really(extension: &str, bytes: &[u8]) -> Option<bool> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    Some(match extension {
        // The last chunk too: half a picture proves nothing.
        "png" => starts(b"\x89PNG\r\n\x1a\n") && bytes.ends_with(b"IEND\xaeB`\x82"),
        "jpg" | "jpeg" => starts(b"\xff\xd8\xff"),
        "pdf" => starts(b"%PDF-"),
        "doc" => starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::is_really;

    #[test]
    fn a_name_does_not_make_a_picture() {
        assert_eq!(is_really("png", b"%PDF-1.4"), Some(false));
        assert_eq!(is_really("pdf", b"%PDF-1.4"), Some(true));
        assert_eq!(is_really("png", b"\x89PNG\r\n\x1a\n half of it"), Some(false));
        assert_eq!(is_really("exe", b"MZ"), None);
    }
}
