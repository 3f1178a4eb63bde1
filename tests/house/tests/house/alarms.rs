//! Whatever needs a person makes itself heard.

use std::collections::BTreeSet;
use tallyman_house::template::{Resource, Template, target};

fn watched<'a>(template: &'a Template, metric: &str) -> BTreeSet<&'a str> {
    let alarms = template.of_type("AWS::CloudWatch::Alarm").filter(|alarm| alarm.property("MetricName") == metric);
    alarms.map(|alarm| target(&alarm.property("Dimensions")[0]["Value"])).collect()
}

fn is_dead_letters(queue: &Resource<'_>) -> bool {
    queue.id.ends_with("DeadLetters")
}

#[test]
fn one_dead_letter_in_any_queue_raises_an_alarm() {
    let template = Template::read();
    let dead = template.of_type("AWS::SQS::Queue").filter(is_dead_letters).map(|queue| queue.id).collect();
    assert_eq!(watched(&template, "ApproximateNumberOfMessagesVisible"), dead);
    for alarm in template.of_type("AWS::CloudWatch::Alarm") {
        if alarm.property("MetricName") == "ApproximateNumberOfMessagesVisible" {
            assert_eq!(alarm.property("Threshold"), 1, "{}", alarm.id);
        }
    }
}

#[test]
fn the_age_of_the_oldest_message_is_watched_in_every_queue() {
    let template = Template::read();
    let queues = template.of_type("AWS::SQS::Queue").filter(|queue| !is_dead_letters(queue)).map(|queue| queue.id);
    assert_eq!(watched(&template, "ApproximateAgeOfOldestMessage"), queues.collect());
}

#[test]
fn the_errors_of_every_function_and_failed_schedules_are_watched() {
    let template = Template::read();
    assert_eq!(watched(&template, "Errors"), template.functions().map(|function| function.id).collect());
    assert_eq!(watched(&template, "TargetErrorCount"), BTreeSet::from(["Schedules"]));
    assert_eq!(watched(&template, "InvocationDroppedCount"), BTreeSet::from(["Schedules"]));
}

#[test]
fn every_alarm_goes_to_the_topic_and_names_its_runbook() {
    for alarm in Template::read().of_type("AWS::CloudWatch::Alarm") {
        assert_eq!(target(&alarm.property("AlarmActions")[0]), "AlarmTopic", "{}", alarm.id);
        let description = alarm.property("AlarmDescription").as_str().unwrap();
        assert!(description.contains("infra/runbooks/"), "{}", alarm.id);
    }
}
