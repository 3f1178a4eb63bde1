use crate::{
    lab::{LANES, Lab},
    samples,
};
use std::{collections::HashMap, time::Duration};
use tallyman_app::ports::{Hint, HintQueue, Lane, Listing, SweepStep, Window};
use tallyman_aws::SqsHintQueue;

async fn receive_all(lab: &Lab, url: &str) -> Vec<Hint> {
    let client = aws_sdk_sqs::Client::new(&lab.config);
    let mut hints = Vec::new();
    loop {
        let answer = client.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
        if answer.messages().is_empty() {
            return hints;
        }
        for message in answer.messages() {
            hints.push(serde_json::from_str(message.body().unwrap()).unwrap());
        }
    }
}

fn one_of_each() -> Vec<Hint> {
    let window = Window { from: samples::at("2026-11-20T09:00:00Z"), to: samples::at("2026-11-20T10:00:00.5Z") };
    let shipments = vec![(samples::reference(), samples::shipment("s1").id)];
    vec![
        Hint::Poll {
            connection: samples::connection(),
            listing: Listing::Created,
            window: Some(window),
            page: 3,
            down: true,
        },
        Hint::Read { orders: vec![samples::reference()] },
        Hint::Export { orders: vec![samples::reference(), samples::numbered(2)] },
        Hint::Sweep {
            account: samples::account(),
            window: None,
            from: SweepStep::Marked,
            page: 2,
            unless_recent: true,
        },
        Hint::Follow {
            account: samples::account(),
            resource_url: "https://ssapi6.shipstation.com/shipments?batchId=1".into(),
            page: 0,
        },
        Hint::Proof { shipments: shipments.clone() },
        Hint::Notify { shipments },
    ]
}

#[tokio::test]
async fn each_kind_of_hint_arrives_in_its_lane_as_it_was_sent() {
    let Some(lab) = Lab::open().await else { return };
    let urls = lab.create_queues().await;
    let queue = SqsHintQueue::new(&lab.config, urls.clone());
    queue.send(&one_of_each(), Duration::ZERO).await.unwrap();
    for lane in LANES {
        let expected: Vec<_> = one_of_each().into_iter().filter(|h| h.lane() == lane).collect();
        let received = receive_all(&lab, &urls[&lane]).await;
        assert_eq!(received.len(), expected.len(), "{lane:?}");
        assert!(expected.iter().all(|h| received.contains(h)), "{lane:?}: {received:?}");
    }
}

#[tokio::test]
async fn more_hints_than_one_batch_takes_all_arrive() {
    let Some(lab) = Lab::open().await else { return };
    let urls = lab.create_queues().await;
    let hints: Vec<_> = (1..=23).map(|i| Hint::Export { orders: vec![samples::numbered(i)] }).collect();
    SqsHintQueue::new(&lab.config, urls.clone()).send(&hints, Duration::ZERO).await.unwrap();
    let received = receive_all(&lab, &urls[&Lane::Export]).await;
    assert_eq!(received.len(), 23);
    assert!(hints.iter().all(|h| received.contains(h)));
}

#[tokio::test]
async fn a_longer_delay_than_a_queue_knows_is_cut_and_accepted() {
    let Some(lab) = Lab::open().await else { return };
    let urls = lab.create_queues().await;
    let queue = SqsHintQueue::new(&lab.config, urls.clone());
    queue.send(&one_of_each(), Duration::from_secs(86_400)).await.unwrap();
    assert!(receive_all(&lab, &urls[&Lane::Export]).await.is_empty(), "it isn't due yet");
}

#[tokio::test]
async fn a_hint_that_cannot_be_sent_is_an_error() {
    let Some(lab) = Lab::open().await else { return };
    let nowhere = SqsHintQueue::new(&lab.config, HashMap::new());
    assert!(nowhere.send(&one_of_each(), Duration::ZERO).await.is_err());
    assert!(nowhere.send(&[], Duration::ZERO).await.is_ok());
    let gone = HashMap::from([(Lane::Export, format!("{}/000000000000/gone", lab.url))]);
    let queue = SqsHintQueue::new(&lab.config, gone);
    assert!(queue.send(&[Hint::Export { orders: vec![] }], Duration::ZERO).await.is_err());
}
