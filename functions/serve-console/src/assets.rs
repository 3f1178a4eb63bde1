//! Style and icon, served from our own origin under names that change with their content.

use axum::response::{IntoResponse as _, Response};
use http::header;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

struct Asset {
    stem: &'static str,
    extension: &'static str,
    media_type: &'static str,
    text: &'static str,
}

static ASSETS: [Asset; 2] = [
    Asset {
        stem: "console",
        extension: "css",
        media_type: "text/css; charset=utf-8",
        text: include_str!("../assets/console.css"),
    },
    Asset { stem: "icon", extension: "svg", media_type: "image/svg+xml", text: include_str!("../assets/icon.svg") },
];

static NAMES: LazyLock<[String; 2]> = LazyLock::new(|| {
    ASSETS.each_ref().map(|asset| {
        let hash = Sha256::digest(asset.text.as_bytes());
        let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{short}.{}", asset.stem, asset.extension)
    })
});

/// The style sheet's path.
pub(crate) fn style() -> String {
    format!("/static/{}", NAMES[0])
}

/// The icon's path.
pub(crate) fn icon() -> String {
    format!("/static/{}", NAMES[1])
}

/// A file by its name, for ever: a changed one has another name.
pub(crate) fn file(name: &str) -> Option<Response> {
    let asset = NAMES.iter().position(|known| known == name).map(|at| &ASSETS[at])?;
    let headers =
        [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Some((headers, asset.text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_served_under_its_hashed_name_only() {
        assert!(style().starts_with("/static/console-") && style().ends_with(".css"));
        assert!(file(style().strip_prefix("/static/").unwrap()).is_some());
        assert!(file("console.css").is_none() && file("../console.css").is_none() && file("").is_none());
    }
}
