//! How a call to the outside ended: the one classification that handlers match on.

use std::time::Duration;
use tallyman_domain::{Finding, failures::How};

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Nothing took effect; try again, not before this time.
    Retry {
        /// How long to wait.
        after: Duration,
    },
    /// The other side said no; asking again won't change it. A person has to act.
    Refused,
    /// It may or may not have taken effect: read back before anything else.
    Ambiguous,
    /// The connection's authorisation is gone; everything of this connection waits for the user.
    NeedsReauth,
}

/// A call that didn't succeed. `service` and `call` are the address; the order is added by whoever knows it.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// A clear no, with the service's own code and words.
    #[error("{service} refused {call}: {code} {message}")]
    Refused {
        /// Which service.
        service: &'static str,
        /// Which method.
        call: String,
        /// Its code.
        code: String,
        /// Its words, at most 300 characters, no personal data.
        message: String,
    },
    /// Too many calls; nothing took effect.
    #[error("{service} throttles {call} for {} s", .after.as_secs())]
    Throttled {
        /// Which service.
        service: &'static str,
        /// Which method.
        call: String,
        /// What the service said, or a minute.
        after: Duration,
    },
    /// The token or key isn't accepted.
    #[error("{service} no longer accepts the authorisation ({code})")]
    Unauthorised {
        /// Which service.
        service: &'static str,
        /// Its code.
        code: String,
    },
    /// The connection's newest token isn't accepted, and that is recorded: everything of it waits for a person. Nothing
    /// took effect.
    #[error("connection {connection} has to be authorised again at {service}")]
    NeedsReauth {
        /// Which service.
        service: &'static str,
        /// Which connection.
        connection: String,
    },
    /// The request surely never reached the service (connect failure, name resolution).
    #[error("{service} can't be reached for {call}")]
    Unreachable {
        /// Which service.
        service: &'static str,
        /// Which method.
        call: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Sent, but no usable answer: time-out, cut connection, 5xx, HTML, half a body.
    #[error("{service} gave no usable answer to {call}: {what}")]
    Unclear {
        /// Which service.
        service: &'static str,
        /// Which method.
        call: String,
        /// What came instead; never the body.
        what: String,
    },
    /// The answer arrived whole but a field can't be read. For reads only.
    #[error("{service} answered {call} with data that can't be read at {path}: {what}")]
    Undecodable {
        /// Which service.
        service: &'static str,
        /// Which method.
        call: String,
        /// JSON path of the field.
        path: String,
        /// What is wrong with it; never its value.
        what: String,
    },
}

impl CallError {
    /// What to do next, for a call that changes something on the other side.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Refused { .. } => Disposition::Refused,
            Self::Throttled { after, .. } => Disposition::Retry { after: *after },
            Self::Unauthorised { .. } | Self::NeedsReauth { .. } => Disposition::NeedsReauth,
            Self::Unreachable { .. } => Disposition::Retry { after: Duration::from_secs(30) },
            Self::Unclear { .. } | Self::Undecodable { .. } => Disposition::Ambiguous,
        }
    }
    /// How it failed, in an order's own notes.
    #[must_use]
    pub fn how(&self) -> How {
        match self {
            Self::Refused { .. } => How::Refused,
            Self::Throttled { .. } => How::Throttled,
            Self::Unauthorised { .. } | Self::NeedsReauth { .. } => How::Unauthorised,
            Self::Unreachable { .. } => How::Unreachable,
            Self::Unclear { .. } => How::Unclear,
            Self::Undecodable { .. } => How::Unreadable,
        }
    }

    /// The same with its values apart, for an exception or a page in any language.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let owned = str::to_owned;
        match self {
            Self::Refused { service, call, code, message } => Finding::Refused {
                service: owned(service),
                call: owned(call),
                code: owned(code),
                message: owned(message),
            },
            Self::Throttled { service, call, after } => {
                Finding::Throttled { service: owned(service), call: owned(call), wait_s: after.as_secs().to_string() }
            }
            Self::Unauthorised { service, code } => {
                Finding::Unauthorised { service: owned(service), code: owned(code) }
            }
            Self::NeedsReauth { service, connection } => {
                Finding::NeedsReauth { service: owned(service), connection: owned(connection) }
            }
            Self::Unreachable { service, call, .. } => {
                Finding::Unreachable { service: owned(service), call: owned(call) }
            }
            Self::Unclear { service, call, what } => {
                Finding::Unclear { service: owned(service), call: owned(call), what: owned(what) }
            }
            Self::Undecodable { service, call, path, what } => {
                let (service, call) = (owned(service), owned(call));
                Finding::Unreadable { service, call, path: owned(path), what: owned(what) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_call_is_told_in_the_same_words_in_a_log_and_in_an_exception() {
        let (service, call, text) = ("AliExpress", "list".to_owned(), "x".to_owned());
        let errors = [
            CallError::Refused { service, call: call.clone(), code: "7".to_owned(), message: text.clone() },
            CallError::Throttled { service, call: call.clone(), after: Duration::from_secs(7) },
            CallError::Unauthorised { service, code: "7".to_owned() },
            CallError::NeedsReauth { service, connection: text.clone() },
            CallError::Unreachable { service, call: call.clone(), source: "closed".into() },
            CallError::Unclear { service, call: call.clone(), what: text.clone() },
            CallError::Undecodable { service, call, path: "a.b".to_owned(), what: text },
        ];
        for error in errors {
            assert_eq!(error.finding().to_string(), error.to_string());
        }
    }
}
