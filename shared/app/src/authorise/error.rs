//! What people meet when connecting fails.

use crate::ports::{CallError, StoreError};
use tallyman_domain::{AccountId, ConnectionId, SellerId};

/// Why connecting didn't work. Nothing was changed, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum AuthoriseError {
    /// There is no such connection.
    #[error("there is no connection {connection}")]
    Unknown {
        /// Which.
        connection: ConnectionId,
    },
    /// The name is in use.
    #[error("connection {connection} is there already; reconnect it, or remove it first")]
    Taken {
        /// Which.
        connection: ConnectionId,
    },
    /// There is no such ShipStation account.
    #[error("there is no ShipStation account {account}; add it first")]
    UnknownAccount {
        /// Which.
        account: AccountId,
    },
    /// Another seller authorised than before. Nothing was changed.
    #[error("connection {connection} belongs to seller {expected}, and {} authorised; sign in at the marketplace as the right seller", .got.as_ref().map_or("an unnamed one", SellerId::as_str))]
    WrongSeller {
        /// Which connection.
        connection: ConnectionId,
        /// Whose it is.
        expected: SellerId,
        /// Who came.
        got: Option<SellerId>,
    },
    /// This seller is connected already. Nothing was changed.
    #[error(
        "seller {seller} is connected as {connection} already; under two names each order would be exported twice. Use that connection, or remove it first"
    )]
    SellerInUse {
        /// Under which name.
        connection: ConnectionId,
        /// Which seller.
        seller: SellerId,
    },
    /// The code is expired (AliExpress: after 3 minutes, Alibaba.com: 30) or was used before.
    #[error("the code for connection {connection} is expired or was used already; start again")]
    InvalidCode {
        /// Which connection.
        connection: ConnectionId,
    },
    /// The app allows calls only from addresses on its list, and ours isn't (`AppWhiteIpLimit`).
    #[error(
        "the app of connection {connection} doesn't allow calls from this address; add it to the app's IP white list"
    )]
    IpNotAllowed {
        /// Which connection.
        connection: ConnectionId,
    },
    /// The app lacks a permission (`InsufficientPermission`).
    #[error("the app of connection {connection} lacks a permission; apply for it at the marketplace's open platform")]
    PermissionRefused {
        /// Which connection.
        connection: ConnectionId,
    },
    /// The app's key or secret isn't right (`InvalidAppkey`, `IncompleteSignature`).
    #[error("the app key or app secret of connection {connection} isn't right ({code}); remove it and connect it anew")]
    AppKeyRefused {
        /// Which connection.
        connection: ConnectionId,
        /// The service's code.
        code: String,
    },
    /// Another account has this key: two budgets would be spent on one limit.
    #[error("account {account} has this ShipStation key already; one key has one limit, so it is one account here")]
    KeyInUse {
        /// Which account.
        account: AccountId,
    },
    /// ShipStation doesn't take this key and secret.
    #[error("ShipStation doesn't accept this key and secret")]
    AccountRefused,
    /// Somebody else is at it (a renewal under way, another person). Try again in a minute.
    #[error("{connection} is being renewed just now; try again in a minute")]
    Busy {
        /// Which connection or account.
        connection: ConnectionId,
    },
    /// ShipStation's budget is used up for the moment.
    #[error("ShipStation may not be asked just now; try again in a minute")]
    NoBudget,
    /// The call failed for another reason.
    #[error("{address}: the call failed")]
    Call {
        /// Which connection or account.
        address: String,
        /// Why.
        #[source]
        source: CallError,
    },
    /// The state couldn't be read or written. What was written is put right by the next attempt.
    #[error("{address}: the state is out of reach; try again")]
    Store {
        /// Which connection or account.
        address: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// What is stored can't be used.
    #[error("{address}: {what}")]
    Unusable {
        /// Which connection or account.
        address: String,
        /// What is wrong and what to do.
        what: String,
    },
}

impl AuthoriseError {
    pub(super) fn store(address: impl ToString, source: StoreError) -> Self {
        Self::Store { address: address.to_string(), source }
    }

    /// What a failed exchange of a code means (error table of AliExpress; API facts 1.3 and 1.4).
    pub(super) fn exchange(id: &ConnectionId, error: CallError) -> Self {
        let connection = id.clone();
        let code = match &error {
            CallError::Refused { code, .. } | CallError::Unauthorised { code, .. } => code.clone(),
            _ => return Self::Call { address: id.to_string(), source: error },
        };
        let says = |text: &str| code.split('/').any(|part| part.eq_ignore_ascii_case(text));
        if says("InvalidCode") {
            Self::InvalidCode { connection }
        } else if says("AppWhiteIpLimit") {
            Self::IpNotAllowed { connection }
        } else if says("InsufficientPermission") || says("isv.insufficient-permission") {
            Self::PermissionRefused { connection }
        } else if says("InvalidAppkey") || says("IncompleteSignature") {
            Self::AppKeyRefused { connection, code }
        } else {
            Self::Call { address: id.to_string(), source: error }
        }
    }
}
