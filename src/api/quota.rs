//! ResourceQuota: refuses what would exceed a namespace's hard limits.

use super::admission::Refusal;
use crate::model::{Name, Resources};
use crate::world::{TemplateId, World};

/// Refuses a pod that a quota of its namespace has no room for. Terminal pods do not count.
pub(super) fn admit_pod(
    world: &World,
    namespace: &Name,
    template: TemplateId,
) -> Result<(), Refusal> {
    let quotas = quotas_of(world, namespace);
    if quotas.is_empty() {
        return Ok(());
    }
    let requests = world.templates().requests(template);
    let mut used = Resources::default();
    let mut pods = 0;
    for (_, pod) in world
        .pods_in(namespace)
        .filter(|(_, pod)| !pod.phase.is_terminal())
    {
        used.add(world.requests_of(pod));
        pods += 1;
    }
    for (quota, hard) in quotas {
        for (resource, limit) in hard {
            let (asked, used) = match &**resource {
                "pods" | "count/pods" => (1, pods),
                "cpu" | "requests.cpu" => (requests.cpu_m, used.cpu_m),
                "memory" | "requests.memory" => (requests.memory_bytes, used.memory_bytes),
                "ephemeral-storage" | "requests.ephemeral-storage" => {
                    (requests.storage_bytes, used.storage_bytes)
                }
                other => match other.strip_prefix("requests.") {
                    Some(name) => (requests.extended(name), used.extended(name)),
                    None => continue,
                },
            };
            refuse_above(quota, resource, asked, used, *limit)?;
        }
    }
    Ok(())
}

/// Refuses a Job that `count/jobs.batch` has no room for; `count/cronjobs.batch` likewise. What is `used` is counted
/// only where there is such a quota.
pub(super) fn admit_count(
    world: &World,
    namespace: &Name,
    resource: &str,
    used: impl Fn() -> usize,
) -> Result<(), Refusal> {
    for (quota, hard) in quotas_of(world, namespace) {
        for (name, limit) in hard.iter().filter(|(name, _)| **name == *resource) {
            let used = i64::try_from(used()).unwrap_or(i64::MAX);
            refuse_above(quota, name, 1, used, *limit)?;
        }
    }
    Ok(())
}

fn refuse_above(
    quota: &str,
    resource: &str,
    asked: i64,
    used: i64,
    limit: i64,
) -> Result<(), Refusal> {
    if asked == 0 || used.saturating_add(asked) <= limit {
        return Ok(());
    }
    let message = format!(
        "exceeded quota: {quota}, requested: {resource}={asked}, used: {resource}={used}, limited: {resource}={limit}"
    );
    Err(Refusal::Refused(message.into()))
}

/// Name and hard limits of the quotas of a namespace; those with scopes are left out, since they count only some pods.
fn quotas_of<'w>(world: &'w World, namespace: &Name) -> Vec<(&'w Name, &'w Vec<(Name, i64)>)> {
    world
        .policies()
        .quotas
        .iter()
        .filter(|((ns, _), quota)| ns == namespace && quota.scopes.is_empty())
        .map(|((_, name), quota)| (name, &quota.hard))
        .collect()
}
