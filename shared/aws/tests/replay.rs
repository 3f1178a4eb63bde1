//! What the emulator never answers: half-done batches and writes that meet each other. The answers are made up here.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test and its tools")]

#[path = "../src/samples.rs"]
mod samples;

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};
use tallyman_app::ports::{Hint, HintQueue, Kept, Lane, OrderStore, ProofVault, StoreError};
use tallyman_aws::{DynamoOrderStore, S3Vault, SqsHintQueue};
use tallyman_domain::Digest;

/// Gives the answers one after the other, the last one for ever, and keeps the requests.
#[derive(Debug, Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        self.asked.lock().unwrap().push(serde_json::from_slice(body).unwrap_or(Value::Null));
        let mut answers = self.answers.lock().unwrap();
        let (status, body) = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        let answer = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
        HttpConnectorFuture::ready(Ok(answer))
    }
}

impl Script {
    async fn of(answers: impl IntoIterator<Item = (u16, String)>) -> (Self, SdkConfig) {
        let script = Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() };
        let connector = SharedHttpConnector::new(script.clone());
        let config = tallyman_aws::sdk_loader(http_client_fn(move |_, _| connector.clone()))
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .load()
            .await;
        (script, config)
    }

    async fn json(answers: impl IntoIterator<Item = Value>) -> (Self, SdkConfig) {
        Self::of(answers.into_iter().map(|a| (200, a.to_string()))).await
    }

    fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

fn key(number: u32) -> Value {
    json!({ "pk": { "S": format!("O#ae-main#{number}") }, "sk": { "S": "state" } })
}

fn state_item(number: u32) -> Value {
    let mut item = key(number);
    item["v"] = json!({ "N": "1" });
    item["s"] = json!({ "S": serde_json::to_string(&samples::state(1)).unwrap() });
    item
}

#[tokio::test]
async fn keys_that_come_back_unread_are_asked_for_again() {
    let (script, config) = Script::json([
        json!({ "Responses": { "t": [state_item(1)] }, "UnprocessedKeys": { "t": { "Keys": [key(2)] } } }),
        json!({ "Responses": { "t": [state_item(2)] }, "UnprocessedKeys": {} }),
    ])
    .await;
    let store = DynamoOrderStore::new(&config, "t");
    let states = store.states(&[samples::numbered(1), samples::numbered(2)]).await.unwrap();
    assert_eq!(states.len(), 2);
    let asked = script.asked();
    assert_eq!(asked[1]["RequestItems"]["t"]["Keys"], json!([key(2)]));
    assert_eq!(asked[1]["RequestItems"]["t"]["ConsistentRead"], json!(true));
}

#[tokio::test]
async fn items_that_come_back_unwritten_are_written_again() {
    let (reference, put) = (samples::reference(), json!({ "PutRequest": { "Item": key(7) } }));
    let (script, config) = Script::json([json!({ "UnprocessedItems": { "t": [put] } }), json!({})]).await;
    let facts = [(reference.clone(), samples::order(&reference))];
    DynamoOrderStore::new(&config, "t").put_facts(&facts).await.unwrap();
    assert_eq!(script.asked()[1]["RequestItems"]["t"][0]["PutRequest"]["Item"], key(7));
}

#[tokio::test]
async fn a_batch_that_never_gets_done_is_an_error() {
    let undone = json!({ "Responses": {}, "UnprocessedKeys": { "t": { "Keys": [key(1)] } } });
    let (script, config) = Script::json([undone]).await;
    let result = DynamoOrderStore::new(&config, "t").states(&[samples::numbered(1)]).await;
    assert!(matches!(result, Err(StoreError::Failed { .. })), "{result:?}");
    assert_eq!(script.asked().len(), 8);
}

#[tokio::test]
async fn an_error_of_the_service_is_told_without_the_item_that_came_with_it() {
    let secret = json!({ "__type": "com.amazonaws.dynamodb.v20120810#ValidationException", "message": "One bad thing",
        "Item": { "s": { "S": "Rua Um 1" } } });
    let (_, config) = Script::of([(400, secret.to_string())]).await;
    let error =
        DynamoOrderStore::new(&config, "t").commit(&samples::reference(), &samples::state(1)).await.unwrap_err();
    let shown = format!("{error:?} {error}");
    assert!(shown.contains("ValidationException") && shown.contains("One bad thing"), "{shown}");
    assert!(!shown.contains("Rua"), "{shown}");
}

fn queue(config: &SdkConfig) -> SqsHintQueue {
    SqsHintQueue::new(config, HashMap::from([(Lane::Export, "https://sqs.us-east-1.amazonaws.com/1/q".to_owned())]))
}

fn hints() -> Vec<Hint> {
    (1..=3).map(|i| Hint::Export { orders: vec![samples::numbered(i)] }).collect()
}

/// What SQS says of a batch; the digests are right so that the SDK believes it.
fn sqs(accepted: &[u32], refused: &[u32]) -> Value {
    let ok = |i: &u32| json!({ "Id": i.to_string(), "MessageId": "m", "MD5OfMessageBody": "0" });
    let bad = |i: &u32| json!({ "Id": i.to_string(), "Code": "InternalError", "SenderFault": false });
    json!({ "Successful": accepted.iter().map(ok).collect::<Vec<_>>(), "Failed": refused.iter().map(bad).collect::<Vec<_>>() })
}

#[tokio::test]
async fn messages_that_were_not_accepted_are_sent_once_more_and_no_others() {
    let (script, config) = Script::json([sqs(&[0, 2], &[1]), sqs(&[1], &[])]).await;
    queue(&config).send(&hints(), Duration::from_millis(1_200)).await.unwrap();
    let again = &script.asked()[1]["Entries"];
    assert_eq!((again.as_array().unwrap().len(), &again[0]["Id"]), (1, &json!("1")));
    assert_eq!(again[0]["DelaySeconds"], json!(2), "never before its time");
}

#[tokio::test]
async fn messages_that_stay_unaccepted_or_unmentioned_are_an_error() {
    for answer in [sqs(&[0, 2], &[1]), sqs(&[0, 2], &[])] {
        let (script, config) = Script::json([answer]).await;
        let result = queue(&config).send(&hints(), Duration::ZERO).await;
        assert!(matches!(result, Err(StoreError::Failed { .. })), "{result:?}");
        assert_eq!(script.asked().len(), 2);
    }
}

fn conflict() -> (u16, String) {
    (409, "<Error><Code>ConditionalRequestConflict</Code><Message>meanwhile</Message></Error>".to_owned())
}

#[tokio::test]
async fn a_proof_whose_key_somebody_else_is_writing_is_offered_once_more() {
    let taken = (412, "<Error><Code>PreconditionFailed</Code><Message>there is one</Message></Error>".to_owned());
    let digest = Digest::of_bytes(b"png");
    for (second, expected) in [((200, String::new()), Kept::New), (taken, Kept::Already)] {
        let (_, config) = Script::of([conflict(), second]).await;
        assert_eq!(S3Vault::new(&config, "b").keep("k.png", b"png", digest).await.unwrap(), expected);
    }
    let (script, config) = Script::of([conflict()]).await;
    let result = S3Vault::new(&config, "b").keep("k.png", b"png", digest).await;
    assert!(matches!(result, Err(StoreError::Failed { .. })), "{result:?}");
    assert_eq!(script.asked().len(), 2);
}
