//! What can go wrong with one outbound call.

use crate::call::Service;
use serde::Serialize;

/// A fault. The names are those that a case is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing takes effect, the answer is a server error. AWS's SDK gets it at each of its tries.
    FailBefore,
    /// Nothing takes effect, and the connection ends without an answer.
    CutBefore,
    /// It takes effect, the answer is a server error. AWS's SDK tries again by itself and meets its own effect.
    FailAfter,
    /// The same at each try of AWS's SDK: it gives up, and all of them took effect.
    FailAfterAll,
    /// It takes effect, and no answer ever comes. The connection ends, as it does when a client's patience does.
    TimeoutAfter,
    /// The same, and the connection stays open: the client's own patience has to end it, at each of its tries. Not part
    /// of the matrix, which would wait for it for hours.
    Silence,
    /// It takes effect, and half of the answer comes.
    CutAnswer,
    /// The service says, in its own words, that it was asked too often.
    Throttle,
    /// SIGKILL before the call leaves.
    KillBefore,
    /// It takes effect, then SIGKILL before the answer arrives.
    KillAfter,
}

impl Fault {
    /// All of the matrix.
    pub const ALL: [Self; 9] = [
        Self::FailBefore,
        Self::CutBefore,
        Self::FailAfter,
        Self::FailAfterAll,
        Self::TimeoutAfter,
        Self::CutAnswer,
        Self::Throttle,
        Self::KillBefore,
        Self::KillAfter,
    ];

    /// As it is written in the name of a case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FailBefore => "fail-before",
            Self::CutBefore => "cut-before",
            Self::FailAfter => "fail-after",
            Self::FailAfterAll => "fail-after-all",
            Self::TimeoutAfter => "timeout-after",
            Self::Silence => "silence",
            Self::CutAnswer => "cut-answer",
            Self::Throttle => "throttle",
            Self::KillBefore => "kill-before",
            Self::KillAfter => "kill-after",
        }
    }

    /// Does the call take effect?
    #[must_use]
    pub const fn has_effect(self) -> bool {
        !matches!(self, Self::FailBefore | Self::CutBefore | Self::Throttle | Self::KillBefore)
    }

    /// Does it strike the repetitions too that a client makes by itself?
    #[must_use]
    pub const fn strikes_repetitions(self) -> bool {
        matches!(self, Self::FailBefore | Self::FailAfterAll | Self::Throttle | Self::Silence)
    }

    /// Whether the fault says something new about this service. Only AWS's SDK repeats calls by itself: a single
    /// lost request is nothing to it, and nobody else has several tries that could all take effect.
    #[must_use]
    pub const fn suits(self, service: Service) -> bool {
        match self {
            Self::CutBefore => !service.is_aws(),
            Self::FailAfterAll => service.is_aws(),
            _ => true,
        }
    }
}
