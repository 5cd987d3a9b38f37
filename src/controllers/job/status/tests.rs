use super::super::testing::at;
use super::set_condition;
use crate::world::{JobCondition, JobConditionKind};

fn condition(status: bool, reason: &str, second: i64) -> JobCondition {
    JobCondition {
        kind: JobConditionKind::Suspended,
        status,
        reason: reason.into(),
        message: "".into(),
        changed_at: at(second),
    }
}

#[test]
fn a_condition_is_added_or_changed() {
    // Upstream `TestEnsureJobConditions`.
    let cases = [
        (
            "append true condition",
            None,
            condition(true, "foo", 1),
            true,
            Some(1),
        ),
        (
            "append false condition",
            None,
            condition(false, "foo", 1),
            false,
            None,
        ),
        (
            "update true condition reason",
            Some(condition(true, "foo", 1)),
            condition(true, "bar", 2),
            true,
            Some(2),
        ),
        (
            "update true condition status",
            Some(condition(true, "foo", 1)),
            condition(false, "foo", 2),
            true,
            Some(2),
        ),
        (
            "update false condition status",
            Some(condition(false, "foo", 1)),
            condition(true, "foo", 2),
            true,
            Some(2),
        ),
        (
            "condition already exists",
            Some(condition(true, "foo", 1)),
            condition(true, "foo", 2),
            false,
            Some(1),
        ),
    ];
    for (name, before, new, is_news, changed_at) in cases {
        let mut conditions: Vec<JobCondition> = before.into_iter().collect();
        assert_eq!(set_condition(&mut conditions, new), is_news, "{name}");
        let written = conditions.first().map(|condition| condition.changed_at);
        assert_eq!(written, changed_at.map(at), "{name}");
    }
}
