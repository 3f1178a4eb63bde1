//! What can go wrong for the person before the screen; each is a page that says what to do.

use crate::texts::cannot::Cannot;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// Why a request can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// A name that comes twice is a trick, not a form.
    Twice,
    NoForm,
    LongCode,
    /// Where a page begins that never ended there.
    Place,
}

/// A request that didn't end as the person wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    NotFound,
    WrongMethod,
    BadRequest(Malformed),
    TooLarge,
    SessionEnded,
    /// A viewer wanted to act.
    Forbidden,
    /// Signed in at the issuer, but in no group of ours.
    NoGroup,
    /// No page of ours sent this form.
    ForeignForm,
    SignInFailed,
    IssuerDown,
    NotSetUp(&'static str),
    StoreDown,
    /// The state that came back is unknown, used, too old or another session's.
    ConsentUnknown,
    CodeExpired,
    WrongSeller {
        expected: String,
    },
    ConsentRefused,
    NoPermission,
    IpNotAllowed,
    /// With the marketplace's own code.
    AppRefused {
        code: String,
    },
    MarketplaceDown,
    /// Its app or account has no call left, or the service asked it to wait.
    NoCallLeft {
        minutes: u64,
    },
    CodeInDoubt,
    Changed,
    /// It isn't possible.
    Cannot(Cannot),
}

impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SessionEnded => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NoGroup | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::IssuerDown | Self::MarketplaceDown | Self::CodeInDoubt => StatusCode::BAD_GATEWAY,
            Self::NotSetUp(_) | Self::StoreDown | Self::NoCallLeft { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::WrongSeller { .. } | Self::Changed | Self::Cannot(_) => StatusCode::CONFLICT,
            Self::BadRequest(_)
            | Self::SignInFailed
            | Self::ConsentUnknown
            | Self::CodeExpired
            | Self::ConsentRefused
            | Self::NoPermission
            | Self::IpNotAllowed
            | Self::AppRefused { .. } => StatusCode::BAD_REQUEST,
        }
    }

    /// A name for logs.
    pub(crate) fn name(&self) -> String {
        let debug = format!("{self:?}");
        debug.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
    }
}

/// Only marks the answer: the page is drawn where it is known who is looking (`finish`).
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
