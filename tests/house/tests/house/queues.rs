//! Queues, their dead letters, and who they wake.

use tallyman_house::template::{Resource, Template, target};

/// The queues that wake a function, with the function and the source.
fn woken(template: &Template) -> Vec<(Resource<'_>, Resource<'_>, &serde_json::Value)> {
    let mut found = Vec::new();
    for function in template.functions() {
        for event in function.property("Events").as_object().into_iter().flatten().map(|(_, event)| event) {
            if event["Type"] == "SQS" {
                let source = &event["Properties"];
                found.push((template.resource(target(&source["Queue"])), function, source));
            }
        }
    }
    found
}

#[test]
fn five_queues_wake_five_functions() {
    assert_eq!(woken(&Template::read()).len(), 5);
}

#[test]
fn a_message_is_invisible_for_six_times_the_functions_timeout() {
    for (queue, function, _) in woken(&Template::read()) {
        let visibility = queue.property("VisibilityTimeout").as_u64().unwrap();
        assert!(visibility >= 6 * function.property("Timeout").as_u64().unwrap(), "{}", queue.id);
    }
}

#[test]
fn after_five_receives_a_message_waits_fourteen_days_for_a_person() {
    let template = Template::read();
    for (queue, ..) in woken(&template) {
        let redrive = queue.property("RedrivePolicy");
        assert_eq!(redrive["maxReceiveCount"], 5, "{}", queue.id);
        let dead = template.resource(target(&redrive["deadLetterTargetArn"]));
        assert_eq!(dead.property("MessageRetentionPeriod"), 14 * 86_400, "{}", dead.id);
    }
    assert_eq!(template.resource("ScheduleDeadLetters").property("MessageRetentionPeriod"), 14 * 86_400);
}

#[test]
fn one_bad_record_never_fails_its_neighbours_and_concurrency_is_bounded() {
    for (queue, _, source) in woken(&Template::read()) {
        assert_eq!(source["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{}", queue.id);
        assert!(source["ScalingConfig"]["MaximumConcurrency"].as_u64().unwrap() >= 2, "{}", queue.id);
        let (batch, window) = (&source["BatchSize"], &source["MaximumBatchingWindowInSeconds"]);
        // AWS's own rule for standard queues.
        assert!(batch.as_u64().unwrap() <= 10 || window.as_u64().unwrap() >= 1, "{}", queue.id);
    }
}

#[test]
fn every_queue_is_standard_and_encrypted() {
    for queue in Template::read().of_type("AWS::SQS::Queue") {
        assert_eq!(queue.property("SqsManagedSseEnabled"), true, "{}", queue.id);
        assert!(queue.property("FifoQueue").is_null(), "{}", queue.id);
    }
}
