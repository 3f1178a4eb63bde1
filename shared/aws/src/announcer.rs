//! Messages to the operator over an SNS topic.

use crate::failure::failed;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use tallyman_app::ports::{Announcer, StoreError};

/// What SNS takes for a mail's subject.
const SUBJECT_CHARS_MAX: usize = 100;
const TEXT_CHARS_MAX: usize = 4_000;

/// One topic.
pub struct SnsAnnouncer {
    client: Client,
    topic_arn: String,
}

impl SnsAnnouncer {
    /// The topic by its ARN.
    #[must_use]
    pub fn new(config: &SdkConfig, topic_arn: &str) -> Self {
        Self { client: Client::new(config), topic_arn: topic_arn.to_owned() }
    }
}

#[async_trait]
impl Announcer for SnsAnnouncer {
    async fn announce(&self, subject: &str, text: &str) -> Result<(), StoreError> {
        let subject: String =
            subject.chars().filter(|c| c.is_ascii() && !c.is_control()).take(SUBJECT_CHARS_MAX).collect();
        let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
        let publish = self.client.publish().topic_arn(&self.topic_arn).subject(subject).message(text);
        publish.send().await.map(drop).map_err(failed("announce", &*self.topic_arn))
    }
}
