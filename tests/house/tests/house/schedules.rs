//! Ticks.

use serde_json::Value;
use tallyman_house::{
    schedule,
    template::{Template, target},
};

fn schedules(template: &Template) -> Vec<&Value> {
    let events = template.functions().filter_map(|function| function.property("Events").as_object());
    events.flat_map(|events| events.values()).filter(|event| event["Type"] == "ScheduleV2").collect()
}

#[test]
fn every_schedule_expression_is_one_that_the_scheduler_takes() {
    let template = Template::read();
    for event in schedules(&template) {
        let expression = template.default_of(&event["Properties"]["ScheduleExpression"]);
        assert_eq!(schedule::check(expression.as_str().unwrap()), Ok(()));
    }
}

#[test]
fn the_jobs_are_those_that_the_functions_know_and_the_status_sync_is_at_midnight_and_noon() {
    let template = Template::read();
    let mut jobs: Vec<String> = schedules(&template)
        .iter()
        .map(|event| {
            let input: Value = serde_json::from_str(event["Properties"]["Input"].as_str().unwrap()).unwrap();
            input["job"].as_str().unwrap().to_owned()
        })
        .collect();
    jobs.sort();
    let known =
        ["deep", "digest", "import", "reconcile", "reconcile_deep", "refresh", "status", "subscriptions", "sweep"];
    assert_eq!(jobs, known);
    assert_eq!(template.section("Parameters")["StatusSchedule"]["Default"], "cron(0 0,12 * * ? *)");
    assert_eq!(template.section("Parameters")["ImportSchedule"]["Default"], "rate(5 minutes)");
}

#[test]
fn no_two_stacks_collide_and_a_tick_that_fails_is_kept() {
    for event in schedules(&Template::read()) {
        let properties = &event["Properties"];
        assert!(properties["Name"]["Fn::Sub"].as_str().unwrap().starts_with("${AWS::StackName}-"));
        assert_eq!(target(&properties["DeadLetterConfig"]["Arn"]), "ScheduleDeadLetters");
        assert!(properties["RetryPolicy"]["MaximumRetryAttempts"].as_u64().unwrap() >= 1);
        assert_eq!(target(&properties["State"]), "SchedulesState");
        assert_eq!(target(&properties["GroupName"]), "Schedules");
    }
}
