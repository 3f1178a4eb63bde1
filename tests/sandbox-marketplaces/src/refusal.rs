//! Why a call got an error, before it takes a marketplace's shape.

use serde_json::Value;

/// A refused call.
#[derive(Debug)]
pub enum Refusal {
    /// An error of the gateway, or of an API that reports its own errors in the gateway's shape.
    Gateway(Box<GatewayError>),
    /// A success envelope whose content says no, under names that differ by method.
    Business {
        /// For the books.
        code: String,
        /// For the books.
        message: String,
        /// What goes into the envelope.
        body: Value,
    },
}

/// The gateway's error record.
#[derive(Debug, Clone)]
pub struct GatewayError {
    /// `ISV` for the caller's fault, `ISP` for the provider's.
    pub kind: &'static str,
    /// Machine-readable.
    pub code: String,
    /// For people.
    pub message: String,
    /// Only on some errors.
    pub sub_code: Option<&'static str>,
}

impl Refusal {
    /// The caller's fault.
    pub fn caller(code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self::Gateway(Box::new(GatewayError { kind: "ISV", code, message, sub_code: None }))
    }

    /// The provider's fault.
    pub fn provider(code: impl Into<String>, message: impl Into<String>, sub_code: Option<&'static str>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self::Gateway(Box::new(GatewayError { kind: "ISP", code, message, sub_code }))
    }

    /// A parameter that has to be there is not.
    pub fn missing(name: &str) -> Self {
        Self::caller("MissingParameter", format!("The mandatory parameter {name} is missing"))
    }

    /// A parameter that should be JSON, or a record, is not.
    pub fn unreadable(name: &str) -> Self {
        Self::caller("UnsupportedParamMapping", format!("The parameter {name} can not be mapped"))
    }

    /// Data of another seller, or of nobody: the two are not told apart.
    pub fn not_yours() -> Self {
        Self::Gateway(Box::new(GatewayError {
            kind: "ISV",
            code: "InsufficientPermission".into(),
            message: "The data does not belong to the authorized account".into(),
            sub_code: Some("isv.invalid-authorization"),
        }))
    }

    /// Too fast, in the wording clients read the seconds from.
    pub fn too_fast(seconds: i64) -> Self {
        let message = format!("Api access frequency exceeds the limit. this ban will last {seconds} seconds");
        Self::caller("ApiCallLimit", message)
    }

    /// Code and text for the books.
    #[must_use]
    pub fn code_and_message(&self) -> (&str, &str) {
        match self {
            Self::Gateway(error) => (error.sub_code.unwrap_or(&error.code), &error.message),
            Self::Business { code, message, .. } => (code, message),
        }
    }
}
