#![doc = include_str!("../README.md")]

#[cfg(feature = "sns")]
mod announcer;
mod failure;
mod sdk;

#[cfg(feature = "dynamo")]
pub mod dynamo;
#[cfg(feature = "sqs")]
mod queue;
#[cfg(feature = "secrets")]
mod secrets;
#[cfg(feature = "s3")]
mod vault;

#[cfg(test)]
mod samples;

#[cfg(feature = "sns")]
pub use announcer::SnsAnnouncer;
#[cfg(feature = "dynamo")]
pub use dynamo::{
    CachedConfig, DynamoAuthorisations, DynamoBudgetStore, DynamoCarriers, DynamoConfigStore, DynamoConsents,
    DynamoCursorStore, DynamoNotes, DynamoOrderStore, DynamoShelves, Table,
};
pub use failure::AwsFailure;
#[cfg(feature = "sqs")]
pub use queue::SqsHintQueue;
pub use sdk::{http_client, sdk_config, sdk_loader};
#[cfg(feature = "secrets")]
pub use secrets::SecretsStore;
#[cfg(feature = "s3")]
pub use vault::{S3Vault, Stored};

pub use aws_config::SdkConfig;
