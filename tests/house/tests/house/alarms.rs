//! Whatever needs a person makes itself heard.

use std::collections::BTreeSet;
use tallyman_house::{
    root,
    template::{Resource, Template, target},
};

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
fn what_reconcile_heals_and_cursors_that_stand_are_watched_below_the_stacks_own_name() {
    let template = Template::read();
    for metric in ["Healed", "CursorAge"] {
        let mut alarms = template.of_type("AWS::CloudWatch::Alarm").filter(|a| a.property("MetricName") == metric);
        let alarm = alarms.next().unwrap();
        assert_eq!(alarm.property("Namespace"), "Tallyman", "{}", alarm.id);
        assert_eq!(alarm.property("Dimensions")[0]["Name"], "Stack");
        assert_eq!(target(&alarm.property("Dimensions")[0]["Value"]), "AWS::StackName");
        // One look an hour, or fewer: an alarm that waits for two in a row, or ends for want of one, is none.
        assert_eq!(alarm.property("EvaluationPeriods"), 1, "{}", alarm.id);
        assert_eq!(alarm.property("TreatMissingData"), "ignore", "{}", alarm.id);
    }
}

/// The runbook that an alarm names.
fn runbook(alarm: &Resource<'_>) -> String {
    let description = alarm.property("AlarmDescription").as_str().unwrap();
    let (_, path) = description.split_once("see ").unwrap_or_default();
    path.split_whitespace().next().unwrap_or_default().to_owned()
}

#[test]
fn every_alarm_goes_to_the_topic_and_names_a_runbook_that_is_there_and_knows_it() {
    for alarm in Template::read().of_type("AWS::CloudWatch::Alarm") {
        assert_eq!(target(&alarm.property("AlarmActions")[0]), "AlarmTopic", "{}", alarm.id);
        let path = runbook(&alarm);
        assert!(path.starts_with("infra/runbooks/"), "{}: {path}", alarm.id);
        let text = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
        assert!(text.contains(alarm.id), "{path} doesn't name {}", alarm.id);
        for part in ["**Meaning:**", "## See it", "## Do", "## Over when"] {
            assert!(text.contains(part), "{path} has no {part}");
        }
    }
}

#[test]
fn every_runbook_is_of_an_alarm_or_of_a_mail_that_reconcile_sends_itself() {
    let template = Template::read();
    let named: BTreeSet<String> = template.of_type("AWS::CloudWatch::Alarm").map(|alarm| runbook(&alarm)).collect();
    for file in std::fs::read_dir(root().join("infra/runbooks")).unwrap() {
        let path = format!("infra/runbooks/{}", file.unwrap().file_name().to_string_lossy());
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        let of_mail = text.contains("**Alarm:** a mail") && text.contains("reconcile sends it");
        assert!(named.contains(&path) || of_mail, "{path} is of no alarm");
    }
}
